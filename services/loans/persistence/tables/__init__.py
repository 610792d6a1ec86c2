"""The tables of the schema `loans`. Constraints repeat the rules of the domain: they are the last line.

Amounts are whole cents. Tenant columns: `region` and, where a person's dossier is held, `cae_siren`.
"""

from services.loans.persistence.tables.applications import ApplicationRow, CommitteeMemberRow, DecisionRow
from services.loans.persistence.tables.base import idempotency_keys, metadata
from services.loans.persistence.tables.funds import ContributionRow, FunderRow, FundRow, FundSettingsRow
from services.loans.persistence.tables.journal import JournalEntryRow, PostingRow
from services.loans.persistence.tables.loans import (
    InstalmentRow,
    LoanRow,
    LoanShareRow,
    RecoveryRow,
    RepaymentRow,
    ReversalRow,
)
from services.loans.persistence.tables.repayment_declarations import RepaymentDeclarationRow

__all__ = [
    "ApplicationRow",
    "CommitteeMemberRow",
    "ContributionRow",
    "DecisionRow",
    "FundRow",
    "FundSettingsRow",
    "FunderRow",
    "InstalmentRow",
    "JournalEntryRow",
    "LoanRow",
    "LoanShareRow",
    "PostingRow",
    "RecoveryRow",
    "RepaymentDeclarationRow",
    "RepaymentRow",
    "ReversalRow",
    "idempotency_keys",
    "metadata",
]

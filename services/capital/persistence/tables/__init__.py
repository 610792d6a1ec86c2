"""The tables of schema `capital`. CHECK constraints repeat the domain's invariants: the last line of defence.

Every row carries its tenants, `region`, `cae_siren` or its funders, which the policies of row-level security
compare with the caller; they lead the indexes of what grows.
"""

from services.capital.persistence.tables.base import idempotency_keys, metadata, retention_periods
from services.capital.persistence.tables.clawback_rows import (
    ClawbackPartRow,
    ClawbackReceiptRow,
    ClawbackRow,
)
from services.capital.persistence.tables.counter_rows import CaeCapRow, SchemeBudgetRow
from services.capital.persistence.tables.de_minimis_rows import (
    DeMinimisCounterRow,
    DeMinimisDeclarationRow,
    DeMinimisRuleRow,
)
from services.capital.persistence.tables.document_rows import DocumentRow
from services.capital.persistence.tables.follow_up_rows import FollowUpAnnouncementRow, FollowUpRow
from services.capital.persistence.tables.journal_rows import JournalEntryRow, PostingRow
from services.capital.persistence.tables.nightly_check_rows import NightlyCheckRow
from services.capital.persistence.tables.payment_rows import (
    PaymentLineRow,
    PaymentPartRow,
    PaymentReversalRow,
    PaymentRow,
)
from services.capital.persistence.tables.scheme_rows import SchemeRow, VersionFunderRow, VersionRow
from services.capital.persistence.tables.succession_rows import FormerCaeRow, SuccessionRow
from services.capital.persistence.tables.top_up_rows import MembershipAnnouncementRow, TopUpRow

schemes = metadata.tables["capital.schemes"]
scheme_versions = metadata.tables["capital.scheme_versions"]
version_funders = metadata.tables["capital.version_funders"]
cae_caps = metadata.tables["capital.cae_caps"]
scheme_budgets = metadata.tables["capital.scheme_budgets"]
top_ups = metadata.tables["capital.top_ups"]
de_minimis_rules = metadata.tables["capital.de_minimis_rules"]
de_minimis_counters = metadata.tables["capital.de_minimis_counters"]
de_minimis_declarations = metadata.tables["capital.de_minimis_declarations"]
membership_announcements = metadata.tables["capital.membership_announcements"]
documents = metadata.tables["capital.documents"]
nightly_checks = metadata.tables["capital.nightly_checks"]
successions = metadata.tables["capital.successions"]
former_caes = metadata.tables["capital.former_caes"]
payments = metadata.tables["capital.payments"]
payment_lines = metadata.tables["capital.payment_lines"]
payment_reversals = metadata.tables["capital.payment_reversals"]
payment_parts = metadata.tables["capital.payment_parts"]
follow_ups = metadata.tables["capital.follow_ups"]
follow_up_announcements = metadata.tables["capital.follow_up_announcements"]
clawbacks = metadata.tables["capital.clawbacks"]
clawback_receipts = metadata.tables["capital.clawback_receipts"]
clawback_parts = metadata.tables["capital.clawback_parts"]
journal_entries = metadata.tables["capital.journal_entries"]
postings = metadata.tables["capital.postings"]

__all__ = [
    "CaeCapRow",
    "ClawbackPartRow",
    "ClawbackReceiptRow",
    "ClawbackRow",
    "DeMinimisCounterRow",
    "DeMinimisDeclarationRow",
    "DeMinimisRuleRow",
    "DocumentRow",
    "FollowUpAnnouncementRow",
    "FollowUpRow",
    "FormerCaeRow",
    "JournalEntryRow",
    "MembershipAnnouncementRow",
    "NightlyCheckRow",
    "PaymentLineRow",
    "PaymentPartRow",
    "PaymentReversalRow",
    "PaymentRow",
    "PostingRow",
    "SchemeBudgetRow",
    "SchemeRow",
    "SuccessionRow",
    "TopUpRow",
    "VersionFunderRow",
    "VersionRow",
    "cae_caps",
    "clawback_parts",
    "clawback_receipts",
    "clawbacks",
    "de_minimis_counters",
    "de_minimis_declarations",
    "de_minimis_rules",
    "documents",
    "follow_up_announcements",
    "follow_ups",
    "former_caes",
    "idempotency_keys",
    "journal_entries",
    "membership_announcements",
    "metadata",
    "nightly_checks",
    "payment_lines",
    "payment_parts",
    "payment_reversals",
    "payments",
    "postings",
    "retention_periods",
    "scheme_budgets",
    "scheme_versions",
    "schemes",
    "successions",
    "top_ups",
    "version_funders",
]

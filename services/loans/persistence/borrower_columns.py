"""A borrower as columns, the same on an application and on a loan."""

from typing import Any

from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import EntrepreneurId, Siret
from services.loans.domain.borrower import Borrower, Cae


def borrower_values(borrower: Borrower, region: str) -> dict[str, object]:
    return {
        "region": region,
        "cae_siren": borrower.cae.siren,
        "cae_siret": borrower.cae.siret,
        "cae_name": borrower.cae.name,
        "entrepreneur_id": borrower.entrepreneur_id,
        "entrepreneur_reference": borrower.reference,
        "given_name": borrower.given_name,
        "family_name": borrower.family_name,
        "contract_kind": borrower.contract.kind.value,
        "contract_started_on": borrower.contract.started_on,
        "member_since": borrower.member_since,
    }


def to_borrower(row: Any) -> Borrower:
    """Without what only an application holds: where the person can be reached, and an earlier trial."""
    return Borrower(
        entrepreneur_id=EntrepreneurId(row.entrepreneur_id),
        cae=Cae(Siret(row.cae_siret), row.cae_name),
        reference=row.entrepreneur_reference,
        given_name=row.given_name,
        family_name=row.family_name,
        contract=Contract(ContractKind(row.contract_kind), row.contract_started_on),
        member_since=row.member_since,
    )

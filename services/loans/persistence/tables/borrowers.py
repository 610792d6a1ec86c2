"""Who borrows: the same columns on an application and on the loan it becomes."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from services.kernel.contracts import ContractKind
from services.loans.persistence.tables.base import one_of


class BorrowerColumns:
    """Who borrows, and through which CAE: on the application, and on the loan as it was disbursed."""

    region: Mapped[str]
    cae_siren: Mapped[str]
    cae_siret: Mapped[str]
    cae_name: Mapped[str]
    entrepreneur_id: Mapped[UUID]
    entrepreneur_reference: Mapped[str]
    given_name: Mapped[str]
    family_name: Mapped[str]
    contract_kind: Mapped[str]
    contract_started_on: Mapped[date]
    member_since: Mapped[date | None]


def borrower_checks() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint("cae_siren = left(cae_siret, 9)", name="siren_of_siret"),
        one_of("contract_kind", ContractKind, "contract_known"),
    )

"""Who borrows: the same columns on an application and on the loan it becomes."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.kernel.contracts import ContractKind
from services.loans.persistence.tables.base import one_of
from services.runtime.privacy.personal_data import Category, Erasure, personal


class BorrowerColumns:
    """Who borrows, and through which CAE: on the application, and on the loan as it was disbursed."""

    region: Mapped[str]
    cae_siren: Mapped[str]
    cae_siret: Mapped[str]
    cae_name: Mapped[str]
    entrepreneur_id: Mapped[UUID] = mapped_column(info=personal(Category.REFERENCE, Erasure.STAYS))
    entrepreneur_reference: Mapped[str] = mapped_column(info=personal(Category.REFERENCE, Erasure.PSEUDONYM))
    given_name: Mapped[str] = mapped_column(info=personal(Category.IDENTITY, Erasure.WORD))
    family_name: Mapped[str] = mapped_column(info=personal(Category.IDENTITY, Erasure.WORD))
    contract_kind: Mapped[str]
    contract_started_on: Mapped[date] = mapped_column(info=personal(Category.CAREER, Erasure.YEAR))
    member_since: Mapped[date | None] = mapped_column(info=personal(Category.CAREER))


def borrower_checks() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint("cae_siren = left(cae_siret, 9)", name="siren_of_siret"),
        one_of("contract_kind", ContractKind, "contract_known"),
    )

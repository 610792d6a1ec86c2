"""The person who borrows, as known through the CAE that hosts them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.kernel.calendar import require_order
from services.kernel.contracts import Contract
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Bic, EntrepreneurId, Iban, Siren, Siret, siren_of


@dataclass(frozen=True, slots=True)
class Cae:
    siret: Siret
    name: str

    @property
    def siren(self) -> Siren:
        return siren_of(self.siret)


@dataclass(frozen=True, slots=True)
class Borrower:
    """`reference` is the CAE's own for that person; `entrepreneur_id` is derived from it and the SIREN."""

    entrepreneur_id: EntrepreneurId
    cae: Cae
    reference: str
    given_name: str
    family_name: str
    contract: Contract
    member_since: date | None = None
    email: str | None = None
    phone: str | None = None
    birth_date: date | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """The little of a borrower that the graph tells, and the fund whose rule says to whom."""

    fund_id: UUID
    given_name: str
    family_name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class BankAccount:
    iban: Iban
    holder: str
    bic: Bic | None = None


def check_contract_dates(contract: Contract) -> None:
    if contract.cape_started_on and contract.cape_ended_on:
        require_order(
            DateField.CAPE_STARTED_ON,
            contract.cape_started_on,
            DateField.CAPE_ENDED_ON,
            contract.cape_ended_on,
        )

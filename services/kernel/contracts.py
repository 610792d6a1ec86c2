"""What binds an entrepreneur to a CAE, as both services' dossiers declare it."""

from dataclasses import dataclass
from datetime import date

from services.kernel.language import Word


class ContractKind(Word):
    CAPE = "CAPE", "CAPE", "CAPE"
    CESA = "CESA", "CESA", "CESA"


@dataclass(frozen=True, slots=True)
class Contract:
    """`started_on` is that of the contract in force; the CAPE dates are those of a trial before a CESA."""

    kind: ContractKind
    started_on: date
    cape_started_on: date | None = None
    cape_ended_on: date | None = None

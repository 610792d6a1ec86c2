"""The membership clock of Code du travail L7331-3.

An entrepreneur under CESA must be a member within three years of it, less the time already spent under CAPE
in the same CAE; otherwise the contract ends.

The time under CAPE is counted from its first day to its last, both included. What it left of three years
counted from its own first day, in calendar months and then days, runs again from the first day of the CESA.
So where the CESA follows the CAPE without a gap, the deadline is three years after the CAPE began. Months of
unequal lengths never make it later than three years after the CESA.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from services.kernel.calendar import add_months
from services.kernel.contracts import Contract, ContractKind
from services.kernel.language import Text
from services.kernel.refusals import InvalidInput

MONTHS_TO_MEMBERSHIP = 36
LONGEST_CAPE_MONTHS = 36
ANNOUNCED_MONTHS = (6, 3, 1)


def membership_deadline(contract: Contract) -> date | None:
    """None under CAPE: the clock starts with the CESA."""
    if contract.kind is not ContractKind.CESA:
        return None
    three_years_from_contract = add_months(contract.started_on, MONTHS_TO_MEMBERSHIP)
    if contract.cape_started_on is None or contract.cape_ended_on is None:
        return three_years_from_contract
    three_years_from_cape = add_months(contract.cape_started_on, MONTHS_TO_MEMBERSHIP)
    left = relativedelta(three_years_from_cape, contract.cape_ended_on + timedelta(days=1))
    return min(contract.started_on + left, three_years_from_contract)


@dataclass(frozen=True, slots=True)
class Nearness:
    """Deadlines from `first` to `last`, both included, are said to be near, `months` before."""

    months: int
    first: date
    last: date


def near(today: date) -> list[Nearness]:
    """Each deadline to come stands in one of them at most: who hears of it late hears of it once."""
    first, found = today, []
    for months in sorted(ANNOUNCED_MONTHS):
        last = add_months(today, months)
        found.append(Nearness(months, first, last))
        first = last + timedelta(days=1)
    return found


def check_contract(contract: Contract, pointer: str = "") -> None:
    """Refuse dates that no contract can have; `pointer` is where the contract stands in the body."""
    cape_started_on, cape_ended_on = contract.cape_started_on, contract.cape_ended_on
    if cape_started_on is None and cape_ended_on is None:
        return
    if cape_started_on is None or cape_ended_on is None:
        missing = "cape_started_on" if cape_started_on is None else "cape_ended_on"
        raise InvalidInput(f"{pointer}/{missing}", _ONE_DATE_ONLY)
    if contract.kind is ContractKind.CAPE:
        raise InvalidInput(f"{pointer}/cape_started_on", _TRIAL_BEFORE_TRIAL)
    if cape_ended_on < cape_started_on:
        raise InvalidInput(f"{pointer}/cape_ended_on", _ENDS_BEFORE_IT_STARTS)
    if cape_ended_on > contract.started_on:
        raise InvalidInput(f"{pointer}/cape_ended_on", _OVERLAPS_CESA)
    if cape_ended_on >= add_months(cape_started_on, LONGEST_CAPE_MONTHS):
        raise InvalidInput(f"{pointer}/cape_ended_on", _TOO_LONG, months=LONGEST_CAPE_MONTHS)


_ONE_DATE_ONLY = Text(
    "Le CAPE antérieur se déclare par ses deux dates, début et fin.",
    "An earlier CAPE is declared by both its dates, start and end.",
)
_TRIAL_BEFORE_TRIAL = Text(
    "Les dates d'un CAPE antérieur ne se déclarent qu'avec un CESA.",
    "The dates of an earlier CAPE are declared only with a CESA.",
)
_ENDS_BEFORE_IT_STARTS = Text(
    "Le CAPE finit avant d'avoir commencé.",
    "The CAPE ends before it starts.",
)
_OVERLAPS_CESA = Text(
    "Le CAPE ne peut pas finir après le début du CESA.",
    "The CAPE cannot end after the CESA starts.",
)
_TOO_LONG = Text(
    "Un CAPE dure {months} mois au plus, renouvellements compris.",
    "A CAPE lasts {months} months at most, renewals included.",
)

"""Loans of three regional funds, from their disbursement to their last cent or their loss.

A story does not depend on the day it is told: it is only cut there. Told again later, it goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from random import Random

from demonstration.chance import chance
from demonstration.funders import CDC, FRANCE_ACTIVE, STATE, DemonstrationFunder, region_funder
from demonstration.names import MARK
from demonstration.scale import Scale, first_year
from demonstration.world import DemonstrationCae, DemonstrationPerson, draw_cae, draw_person
from services.kernel.calendar import add_months
from services.kernel.money import split_evenly
from services.kernel.regions import REGIONS

Receipt = tuple[date, int]

MONTHS = (18, 24, 24, 24, 30, 36)
GRACE_MONTHS = (0, 0, 0, 3, 6)
AMOUNT_STEP_CENTS = 500_00
USUAL_LOAN_CENTS = 8_000_00
CONTRIBUTION_STEP_CENTS = 10_000_00
SILENT_DAYS = 270
"""A loan is written off at the end of the first year that finds it silent for so long."""


@dataclass(frozen=True, slots=True)
class FundStory:
    """`share` is its part of the loans of a year; `shares` are the funders' percentages.

    `eventful_cents` is what the dossiers that are invented by hand take of it, all at once.
    """

    region: str
    opened_on: date
    min_amount_cents: int
    usual_amount_cents: int
    max_amount_cents: int
    share: int
    shares: tuple[tuple[DemonstrationFunder, int], ...]
    eventful_cents: int = 0

    @property
    def name(self) -> str:
        return f"Fonds de prêts d'honneur {REGIONS[self.region]} {MARK}"


FUNDS = (
    FundStory(
        region="84",
        opened_on=date(2002, 6, 3),
        min_amount_cents=2_000_00,
        usual_amount_cents=2_000_00,
        max_amount_cents=20_000_00,
        share=50,
        shares=((region_funder("84"), 50), (STATE, 20), (CDC, 30)),
        eventful_cents=120_000_00,
    ),
    FundStory(
        region="76",
        opened_on=date(2015, 3, 2),
        min_amount_cents=3_000_00,
        usual_amount_cents=6_000_00,
        max_amount_cents=15_000_00,
        share=33,
        shares=((region_funder("76"), 55), (STATE, 20), (FRANCE_ACTIVE, 25)),
    ),
    FundStory(
        region="53",
        opened_on=date(2016, 9, 1),
        min_amount_cents=2_000_00,
        usual_amount_cents=8_000_00,
        max_amount_cents=14_000_00,
        share=17,
        shares=((region_funder("53"), 50), (STATE, 20), (CDC, 30)),
    ),
)


class Behaviour(StrEnum):
    REGULAR = "regular"
    IRREGULAR = "irregular"
    AHEAD = "ahead"
    SILENT = "silent"


BEHAVIOURS = {Behaviour.REGULAR: 84, Behaviour.IRREGULAR: 7, Behaviour.AHEAD: 4, Behaviour.SILENT: 5}


@dataclass(frozen=True, slots=True)
class LoanStory:
    """`lost_on` is the day the loan is written off; `recoveries` come after it."""

    number: str
    cae: DemonstrationCae
    person: DemonstrationPerson
    amount_cents: int
    months: int
    grace_months: int
    disbursed_on: date
    receipts: tuple[Receipt, ...]
    lost_on: date | None
    recoveries: tuple[Receipt, ...]
    method: str


@lru_cache(maxsize=64)
def loans_of_year(fund: FundStory, year: int, scale: Scale) -> tuple[LoanStory, ...]:
    """In the order of their disbursements, numbered so."""
    number = scale.loans_of(fund.share)
    random = chance("loans", fund.region, year, number)
    first = date(year, 1, 4)
    days = sorted(first + timedelta(days=random.randrange(355)) for _ in range(number))
    return tuple(
        _loan(fund, f"PH-{fund.region}-{year}-{rank:04d}", day, random)
        for rank, day in enumerate(days, start=1)
    )


def contributions(
    fund: FundStory, scale: Scale, today: date
) -> Iterator[tuple[DemonstrationFunder, str, int, date]]:
    """Funder, convention, cents and day: each year what its lending lacks, with something to spare.

    The first year's also covers the applications that are on the desks today, and the eventful dossiers.
    """
    start = first_year(today)
    spare_cents = scale.loans_of(fund.share) * USUAL_LOAN_CENTS // 10
    pending_cents = scale.applications_of(fund.share) * USUAL_LOAN_CENTS + fund.eventful_cents
    told: list[LoanStory] = []
    available_cents = 0
    for year in range(start, today.year + 1):
        told += loans_of_year(fund, year, scale)
        balances = list(accumulate(_moves(told, year), initial=available_cents))
        needed_cents = max(0, -min(balances)) + spare_cents
        lots = -(-needed_cents // CONTRIBUTION_STEP_CENTS)
        available_cents = balances[-1] + lots * CONTRIBUTION_STEP_CENTS
        if year == start:
            lots += -(-pending_cents // CONTRIBUTION_STEP_CENTS)
        for funder, share in fund.shares:
            amount_cents = lots * CONTRIBUTION_STEP_CENTS * share // 100
            yield funder, f"DEMO-{fund.region}-{year}", amount_cents, date(year, 1, 1)


def _moves(loans: Sequence[LoanStory], year: int) -> list[int]:
    """What goes out of a fund and comes back to it in a year, in the order of the days."""
    moves = [(loan.disbursed_on, -loan.amount_cents) for loan in loans if loan.disbursed_on.year == year]
    moves += [
        (on, cents) for loan in loans for on, cents in (*loan.receipts, *loan.recoveries) if on.year == year
    ]
    return [cents for _, cents in sorted(moves)]


def draw_terms(fund: FundStory, random: Random) -> tuple[int, int, int]:
    """Amount, duration and grace; 8 000 EUR on average."""
    drawn = random.triangular(fund.min_amount_cents, fund.max_amount_cents, fund.usual_amount_cents)
    steps = round(drawn / AMOUNT_STEP_CENTS)
    return steps * AMOUNT_STEP_CENTS, random.choice(MONTHS), random.choice(GRACE_MONTHS)


def _loan(fund: FundStory, number: str, disbursed_on: date, random: Random) -> LoanStory:
    cae = draw_cae(random, fund.region)
    amount_cents, months, grace_months = draw_terms(fund, random)
    instalments = months - grace_months
    due = [
        (add_months(disbursed_on, grace_months + rank), part_cents)
        for rank, part_cents in enumerate(split_evenly(amount_cents, instalments), start=1)
    ]
    behaviour = random.choices(list(BEHAVIOURS), list(BEHAVIOURS.values()))[0]
    receipts = tuple(_receipts(due, behaviour, random))
    lost_on: date | None = None
    recoveries: tuple[Receipt, ...] = ()
    if behaviour is Behaviour.SILENT:
        last_on = receipts[-1][0] if receipts else disbursed_on
        lost_on = _end_of_year(last_on + timedelta(days=SILENT_DAYS))
        lost_cents = amount_cents - sum(part_cents for _, part_cents in receipts)
        recoveries = tuple(_recoveries(lost_on, lost_cents, random))
    return LoanStory(
        number=number,
        cae=cae,
        person=draw_person(random, cae, by=disbursed_on),
        amount_cents=amount_cents,
        months=months,
        grace_months=grace_months,
        disbursed_on=disbursed_on,
        receipts=receipts,
        lost_on=lost_on,
        recoveries=recoveries,
        method=random.choice(("Prélèvement", "Prélèvement", "Prélèvement", "Virement", "Chèque")),
    )


def _receipts(due: Sequence[Receipt], behaviour: Behaviour, random: Random) -> Iterator[Receipt]:
    match behaviour:
        case Behaviour.REGULAR:
            yield from ((on + timedelta(days=_delay_days(random)), part_cents) for on, part_cents in due)
        case Behaviour.IRREGULAR:
            yield from _in_heaps(due, random)
        case Behaviour.AHEAD:
            kept = random.randrange(3, len(due))
            yield from due[:kept]
            if rest_cents := sum(part_cents for _, part_cents in due[kept:]):
                yield due[kept][0], rest_cents
        case Behaviour.SILENT:
            yield from due[: random.randrange(len(due) // 6, 3 * len(due) // 4)]


def _delay_days(random: Random) -> int:
    """On the day for most, a month later once in a while."""
    return random.randrange(20, 45) if random.random() < 0.015 else random.choice((0, 0, 0, 0, 0, 1, 3))  # noqa: PLR2004


def _in_heaps(due: Sequence[Receipt], random: Random) -> Iterator[Receipt]:
    """Some months are skipped and paid with a later one."""
    heap_cents = 0
    for place, (on, part_cents) in enumerate(due):
        heap_cents += part_cents
        is_skipped = random.randrange(3) == 0 and place < len(due) - 1
        if not is_skipped:
            yield on + timedelta(days=random.randrange(12)), heap_cents
            heap_cents = 0


def _recoveries(lost_on: date, lost_cents: int, random: Random) -> Iterator[Receipt]:
    if random.randrange(3) == 0:
        part_cents = lost_cents // 10
        yield lost_on + timedelta(days=random.randrange(30, 120)), part_cents
        yield lost_on + timedelta(days=random.randrange(150, 300)), part_cents


def _end_of_year(day: date) -> date:
    return date(day.year, 12, 31)

"""The field: 18 regions, 155 CAEs, 12 000 entrepreneurs, and the funders of their instruments."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random

from stdnum import luhn

from demonstration.chance import chance
from demonstration.names import CAE_KINDS, CAE_PLACES, FAMILY_NAMES, GIVEN_NAMES, MARK
from services.kernel.calendar import add_months
from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import Siren, Siret
from services.kernel.money import split_by_weights

ENTREPRENEURS = 12_000
LARGEST_CAE = 800
CAES_BY_REGION = {
    "84": 24, "75": 20, "11": 18, "76": 17, "53": 11, "93": 11, "52": 10, "32": 9, "44": 9, "28": 7, "27": 5,
    "24": 4, "04": 3, "02": 2, "94": 2, "01": 1, "03": 1, "06": 1,
}  # fmt: skip
LOAN_REGIONS = ("84", "76", "53")
TOP_UP_REGION = "75"
NEIGHBOURS = {"75": ("76", "76", "84", None), "76": ("75", None), "84": ("75", None)}
BRANCH_WEIGHT = 6
"""A secondary establishment brings this many times fewer dossiers than its CAE at home."""

FIRST_ENTRY = date(2016, 1, 1)
ENTRY_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class DemonstrationCae:
    """`establishments` by region: its home's, and for many a second one where there is an instrument."""

    rank: int
    siren: Siren
    name: str
    region: str
    entrepreneurs: int
    establishments: dict[str, Siret] = field(hash=False)


@dataclass(frozen=True, slots=True)
class DemonstrationPerson:
    reference: str
    given_name: str
    family_name: str
    entered_on: date
    cesa_on: date
    member_on: date

    def contract_on(self, day: date) -> Contract:
        """In force on a day; the trial's dates stay with the CESA that followed it without a gap."""
        if day < self.cesa_on:
            return Contract(ContractKind.CAPE, self.entered_on)
        last_day = self.cesa_on - timedelta(days=1)
        return Contract(ContractKind.CESA, self.cesa_on, self.entered_on, last_day)

    def member_since_on(self, day: date) -> date | None:
        return self.member_on if self.member_on <= day else None


def make_siren(rank: int) -> Siren:
    """Valid by its check digit, and nobody's: no company's starts with 000."""
    digits = f"000{rank:05d}"
    return Siren(digits + luhn.calc_check_digit(digits))


def make_siret(siren: Siren, establishment: int) -> Siret:
    digits = f"{siren}{establishment:04d}"
    return Siret(digits + luhn.calc_check_digit(digits))


@cache
def caes() -> tuple[DemonstrationCae, ...]:
    homes = [region for region, number in CAES_BY_REGION.items() for _ in range(number)]
    sizes = _sizes(len(homes))
    chance("sizes").shuffle(sizes)
    names = [f"{kind} {place} {MARK}" for kind in CAE_KINDS for place in CAE_PLACES]
    chance("names").shuffle(names)
    return tuple(
        _cae(rank, names[rank - 1], region, size)
        for rank, (region, size) in enumerate(zip(homes, sizes, strict=True), start=1)
    )


@cache
def caes_in(region: str) -> tuple[tuple[DemonstrationCae, ...], tuple[int, ...]]:
    """Those with an establishment there, and how much each weighs among them."""
    present = tuple(cae for cae in caes() if region in cae.establishments)
    weights = (
        cae.entrepreneurs if cae.region == region else 1 + cae.entrepreneurs // BRANCH_WEIGHT
        for cae in present
    )
    return present, tuple(accumulate(weights))


def draw_cae(random: Random, region: str) -> DemonstrationCae:
    present, running_weights = caes_in(region)
    return present[bisect_right(running_weights, random.randrange(running_weights[-1]))]


def draw_person(random: Random, cae: DemonstrationCae, *, by: date) -> DemonstrationPerson:
    """Someone whom the CAE hosted by that day."""
    while True:
        drawn = person(cae, random.randrange(cae.entrepreneurs))
        if drawn.entered_on <= by:
            return drawn


@cache
def person(cae: DemonstrationCae, place: int) -> DemonstrationPerson:
    """One of the CAE's entrepreneurs, the same whichever instrument they come to."""
    random = chance("person", cae.siren, place)
    entered_on = FIRST_ENTRY if place == 0 else FIRST_ENTRY + timedelta(days=random.randrange(ENTRY_DAYS))
    cesa_on = add_months(entered_on, random.randrange(6, 34))
    return DemonstrationPerson(
        reference=f"DEMO-{cae.rank:03d}-{place + 1:04d}",
        given_name=random.choice(GIVEN_NAMES),
        family_name=random.choice(FAMILY_NAMES),
        entered_on=entered_on,
        cesa_on=cesa_on,
        # The law gives three years from the CESA, less the time under CAPE: some come close to it.
        member_on=min(cesa_on + timedelta(days=random.randrange(20, 900)), add_months(entered_on, 36)),
    )


def _sizes(number: int) -> list[int]:
    """A few large CAEs, many small ones, as in the field."""
    weights = [1_000_000 // (rank + 12) for rank in range(1, number)]
    return [LARGEST_CAE, *split_by_weights(ENTREPRENEURS - LARGEST_CAE, weights)]


def _cae(rank: int, name: str, region: str, size: int) -> DemonstrationCae:
    siren = make_siren(rank)
    establishments = {region: make_siret(siren, 1)}
    second = _second_region(region, chance("branch", rank))
    if second is not None:
        establishments[second] = make_siret(siren, 2)
    return DemonstrationCae(rank, siren, name, region, size, establishments)


def _second_region(home: str, random: Random) -> str | None:
    """Every CAE has an establishment where there is an instrument, and some meet both kinds."""
    if home in NEIGHBOURS:
        return random.choice(NEIGHBOURS[home])
    return None if home in LOAN_REGIONS else random.choice((*LOAN_REGIONS, TOP_UP_REGION))

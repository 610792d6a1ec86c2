"""Top-ups of the Nouvelle-Aquitaine scheme: who asked for what, and when the region sat and paid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from demonstration.chance import chance
from demonstration.funders import BPIFRANCE, CDC, DemonstrationFunder, region_funder
from demonstration.names import MARK
from demonstration.scale import Scale, first_year
from demonstration.world import (
    TOP_UP_REGION,
    DemonstrationCae,
    DemonstrationPerson,
    draw_cae,
    person,
)
from services.kernel.identifiers import Siret
from services.kernel.regions import REGIONS

SCHEME_NAME = f"Abondement au capital {REGIONS[TOP_UP_REGION]} {MARK}"
SHARES: tuple[tuple[DemonstrationFunder, int], ...] = (
    (region_funder(TOP_UP_REGION), 50),
    (BPIFRANCE, 25),
    (CDC, 25),
)
FLOOR_CENTS, CEILING_CENTS, CAE_CAP_CENTS = 1_000_00, 2_000_00, 20_000_00

CONTRIBUTIONS = {500_00: 4, 1_000_00: 40, 1_500_00: 25, 2_000_00: 20, 3_000_00: 11}
SESSION_MONTHS = ((6, 25), (12, 10))
PAYMENT_DAYS = 30
TO_COME = 12
"""One request in so many is of someone who is not a member yet: their deadline is what the scheme is for."""
MOST_DRAWS = 5_000


@dataclass(frozen=True, slots=True)
class TopUpStory:
    cae: DemonstrationCae
    person: DemonstrationPerson
    paid_up_cents: int
    subscribed_cents: int
    paid_up_on: date
    admitted_on: date | None
    requested_on: date

    @property
    def siret(self) -> Siret:
        return self.cae.establishments[TOP_UP_REGION]


@dataclass(frozen=True, slots=True)
class SchemeSession:
    """The requests that came since the session before. A date that lies ahead is None: they still wait.

    Of the latest session, the awards of every third CAE still wait for their payment (`is_latest`).
    """

    requests: tuple[TopUpStory, ...]
    decided_on: date | None
    paid_on: date | None
    is_latest: bool = False

    @property
    def reference(self) -> str:
        return f"DEMO-CP-{self.decided_on}"


def scheme_starts_on(today: date) -> date:
    return date(first_year(today), 1, 1)


def partial_awards_from(today: date) -> date:
    """The region votes a second version: what is left of a cap may be given."""
    return date(today.year - 1, 1, 1)


def sessions(scale: Scale, today: date) -> list[SchemeSession]:
    """In the order of their dates; the last is of the requests that wait for the next one."""
    stories = sorted(_stories(scale, today), key=lambda story: (story.requested_on, story.person.reference))
    days = [
        date(year, month, day)
        for year in range(first_year(today), today.year + 1)
        for month, day in SESSION_MONTHS
        if date(year, month, day) <= today
    ]
    told, last_on = [], date.min
    for decided_on in days:
        requests = tuple(story for story in stories if last_on < story.requested_on <= decided_on)
        paid_on = decided_on + timedelta(days=PAYMENT_DAYS)
        is_latest = decided_on == days[-1]
        told.append(SchemeSession(requests, decided_on, paid_on if paid_on <= today else None, is_latest))
        last_on = decided_on
    waiting = tuple(story for story in stories if story.requested_on > last_on)
    return [*told, SchemeSession(waiting, None, None)]


def _stories(scale: Scale, today: date) -> Iterator[TopUpStory]:
    random = chance("top-ups", scale.top_up_requests)
    taken: set[str] = set()
    for rank in range(scale.top_up_requests):
        drawn = _draw(random, taken, today, is_to_come=rank % TO_COME == TO_COME - 1)
        if drawn is None:
            return
        cae, someone = drawn
        taken.add(someone.reference)
        yield _story(random, cae, someone, today)


def _draw(
    random: Random, taken: set[str], today: date, *, is_to_come: bool
) -> tuple[DemonstrationCae, DemonstrationPerson] | None:
    """Someone new to the scheme who became a member under it, or who soon must."""
    for _ in range(MOST_DRAWS):
        cae = draw_cae(random, TOP_UP_REGION)
        someone = person(cae, random.randrange(cae.entrepreneurs))
        if is_to_come:
            fits = someone.cesa_on < today - timedelta(days=60) and today < someone.member_on
        else:
            fits = scheme_starts_on(today) <= someone.member_on <= today - timedelta(days=30)
        if fits and someone.reference not in taken:
            return cae, someone
    return None


def _story(random: Random, cae: DemonstrationCae, someone: DemonstrationPerson, today: date) -> TopUpStory:
    paid_up_cents = random.choices(list(CONTRIBUTIONS), list(CONTRIBUTIONS.values()))[0]
    is_member = someone.member_on <= today
    paid_up_on = someone.member_on if is_member else today - timedelta(days=random.randrange(5, 40))
    requested_on = min(paid_up_on + timedelta(days=random.randrange(5, 60)), today)
    return TopUpStory(
        cae=cae,
        person=someone,
        paid_up_cents=paid_up_cents,
        subscribed_cents=paid_up_cents * random.choice((1, 1, 2)),
        paid_up_on=paid_up_on,
        admitted_on=someone.member_on if is_member else None,
        requested_on=requested_on,
    )

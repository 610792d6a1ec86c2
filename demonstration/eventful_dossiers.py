"""A handful of dossiers of one fund that show each event of a loan's life, under numbers that say which.

They are invented by hand, day by day before today: what statistics would tell too seldom to be found.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from demonstration.chance import chance
from demonstration.loan_stories import FUNDS, FundStory
from demonstration.names import MARK
from demonstration.world import DemonstrationCae, DemonstrationPerson, caes_in, draw_cae, draw_person
from services.kernel.calendar import add_months

(FUND,) = (fund for fund in FUNDS if fund.eventful_cents)
DAYS_UNTIL_PAID = 40
FIRST_REMINDER_DAYS = 5
"""As the plan of a new fund says."""


class Event(StrEnum):
    """What each dossier shows, and what its number ends with: `DEMO-84-TRANCHES`."""

    DRAFT = "BROUILLON"
    CANCELLED = "ANNULATION"
    LAPSED = "CADUCITE"
    RESCHEDULED = "REECHELONNEMENT"
    SUSPENDED = "SUSPENSION"
    IN_TRANCHES = "TRANCHES"
    PAID_EARLY = "ANTICIPATION"
    ACCELERATED = "DECHEANCE"
    MOVED = "CHANGEMENT-DE-CAE"
    BORROWER_DIED = "DECES"
    PROMISED = "PROMESSE"
    REMINDED = "RELANCE"
    DECLARED = "DECLARATION"
    GRANTED_BY_SESSION = "COMITE-1"
    GRANTED_LESS = "COMITE-2"
    REFUSED_BY_SESSION = "COMITE-3"
    LEFT_TO_ANOTHER_SESSION = "COMITE-4"


SESSION = (
    Event.GRANTED_BY_SESSION, Event.GRANTED_LESS, Event.REFUSED_BY_SESSION, Event.LEFT_TO_ANOTHER_SESSION,
)  # fmt: skip

AMOUNTS_CENTS = {Event.IN_TRANCHES: 9_000_00, Event.GRANTED_LESS: 12_000_00}
USUAL_AMOUNT_CENTS, MONTHS = 6_000_00, 24

MONTHS_SINCE_PAID = {
    Event.RESCHEDULED: 14,
    Event.SUSPENDED: 12,
    Event.IN_TRANCHES: 6,
    Event.PAID_EARLY: 10,
    Event.ACCELERATED: 16,
    Event.MOVED: 15,
    Event.BORROWER_DIED: 13,
    Event.DECLARED: 5,
}
LATE_DAYS = {Event.PROMISED: 30, Event.REMINDED: FIRST_REMINDER_DAYS + 1}
"""How long ago the instalment that is awaited fell due. A day is closed once it is over: hence one more."""
HELD_DAYS = {Event.LAPSED: 150, Event.CANCELLED: 30} | dict.fromkeys(SESSION, 9)


@dataclass(frozen=True, slots=True)
class EventfulDossier:
    """`held_on` is the committee's day; what is lent is signed a few days later and leaves `disbursed_on`."""

    event: Event
    number: str
    cae: DemonstrationCae
    person: DemonstrationPerson
    purpose: str
    amount_cents: int
    months: int
    submitted_on: date
    held_on: date
    signed_on: date
    disbursed_on: date


def eventful_dossiers(fund: FundStory, today: date) -> dict[Event, EventfulDossier]:
    """None but of one fund, so that they are found together."""
    return {event: _dossier(event, today) for event in Event} if fund == FUND else {}


def next_cae(dossier: EventfulDossier) -> DemonstrationCae:
    """Where its borrower may move to: another one of the region."""
    present, _ = caes_in(FUND.region)
    return present[(present.index(dossier.cae) + 1) % len(present)]


def _dossier(event: Event, today: date) -> EventfulDossier:
    random = chance("eventful", event)
    disbursed_on = _disbursed_on(event, today)
    held_on = today - timedelta(days=HELD_DAYS.get(event, 0))
    if event not in HELD_DAYS:
        held_on = disbursed_on - timedelta(days=12)
    submitted_on = held_on - timedelta(days=DAYS_UNTIL_PAID)
    cae = draw_cae(random, FUND.region)
    return EventfulDossier(
        event=event,
        number=f"DEMO-{FUND.region}-{event}",
        cae=cae,
        person=draw_person(random, cae, by=submitted_on),
        purpose=f"Atelier partagé {MARK}",
        amount_cents=AMOUNTS_CENTS.get(event, USUAL_AMOUNT_CENTS),
        months=MONTHS,
        submitted_on=submitted_on,
        held_on=held_on,
        signed_on=held_on + timedelta(days=5),
        disbursed_on=disbursed_on,
    )


def _disbursed_on(event: Event, today: date) -> date:
    if event not in LATE_DAYS:
        return add_months(today, -MONTHS_SINCE_PAID.get(event, 0))
    awaited_on = today - timedelta(days=LATE_DAYS[event])
    # A month that is too short for its day would move what is due: one that is not is never far.
    return next(
        before
        for months in range(6, 18)
        if add_months(before := add_months(awaited_on, -months), months) == awaited_on
    )

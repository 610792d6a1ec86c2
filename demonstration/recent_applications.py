"""Applications of the last weeks, at every stage: what the operators have on their desks today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from demonstration.chance import chance
from demonstration.loan_stories import FundStory, Receipt, draw_terms
from demonstration.names import MARK
from demonstration.scale import Scale
from demonstration.world import DemonstrationCae, DemonstrationPerson, caes_in, draw_cae, draw_person
from services.kernel.calendar import add_months
from services.kernel.identifiers import Siren
from services.kernel.money import split_evenly

PURPOSES = (
    "Véhicule de tournée", "Outillage d'atelier", "Stock de départ", "Matériel de prise de vue",
    "Four à céramique", "Aménagement d'un local", "Trésorerie de lancement", "Site de vente en ligne",
)  # fmt: skip


class Fate(StrEnum):
    """How far an application has gone by today."""

    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    APPROVED = "approved"
    DECLINED = "declined"
    SIGNED = "signed"
    DISBURSED = "disbursed"
    BOUNCED = "bounced"


FATES = (
    Fate.SUBMITTED, Fate.UNDER_REVIEW, Fate.DISBURSED, Fate.APPROVED, Fate.SIGNED, Fate.REFUSED,
    Fate.UNDER_REVIEW, Fate.BOUNCED, Fate.SUBMITTED, Fate.WITHDRAWN, Fate.DECLINED, Fate.DISBURSED,
)  # fmt: skip

# Days before today of each act: those that a fate does not come to are not used.
SUBMITTED_DAYS = {Fate.SUBMITTED: 12, Fate.UNDER_REVIEW: 18, Fate.APPROVED: 27, Fate.SIGNED: 30}
LONGEST_DAYS = 58
HELD_DAYS = {Fate.APPROVED: 6, Fate.SIGNED: 13, Fate.REFUSED: 20, Fate.DECLINED: 20}
DISBURSED_HELD_DAYS = 48
SIGNED_DAYS = {Fate.SIGNED: 4}
DISBURSED_SIGNED_DAYS = 42
DISBURSED_DAYS = 38


@dataclass(frozen=True, slots=True)
class CommitteeMember:
    name: str
    organisation: str
    siren: Siren | None = None


@dataclass(frozen=True, slots=True)
class RecentApplication:
    """Dates of acts that its fate does not come to are not used.

    `first_receipt` is what a disbursed loan has paid; with the fate BOUNCED, it came back.
    """

    number: str
    fate: Fate
    cae: DemonstrationCae
    person: DemonstrationPerson
    purpose: str
    amount_cents: int
    months: int
    submitted_on: date
    held_on: date
    signed_on: date
    disbursed_on: date
    ended_on: date
    first_receipt: Receipt
    bounced_on: date


def recent_applications(fund: FundStory, scale: Scale, today: date) -> tuple[RecentApplication, ...]:
    """In the order they are to be told: the last becomes a loan, which tells that all of them were."""
    number = scale.applications_of(fund.share)
    told = [_application(fund, rank, FATES[rank % len(FATES)], today) for rank in range(number)]
    return tuple(sorted(told, key=lambda application: application.fate is Fate.DISBURSED))


def committee(fund: FundStory) -> Sequence[CommitteeMember]:
    """The last sits for a CAE of the region, and stands aside for its own."""
    present, _ = caes_in(fund.region)
    largest = max(present, key=lambda cae: cae.entrepreneurs)
    return (
        CommitteeMember("Hélène Marchal", f"Région {MARK}"),
        CommitteeMember("Karim Joubert", f"État {MARK}"),
        CommitteeMember("Rose Tanguy", f"France Active {MARK}"),
        CommitteeMember("Samir Collet", f"Union régionale {MARK}"),
        CommitteeMember("Zoé Perrin", largest.name, largest.siren),
    )


def _application(fund: FundStory, rank: int, fate: Fate, today: date) -> RecentApplication:
    random = chance("application", fund.region, rank)
    cae = draw_cae(random, fund.region)
    amount_cents, months, _ = draw_terms(fund, random)
    submitted_on = today - timedelta(days=SUBMITTED_DAYS.get(fate, LONGEST_DAYS - random.randrange(6)))
    disbursed_on = today - timedelta(days=DISBURSED_DAYS)
    paid_on = add_months(disbursed_on, 1)
    return RecentApplication(
        number=f"DEMO-{fund.region}-{rank + 1:04d}",
        fate=fate,
        cae=cae,
        person=draw_person(random, cae, by=submitted_on),
        purpose=f"{random.choice(PURPOSES)} {MARK}",
        amount_cents=amount_cents,
        months=months,
        submitted_on=submitted_on,
        held_on=today - timedelta(days=HELD_DAYS.get(fate, DISBURSED_HELD_DAYS)),
        signed_on=today - timedelta(days=SIGNED_DAYS.get(fate, DISBURSED_SIGNED_DAYS)),
        disbursed_on=disbursed_on,
        ended_on=today - timedelta(days=random.randrange(2, 9)),
        first_receipt=(paid_on, split_evenly(amount_cents, months)[0]),
        bounced_on=paid_on + timedelta(days=4),
    )

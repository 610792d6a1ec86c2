"""Which dossier a fact is about, and what of it may be told: nothing that says who the person is."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.capital.domain.access import CapitalAct
from services.capital.domain.de_minimis import Declaration
from services.capital.domain.events import CapitalEvent
from services.capital.domain.granting import Grant
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.payments import Payment
from services.capital.domain.schemes import Scheme
from services.capital.domain.top_ups import TopUp
from services.runtime.history.facts import Dossier, Fact

TOLD_OF_TOP_UPS = (
    "status",
    "version_id",
    "entitlement_cents",
    "reserved_cents",
    "award_cents",
    "decided_on",
    "payment_id",
    "paid_up_cents",
    "subscribed_cents",
    "paid_up_on",
)
NAMED_OF_TOP_UPS = ("decision_reference", "reason")
PRIORITY = ("priority_criterion", "priority_evidence")
NAMED_OF_PERSONS = (
    "reference",
    "given_name",
    "family_name",
    "email",
    "phone",
    "birth_date",
    "address",
    "contract",
    "member_since",
)


def of_scheme(scheme: Scheme) -> Dossier:
    return Dossier(kind="scheme", id=scheme.id, region=scheme.region)


def of_top_up(top_up: TopUp) -> Dossier:
    return Dossier(kind="top_up", id=top_up.id, region=top_up.region, cae_siren=top_up.cae.siren)


def of_payment(payment: Payment) -> Dossier:
    return Dossier(kind="payment", id=payment.id, region=payment.region, cae_siren=payment.cae_siren)


def of_declaration(declaration: Declaration) -> Dossier:
    return Dossier(
        kind="de_minimis_declaration",
        id=declaration.id,
        region=declaration.region,
        cae_siren=declaration.cae_siren,
    )


def asked(top_up: TopUp) -> Fact:
    given = (name for name in NAMED_OF_PERSONS if getattr(top_up.entrepreneur, name) is not None)
    return Fact(
        dossier=of_top_up(top_up),
        act=CapitalAct.REQUEST_TOP_UP,
        event=CapitalEvent.TOP_UP_REQUESTED,
        after={"scheme_id": top_up.scheme_id} | _told(top_up),
        personal_fields=(
            *(f"entrepreneur.{name}" for name in given),
            *(name for name in PRIORITY if getattr(top_up, name) is not None),
        ),
    )


def asked_and_placed(top_up: TopUp) -> list[Fact]:
    """That it was asked, and where it found no room, that it waits."""
    if top_up.status is not TopUpStatus.WAITING:
        return [asked(top_up)]
    as_asked = replace(top_up, status=TopUpStatus.REQUESTED)
    waits = moved(CapitalAct.REQUEST_TOP_UP, CapitalEvent.TOP_UP_WAITING, as_asked, top_up)
    return [asked(as_asked), waits]


def given(grant: Grant) -> Fact:
    return moved(CapitalAct.GRANT_TOP_UP, CapitalEvent.TOP_UP_GRANTED, grant.candidate.top_up, grant.granted)


def moved(
    act: CapitalAct,
    event: CapitalEvent,
    before: TopUp,
    after: TopUp,
    *,
    subject_id: UUID | None = None,
    note: str | None = None,
) -> Fact:
    """What of the top-up is no longer what it was."""
    old, new = _told(before), _told(after)
    changed = [name for name in (*TOLD_OF_TOP_UPS, "clawed_back_cents") if old.get(name) != new.get(name)]
    return Fact(
        dossier=of_top_up(after),
        act=act,
        event=event,
        subject_id=subject_id,
        before={name: old.get(name) for name in changed},
        after={name: new.get(name) for name in changed},
        personal_fields=tuple(
            name for name in NAMED_OF_TOP_UPS if getattr(before, name) != getattr(after, name)
        ),
        note=note,
    )


def _told(top_up: TopUp) -> dict[str, Any]:
    values = ((name, getattr(top_up, name)) for name in TOLD_OF_TOP_UPS)
    told = {name: value for name, value in values if value is not None}
    return told | ({"clawed_back_cents": top_up.clawed_back_cents} if top_up.clawed_back_cents else {})

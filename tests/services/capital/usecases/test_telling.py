"""What each act leaves in the audit trail and in the outbox, and that no person is named there."""

import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.capital.domain.events import DECLARED, CapitalEvent
from services.capital.domain.granting import Decision
from services.capital.domain.schemes import Scheme
from services.capital.domain.top_ups import TopUp
from services.capital.usecases.add_version import AddVersion, add_version
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.grant_top_ups import GrantTopUps, grant_top_ups
from services.capital.usecases.pay_top_ups import PayTopUps, pay_top_ups
from services.capital.usecases.refuse_top_up import RefuseTopUp, refuse_top_up
from tests.services.capital.conftest import Capital

Told = dict[str, Any]
PERSONAL = ("Awa", "Le Goff", "T-1 de la CAE", "M7", "CP 12", "Motif", "2025-03-01")


async def trail(capital: Capital, *dossiers: UUID) -> list[Told]:
    """Each act on these dossiers, in order, with its event and its note."""
    query = text("""
        SELECT audit.act, audit.dossier_kind, audit.dossier_id, audit.subject_id, audit.region,
               audit.cae_siren, audit.before, audit.after, audit.personal_fields, note.note
          FROM capital.audit_trail AS audit LEFT JOIN capital.audit_notes AS note ON note.audit_id = audit.id
         WHERE audit.dossier_id = ANY(:dossiers) ORDER BY audit.id
    """)
    async with capital.database.of_all_tenants(read_only=True) as session:
        return [dict(row._mapping) for row in await session.execute(query, {"dossiers": list(dossiers)})]


async def events(capital: Capital, *dossiers: UUID) -> list[tuple[str, int]]:
    query = text("SELECT type, version FROM capital.outbox WHERE dossier_id = ANY(:dossiers) ORDER BY number")
    async with capital.database.of_all_tenants(read_only=True) as session:
        return [(row.type, row.version) for row in await session.execute(query, {"dossiers": list(dossiers)})]


async def requested(capital: Capital, scheme: Scheme) -> TopUp:
    [asked] = await capital.request(capital.asking(scheme, capital.new_cae(), reference="T-1 de la CAE"))
    return asked


async def test_a_scheme_tells_of_its_rules(capital: Capital) -> None:
    scheme = await capital.scheme()
    waiting = await requested(capital, scheme)
    terms = replace(capital.terms, valid_from=date(2026, 1, 1), ceiling_cents=1_500_00)

    async with capital.database.transaction(capital.operator) as session:
        order = AddVersion(scheme_id=scheme.id, terms=terms)
        version = await add_version(session, capital.operator, order, today=capital.today)

    created, added = await trail(capital, scheme.id)
    assert (created["act"], created["dossier_kind"], created["region"]) == ("create_scheme", "scheme", "75")
    assert created["after"]["version_id"] == str(scheme.versions[0].id)
    assert (added["act"], added["subject_id"]) == ("add_version", version.id)
    assert (added["after"]["valid_from"], added["after"]["ceiling_cents"]) == ("2026-01-01", 1_500_00)
    assert await events(capital, scheme.id) == [("scheme.created", 1), ("scheme.version_added", 2)]
    _, reassessed = await trail(capital, waiting.id)
    assert reassessed["before"] == {
        "version_id": str(scheme.versions[0].id),
        "entitlement_cents": 2_000_00,
    }
    assert reassessed["after"] == {"version_id": str(version.id), "entitlement_cents": 1_500_00}
    assert await events(capital, waiting.id) == [("top_up.requested", 1), ("top_up.reassessed", 2)]


async def test_a_top_up_tells_its_life(capital: Capital) -> None:
    scheme = await capital.scheme()
    top_up = await requested(capital, scheme)
    await capital.grant(top_up.id)
    async with capital.database.transaction(capital.operator) as session:
        order = PayTopUps(
            scheme_id=scheme.id,
            cae_siren=top_up.cae.siren,
            top_up_ids=[top_up.id],
            paid_on=date(2026, 3, 1),
            reference="M7",
        )
        payment = await pay_top_ups(session, capital.operator, order, today=capital.today)

    asked, granted, paid = await trail(capital, top_up.id)
    assert [fact["act"] for fact in (asked, granted, paid)] == [
        "request_top_up",
        "grant_top_up",
        "pay_top_ups",
    ]
    assert {(fact["region"], fact["cae_siren"]) for fact in (asked, granted, paid)} == {
        ("75", top_up.cae.siren)
    }
    assert asked["personal_fields"] == [
        f"entrepreneur.{name}" for name in ("reference", "given_name", "family_name", "contract")
    ]
    assert granted["before"] == {"status": "requested", "award_cents": None, "decided_on": None}
    assert granted["after"] == {"status": "granted", "award_cents": 2_000_00, "decided_on": "2026-02-01"}
    assert granted["personal_fields"] == ["decision_reference"]
    assert (paid["before"], paid["subject_id"]) == ({"status": "granted", "payment_id": None}, payment.id)
    [made] = await trail(capital, payment.id)
    assert (made["dossier_kind"], made["after"]["total_cents"]) == ("payment", 2_000_00)
    assert await events(capital, top_up.id, payment.id) == [
        ("top_up.requested", 1),
        ("top_up.granted", 2),
        ("payment.made", 1),
        ("top_up.paid", 3),
    ]
    said = json.dumps([asked, granted, paid, made], default=str, ensure_ascii=False)
    assert [word for word in PERSONAL if word in said] == []


async def test_why_stands_apart_from_the_trail(capital: Capital) -> None:
    """A note can be removed; the trail is append-only."""
    scheme = await capital.scheme()
    refused, cancelled = await requested(capital, scheme), await requested(capital, scheme)
    await capital.grant(cancelled.id)
    async with capital.database.transaction(capital.operator) as session:
        refusal = RefuseTopUp(top_up_id=refused.id, reason="Motif du refus")
        await refuse_top_up(session, capital.operator, refusal, today=capital.today)
        cancellation = CancelTopUp(top_up_id=cancelled.id, reason="Motif de l'annulation")
        await cancel_top_up(session, capital.operator, cancellation, today=capital.today)

    last = [(await trail(capital, dossier.id))[-1] for dossier in (refused, cancelled)]
    assert [(fact["act"], fact.pop("note")) for fact in last] == [
        ("refuse_top_up", "Motif du refus"),
        ("cancel_top_up", "Motif de l'annulation"),
    ]
    assert [fact["after"]["status"] for fact in last] == ["refused", "cancelled"]
    assert all(fact["personal_fields"] == ["reason"] for fact in last)
    assert "Motif" not in json.dumps(last, default=str)
    assert (await events(capital, refused.id))[-1] == ("top_up.refused", 2)
    assert (await events(capital, cancelled.id))[-1] == ("top_up.cancelled", 3)


async def test_a_list_tells_of_each_dossier_that_was_granted(capital: Capital) -> None:
    scheme, cae = await capital.scheme(cae_cap_cents=4_000_00), capital.new_cae()
    asked = await capital.request(*(capital.asking(scheme, cae) for _ in range(3)))
    decision = Decision(decided_on=date(2026, 2, 1), reference="CP 12")
    async with capital.database.transaction(capital.operator) as session:
        order = GrantTopUps(scheme_id=scheme.id, decisions=[(top_up.id, decision) for top_up in asked])
        await grant_top_ups(session, capital.operator, order, today=capital.today)

    assert [len(await trail(capital, top_up.id)) for top_up in asked] == [2, 2, 1]


def test_what_is_sent_by_nothing_yet_is_marked() -> None:
    """Every other type is sent by one of the tests above."""
    sent = set(CapitalEvent) - DECLARED
    assert {event.value for event in sent} == {
        "scheme.created",
        "scheme.version_added",
        "scheme.version_replaced",  # by the tests of replacing versions
        "scheme.counters_differ",  # by the tests of the nightly check
        "top_up.requested",
        "top_up.reassessed",
        "top_up.granted",
        "top_up.refused",
        "top_up.withdrawn",  # by the tests of ending requests
        "top_up.expired",
        "top_up.cancelled",
        "top_up.paid",
        "top_up.follow_up_due",  # by the tests of follow-ups due
        "top_up.followed_up",  # by the tests of following up, with the two after it
        "top_up.follow_up_corrected",
        "top_up.closed",
        "top_up.document_attached",  # by the tests of documents
        "top_up.document_removed",
        "top_up.waiting",  # by the tests of the waiting list
        "top_up.promoted",
        "top_up.taken_along",  # by the tests of successions
        "cae.succeeded",
        "payment.made",
        "payment.reversed",  # by the tests of reversing payments
        "top_up.payment_reversed",
        "top_up.clawback_proposed",  # by the tests of clawing back
        "top_up.clawback_confirmed",
        "top_up.clawback_received",
        "top_up.clawback_withdrawn",
        "top_up.clawback_waived",
        "top_up.clawed_back",
        "de_minimis.declared",  # by the tests of declared aid
        "de_minimis.declaration_cancelled",
        "membership.deadline_near",  # by the tests of announcing deadlines
    }

"""Offers that lapse, are signed late, or are cancelled: what the fund has again, whoever comes first."""

import asyncio
from datetime import date

from services.loans.usecases.lapse_offers import lapse_offers
from services.runtime.history.relay import relay
from tests.services.loans.conftest import Json, Lending, together

HELD_ON, LAST_DAY, FIRST_DAY_LAPSED = "2024-01-10", date(2024, 4, 9), date(2024, 4, 10)
SETTINGS: Json = {"offer_days": 90}


async def close(lending: Lending, today: date) -> list[str]:
    async with lending.api.database.of_all_tenants(client="worker") as session:
        return [str(one.id) for one in await lapse_offers(session, today=today)]


async def test_an_offer_lapses_once_its_days_are_over_and_frees_the_promise(lending: Lending) -> None:
    fund = await lending.fund(settings=SETTINGS)
    offer = await lending.approved(fund["id"], amount_cents=6_000_00)

    assert offer["id"] not in await close(lending, LAST_DAY)
    assert offer["id"] in await close(lending, FIRST_DAY_LAPSED)
    assert offer["id"] not in await close(lending, FIRST_DAY_LAPSED)

    read = await lending.read(f"applications/{offer['id']}")
    assert (read["status"], read["ended_on"]) == ("lapsed", "2024-04-10")
    assert (await lending.position(fund["id"]))["committed_cents"] == 0
    # What was promised then was: the position of a past day says so.
    assert (await lending.position(fund["id"], as_of="2024-04-09"))["committed_cents"] == 6_000_00
    assert (await lending.position(fund["id"], as_of="2024-04-10"))["committed_cents"] == 0
    await relay(lending.api.database)
    feed = lending.api.as_("cae", siren=offer["cae"]["siren"])
    types = [event["type"] for event in (await feed.get("/v1/events")).json()["items"]]
    assert types[-1] == "application.lapsed"
    assert types.count("application.lapsed") == 1
    assert await lending.differences() == []


async def test_an_offer_is_held_to_the_days_it_was_decided_under(lending: Lending) -> None:
    fund = await lending.fund(settings={"offer_days": None})
    offer = await lending.approved(fund["id"], amount_cents=1_000_00)

    assert offer["id"] not in await close(lending, date(2026, 6, 30))


async def test_a_paper_of_the_window_is_recorded_after_the_lapse(lending: Lending) -> None:
    fund = await lending.fund(settings=SETTINGS)
    offer = await lending.approved(fund["id"], amount_cents=6_000_00)
    await close(lending, FIRST_DAY_LAPSED)

    too_late = await lending.act(offer["id"], "signature", {"signed_on": "2024-04-10"}, status=409)
    signed = await lending.act(offer["id"], "signature", {"signed_on": "2024-04-09"})

    assert too_late["code"] == "offer-lapsed"
    assert (signed["status"], signed["signed_on"], signed["ended_on"]) == ("signed", "2024-04-09", None)
    assert (await lending.position(fund["id"]))["committed_cents"] == 6_000_00
    paid = {"disbursed_on": "2024-04-15", "reference": "VIR"}
    await lending.act(offer["id"], "disbursement", paid, status=201)
    assert (await lending.position(fund["id"]))["committed_cents"] == 0
    assert await lending.differences() == []


async def test_a_lapsed_promise_that_others_took_is_not_promised_again(lending: Lending) -> None:
    fund = await lending.fund(settings=SETTINGS)
    offer = await lending.approved(fund["id"], amount_cents=50_000_00)
    await close(lending, FIRST_DAY_LAPSED)
    under_review = await lending.under_review(fund["id"], amount_cents=40_000_00)
    await lending.act(under_review["id"], "decision", lending.approval(held_on="2024-05-01"))

    refused = await lending.act(offer["id"], "signature", {"signed_on": "2024-02-01"}, status=409)

    assert (refused["code"], refused["available_cents"]) == ("fund-short", 40_000_00)
    assert (await lending.read(f"applications/{offer['id']}"))["status"] == "lapsed"


async def test_two_closes_at_once_free_a_promise_once(lending: Lending) -> None:
    fund = await lending.fund(settings=SETTINGS)
    ids = [(await lending.approved(fund["id"], amount_cents=1_000_00))["id"] for _ in range(6)]

    first, second = await asyncio.gather(close(lending, FIRST_DAY_LAPSED), close(lending, FIRST_DAY_LAPSED))

    assert sorted(one for one in (*first, *second) if one in ids) == sorted(ids)
    assert (await lending.position(fund["id"]))["committed_cents"] == 0


async def test_a_lapse_and_a_signature_at_once_end_in_a_signed_offer(lending: Lending) -> None:
    """Whichever comes first: the signature is of the window."""
    fund = await lending.fund(settings=SETTINGS)
    ids = [(await lending.approved(fund["id"], amount_cents=1_000_00))["id"] for _ in range(6)]

    await asyncio.gather(
        close(lending, FIRST_DAY_LAPSED),
        *(lending.act(one, "signature", {"signed_on": "2024-02-01"}) for one in ids),
        close(lending, FIRST_DAY_LAPSED),
    )

    assert {(await lending.read(f"applications/{one}"))["status"] for one in ids} == {"signed"}
    assert (await lending.position(fund["id"]))["committed_cents"] == 6_000_00
    assert await lending.differences() == []


async def signed(lending: Lending, fund: Json, amount_cents: int) -> str:
    offer = await lending.approved(fund["id"], amount_cents=amount_cents)
    await lending.act(offer["id"], "signature", {"signed_on": "2024-01-20"})
    return str(offer["id"])


async def test_a_signed_offer_that_will_not_be_paid_is_cancelled(lending: Lending) -> None:
    fund = await lending.fund()
    offer = await signed(lending, fund, 6_000_00)
    body = {"cancelled_on": "2024-02-15", "reason": "Projet abandonné"}

    cancelled = await lending.act(offer, "cancellation", body)

    assert (cancelled["status"], cancelled["ended_on"], cancelled["ended_reason"]) == (
        "cancelled",
        "2024-02-15",
        "Projet abandonné",
    )
    assert (await lending.position(fund["id"]))["committed_cents"] == 0
    assert (await lending.position(fund["id"], as_of="2024-02-14"))["committed_cents"] == 6_000_00
    paid = {"disbursed_on": "2024-02-20", "reference": "VIR"}
    assert (await lending.act(offer, "disbursement", paid, status=409))["code"] == "status-forbids"
    cae = lending.api.as_("cae", siren=cancelled["cae"]["siren"])
    assert (await cae.post(f"/v1/applications/{offer}/cancellation", json=body)).status_code == 403


async def test_a_cancellation_and_a_disbursement_at_once_are_one_of_them(lending: Lending) -> None:
    fund = await lending.fund()
    offers = [await signed(lending, fund, 1_000_00) for _ in range(4)]
    operator = lending.operator
    cancelling = {"cancelled_on": "2024-02-15", "reason": "Projet abandonné"}
    paying = {"disbursed_on": "2024-02-15", "reference": "VIR"}

    for number, offer in enumerate(offers):
        path = f"/v1/applications/{offer}"
        answers = await together(
            operator.post(f"{path}/cancellation", json=cancelling, headers={"Idempotency-Key": f"c{offer}"}),
            operator.post(f"{path}/disbursement", json=paying, headers={"Idempotency-Key": f"d{offer}"}),
        )
        assert sorted(answer.status_code for answer in answers) in ([200, 409], [201, 409]), number

    position = await lending.position(fund["id"])
    assert position["committed_cents"] == 0
    statuses = [(await lending.read(f"applications/{offer}"))["status"] for offer in offers]
    assert position["disbursed_cents"] == 1_000_00 * statuses.count("disbursed")
    assert set(statuses) <= {"cancelled", "disbursed"}
    assert await lending.differences() == []

"""A top-up from its request to its payment, over the graph."""

from uuid import uuid4

from sqlalchemy import text

from tests.factories.capital import new_siren
from tests.services.capital.graphql.conftest import Granting

PAYMENT = """... on TopUpPayment { id totalCents cae { siren } scheme { id }
  topUps { id status payment { id } } byFunder { name amountCents funder { siren } } }"""


async def test_from_the_request_to_the_payment(granting: Granting) -> None:
    scheme_id, siren = await granting.scheme(), new_siren()

    requested = await granting.request(scheme_id, siren, paidUpCents=1_500_01)
    assert (requested["status"], requested["entitlementCents"], requested["awardCents"]) == (
        "REQUESTED",
        1_500_01,
        None,
    )
    granted = await granting.grant(requested["id"])
    assert (granted["id"], granted["status"], granted["awardCents"]) == (requested["id"], "GRANTED", 1_500_01)

    paid = await granting.act(
        "payTopUps",
        PAYMENT,
        schemeId=scheme_id,
        cae=siren,
        topUpIds=[requested["id"]],
        paidOn="2026-03-01",
        reference="Mandat 7",
    )
    assert (paid["totalCents"], paid["cae"], paid["scheme"]) == (
        1_500_01,
        {"siren": siren},
        {"id": scheme_id},
    )
    assert [part["amountCents"] for part in paid["byFunder"]] == [1_200_01, 300_00]
    assert paid["topUps"] == [{"id": requested["id"], "status": "PAID", "payment": {"id": paid["id"]}}]


async def test_a_payment_that_came_back(granting: Granting) -> None:
    scheme_id, siren = await granting.scheme(), new_siren()
    top_up = (await granting.granted(scheme_id, siren))["id"]
    paying = {"schemeId": scheme_id, "cae": siren, "topUpIds": [top_up], "reference": "Mandat 7"}
    paid = await granting.act("payTopUps", PAYMENT, **paying, paidOn="2026-03-01")
    back = {"paymentId": paid["id"], "reversedOn": "2026-03-09", "reason": "IBAN clos"}
    told = "... on TopUpPayment { id reversedOn topUps { id status payment { id } } }"

    reversed_ = await granting.act("reversePayment", told, **back)
    twice = await granting.act("reversePayment", told, **back)
    again = await granting.act("payTopUps", PAYMENT, **paying, paidOn="2026-03-10")

    assert reversed_ == {
        "__typename": "TopUpPayment",
        "id": paid["id"],
        "reversedOn": "2026-03-09",
        "topUps": [{"id": top_up, "status": "GRANTED", "payment": None}],
    }
    assert twice["code"] == "payment-already-reversed"
    assert again["topUps"] == [{"id": top_up, "status": "PAID", "payment": {"id": again["id"]}}]


async def test_the_cap_refuses_the_eleventh_with_the_room_left(granting: Granting) -> None:
    scheme_id, siren = await granting.scheme(), new_siren()
    for _ in range(10):
        assert (await granting.granted(scheme_id, siren))["status"] == "GRANTED"

    refused = await granting.granted(scheme_id, siren)

    assert (refused["__typename"], refused["code"]) == ("Refusal", "cae-cap-reached")
    assert refused["facts"]["room_cents"] == 0


async def test_below_the_floor(granting: Granting) -> None:
    requested = await granting.request(await granting.scheme(), paidUpCents=999_99)

    assert requested["entitlementCents"] == 0
    assert (await granting.grant(requested["id"]))["code"] == "below-floor"


async def test_refused_and_cancelled(granting: Granting) -> None:
    scheme_id, siren = await granting.scheme(), new_siren()
    requested, granted = await granting.request(scheme_id, siren), await granting.granted(scheme_id, siren)

    refused = await granting.act("refuseTopUp", topUpId=requested["id"], reason="Dossier incomplet")
    cancelled = await granting.act("cancelTopUp", topUpId=granted["id"], reason="Départ")

    assert (refused["status"], cancelled["status"]) == ("REFUSED", "CANCELLED")


async def test_a_grant_sent_twice_is_made_once(granting: Granting) -> None:
    scheme_id, siren, key = await granting.scheme(), new_siren(), str(uuid4())
    requested = await granting.request(scheme_id, siren)

    first = await granting.grant(requested["id"], idempotencyKey=key)
    again = await granting.grant(requested["id"], idempotencyKey=key)
    other = await granting.grant(requested["id"])

    assert first == again
    assert other["code"] == "status-forbids"
    assert other["message"].startswith("Le dossier est à l'état « accordé » ; accorder l'abondement")
    assert other["facts"] == {"status": "granted", "act": "grant", "possible_from": ["requested"]}


async def test_what_is_kept_to_be_replayed_names_nobody(granting: Granting) -> None:
    requested = await granting.request(await granting.scheme())

    async with granting.api.database.of_all_tenants(read_only=True) as session:
        kept = await session.execute(
            text(
                "SELECT answer FROM capital.idempotency_keys WHERE method = 'GRAPHQL' AND answer IS NOT NULL"
            )
        )
        answers = [bytes(answer).decode() for (answer,) in kept]

    assert any(requested["id"] in answer for answer in answers)
    assert not any("Le Goff" in answer for answer in answers)


async def test_a_list_is_granted_in_one_decision(granting: Granting) -> None:
    scheme_id, siren = await granting.scheme(), new_siren()
    ids = [(await granting.request(scheme_id, siren))["id"] for _ in range(11)]
    kind = """... on TopUpGrants { grantedCents lines {
      index topUpId topUp { status awardCents } refusal { code facts } } }"""
    given = {
        "schemeId": scheme_id,
        "decisions": [{"topUpId": top_up_id} for top_up_id in ids],
        "decidedOn": "2026-02-01",
        "reference": "CP 12",
    }

    whole = await granting.act("grantTopUps", kind, **given)
    key = str(uuid4())
    done = await granting.act("grantTopUps", kind, **given, atomic=False, idempotencyKey=key)
    again = await granting.act("grantTopUps", kind, **given, atomic=False, idempotencyKey=key)

    assert (whole["code"], whole["facts"]["errors"][0]["pointer"]) == (
        "batch-refused",
        "/decisions/10/top_up_id",
    )
    assert done == again
    assert done["grantedCents"] == 20_000_00
    assert [line["topUpId"] for line in done["lines"]] == ids
    assert done["lines"][9]["topUp"] == {"status": "GRANTED", "awardCents": 2_000_00}
    refused = done["lines"][10]
    assert (refused["topUp"], refused["refusal"]["code"]) == (None, "cae-cap-reached")
    assert refused["refusal"]["facts"]["room_cents"] == 0


async def test_a_request_that_is_given_up(granting: Granting) -> None:
    """Once, by whoever may, and with no room taken by it; what was decided stays."""
    scheme_id, siren = await granting.scheme(), new_siren()
    asked, decided = (
        (await granting.request(scheme_id, siren))["id"],
        await granting.granted(scheme_id, siren),
    )
    key = str(uuid4())

    gone = await granting.act("withdrawTopUp", topUpId=asked, reason="Départ", idempotencyKey=key)
    again = await granting.act("withdrawTopUp", topUpId=asked, reason="Départ", idempotencyKey=key)
    twice = await granting.act("withdrawTopUp", topUpId=asked)
    too_late = await granting.act("withdrawTopUp", topUpId=decided["id"])
    unknown = await granting.act("withdrawTopUp", topUpId=str(uuid4()))
    granted = await granting.grant(asked)

    assert (gone["id"], gone["status"], gone["awardCents"]) == (asked, "WITHDRAWN", None)
    assert again == gone
    assert [refused["code"] for refused in (twice, too_late, unknown, granted)] == [
        "status-forbids",
        "status-forbids",
        "not-found",
        "status-forbids",
    ]

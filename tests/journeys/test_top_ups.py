"""Top-ups as an operator and a CAE live them, over HTTP, with two processes of each service."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.factories import capital
from tests.journeys.conftest import Caller, Essor

TEN_AWARDS_CENTS = 10 * 2_000_00


async def open_scheme(operator: Caller, **terms: Any) -> str:
    return str((await operator.post("capital", "/schemes", capital.scheme(**terms)))["id"])


async def ask(caller: Caller, scheme: str, siren: str, paid_up_cents: int) -> str:
    body = capital.top_up(scheme, siren, paid_up_cents=paid_up_cents, subscribed_cents=paid_up_cents)
    return str((await caller.post("capital", "/top-ups", body))["id"])


async def test_eleven_grants_at_once_over_two_processes_give_exactly_ten(essor: Essor) -> None:
    siren = capital.new_siren()
    async with essor.as_("operator", regions=["75"]) as operator:
        scheme = await open_scheme(operator)
        asked = [await ask(operator, scheme, siren, 2_000_00) for _ in range(11)]
        decision = {"decided_on": "2026-03-02", "reference": "CP 2026-03"}
        answers = await asyncio.gather(
            *(
                operator.send("capital", f"/top-ups/{top_up}/grant", decision, process=number % 2)
                for number, top_up in enumerate(asked)
            )
        )
        cap = await operator.get("capital", f"/schemes/{scheme}/caps?cae={siren}")
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [409]
    (refused,) = (answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["room_cents"]) == ("cae-cap-reached", 0)
    assert (cap["used_cents"], cap["room_cents"]) == (TEN_AWARDS_CENTS, 0)


async def test_the_life_of_a_top_up(essor: Essor) -> None:
    """A CAE simulates and asks; the operator grants, pays and shows; a stranger sees nothing."""
    siren = capital.new_siren()
    async with (
        essor.as_("operator", regions=["75"]) as operator,
        essor.as_("cae", siren=siren) as cae,
        essor.as_("cae", siren=capital.new_siren()) as stranger,
        essor.as_("partner", regions=["75"]) as partner,
    ):
        scheme = await open_scheme(operator)
        simulation = await cae.post(
            "capital",
            f"/schemes/{scheme}/simulations",
            {
                "cae": {"siret": capital.siret_of(siren)},
                "contributions": [
                    {"reference": "A", "paid_up_cents": 999_99, "paid_up_on": "2026-01-15"},
                    {"reference": "B", "paid_up_cents": 1_500_01, "paid_up_on": "2026-01-15"},
                ],
            },
        )
        assert [award["award_cents"] for award in simulation["awards"]] == [0, 1_500_01]
        assert simulation["room_after_cents"] == 20_000_00 - 1_500_01

        asked = await ask(cae, scheme, siren, 1_500_01)
        decision = {"decided_on": "2026-03-02", "reference": "CP 2026-03"}
        assert (await cae.send("capital", f"/top-ups/{asked}/grant", decision)).status_code == 403
        granted = await operator.post("capital", f"/top-ups/{asked}/grant", decision)
        assert (granted["status"], granted["award_cents"]) == ("granted", 1_500_01)

        payment = await operator.post(
            "capital",
            f"/schemes/{scheme}/payments",
            {"cae": siren, "top_up_ids": [asked], "paid_on": "2026-04-01", "reference": "Mandat 12"},
        )
        assert [part["amount_cents"] for part in payment["by_funder"]] == [1_200_01, 300_00]
        assert (await stranger.send("capital", f"/top-ups/{asked}/grant", decision)).status_code in {403, 404}
        response = await stranger.client.get(f"{essor.capital[0]}/v1/top-ups/{asked}")
        assert response.status_code == 404

        query = """query($siren: ID!) { cae(siren: $siren) { siren topUps(first: 5) {
            edges { node { id status awardCents } } } } }"""
        data = await partner.graphql(query, siren=siren)
        (edge,) = data["cae"]["topUps"]["edges"]
        assert edge["node"] == {"id": asked, "status": "PAID", "awardCents": 1_500_01}


async def test_twenty_five_equal_grants_over_two_processes_award_once(essor: Essor) -> None:
    siren, key = capital.new_siren(), str(uuid4())
    async with essor.as_("operator", regions=["75"]) as operator:
        scheme = await open_scheme(operator)
        asked = await ask(operator, scheme, siren, 2_000_00)
        decision = {"decided_on": "2026-03-02", "reference": "CP 2026-03"}
        answers = await asyncio.gather(
            *(
                operator.send("capital", f"/top-ups/{asked}/grant", decision, process=number % 2, key=key)
                for number in range(25)
            )
        )
        cap = await operator.get("capital", f"/schemes/{scheme}/caps?cae={siren}")
        totals = (await operator.get("capital", f"/schemes/{scheme}"))["totals"]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert (cap["used_cents"], totals["awarded_cents"]) == (2_000_00, 2_000_00)

"""Money that comes back, recorded by two processes at once, with retries after lost answers."""

import asyncio
from uuid import uuid4

from tests.factories import capital
from tests.journeys.conftest import Caller, Essor

AWARDS = (1_000_01, 1_500_00, 1_999_99)


async def paid(operator: Caller, scheme: str, siren: str) -> list[str]:
    ids = []
    for cents in AWARDS:
        body = capital.top_up(scheme, siren, paid_up_cents=cents)
        ids.append(str((await operator.post("capital", "/top-ups", body))["id"]))
        await operator.post("capital", f"/top-ups/{ids[-1]}/grant", capital.grant())
    body = {"cae": siren, "top_up_ids": ids, "paid_on": "2026-04-01", "reference": "Mandat 12"}
    await operator.post("capital", f"/schemes/{scheme}/payments", body)
    return ids


async def test_receipts_over_two_processes_return_each_cent_once(essor: Essor) -> None:
    """Each call is made on both processes under one key, as by a client whose answers got lost.

    What is asked for comes back whole, never more, and every co-funder is at zero in the end.
    """
    siren = capital.new_siren()
    async with essor.as_("operator", regions=["75"]) as operator:
        scheme = str((await operator.post("capital", "/schemes", capital.scheme()))["id"])
        ids = await paid(operator, scheme, siren)
        for top_up in ids:
            await operator.post("capital", f"/top-ups/{top_up}/clawback", {"reason": "Départ"})

        calls = []
        for top_up, cents in zip(ids, AWARDS, strict=True):
            third = cents // 3
            for part in (third, third, cents - 2 * third, 1):  # the last cent is one too many
                key = str(uuid4())
                body = {"amount_cents": part, "received_on": "2026-06-01", "reference": "VIR"}
                calls += [
                    operator.send(
                        "capital", f"/top-ups/{top_up}/clawback/receipt", body, process=process, key=key
                    )
                    for process in (0, 1)
                ]
        answers = await asyncio.gather(*calls)
        for top_up in ids:  # a cent that came first leaves no room for a third: the rest is one receipt more
            found = await operator.get("capital", f"/top-ups/{top_up}/clawback")
            if found["owed_cents"]:
                body = {"amount_cents": found["owed_cents"], "received_on": "2026-06-01", "reference": "VIR"}
                await operator.post("capital", f"/top-ups/{top_up}/clawback/receipt", body)

        statuses = [(await operator.get("capital", f"/top-ups/{top_up}"))["status"] for top_up in ids]
        statement = await operator.get("capital", f"/schemes/{scheme}/statements")
        cap = await operator.get("capital", f"/schemes/{scheme}/caps?cae={siren}")

    assert {answer.status_code for answer in answers} <= {201, 409}
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refused <= {"clawback-exceeded", "status-forbids"}
    assert statuses == ["clawed_back"] * len(ids)
    assert cap["used_cents"] == 0
    assert statement["clawed_back_cents"] == statement["paid_cents"] == sum(AWARDS)
    assert [part["borne_cents"] for part in statement["by_funder"]] == [0, 0]

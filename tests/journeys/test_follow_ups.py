"""A paid top-up is followed up by officers at once, over two processes."""

import asyncio
from typing import Any

from tests.factories import capital
from tests.journeys.conftest import Caller, Essor

PAID_ON = "2021-03-01"


async def paid(operator: Caller) -> dict[str, str]:
    siren = capital.new_siren()
    scheme = str((await operator.post("capital", "/schemes", capital.scheme()))["id"])
    body = capital.top_up(scheme, siren, paid_up_on="2021-01-15")
    asked = str((await operator.post("capital", "/top-ups", body))["id"])
    decision = {"decided_on": "2021-02-01", "reference": "CP 2021-02"}
    await operator.post("capital", f"/top-ups/{asked}/grant", decision)
    paying = {"cae": siren, "top_up_ids": [asked], "paid_on": PAID_ON, "reference": "Mandat 7"}
    payment = await operator.post("capital", f"/schemes/{scheme}/payments", paying)
    return {"scheme": scheme, "top_up": asked, "payment": str(payment["id"])}


def seen(checked_on: str, **changed: Any) -> dict[str, Any]:
    good = {"still_member": True, "capital_kept_cents": 2_000_00, "evidence": "Registre des associés"}
    return {"checked_on": checked_on} | good | changed


async def test_officers_who_answer_at_once_leave_one_truth(essor: Essor) -> None:
    """The last good answer, a departure and the payment's return, all at once: whoever comes first holds."""
    async with essor.as_("operator", regions=["75"]) as operator:
        ids = await paid(operator)
        follow_ups = f"/top-ups/{ids['top_up']}/follow-ups"
        good = seen("2024-03-01")
        left = seen("2023-04-01", still_member=False, capital_kept_cents=0)
        back = {"reversed_on": "2021-03-05", "reason": "IBAN clos"}
        calls = [(follow_ups, good), (follow_ups, left), (f"/payments/{ids['payment']}/reversal", back)] * 4
        answers = await asyncio.gather(
            *(
                operator.send("capital", path, body, process=number % 2)
                for number, (path, body) in enumerate(calls)
            )
        )
        top_up = await operator.get("capital", f"/top-ups/{ids['top_up']}")
        history = (await operator.get("capital", follow_ups))["items"]

    done = [number for number, answer in enumerate(answers) if answer.status_code == 201]
    assert len(done) == 1, [answer.text for answer in answers]
    assert {answer.status_code for answer in answers} == {201, 409}
    status, recorded = [("closed", 1), ("clawback_proposed", 1), ("granted", 0)][done[0] % 3]
    assert (top_up["status"], len(history)) == (status, recorded)

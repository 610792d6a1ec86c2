"""One loan's whole eventful life over HTTP, with the schedule that holds after each step."""

from itertools import groupby
from typing import Any

from tests.factories.capital import new_siren, siret_of
from tests.journeys.conftest import Caller, Essor
from tests.journeys.test_loans import open_fund

SESSION = {
    "outcome": "approved",
    "committee": {
        "held_on": "2025-01-15",
        "present": [{"name": name, "organisation": "Comité"} for name in ("Ana", "Luc", "Zoé")],
        "stood_aside": [],
        "votes_for": 3,
        "votes_against": 0,
    },
}
Version = tuple[str, str, list[str]]


async def signed(operator: Caller, fund: str) -> str:
    """1 200.00 over twelve months."""
    body = {
        "fund_id": fund,
        "cae": {"siret": siret_of(new_siren()), "name": "Coopérative des Essais"},
        "entrepreneur": {
            "reference": "E-77",
            "given_name": "Awa",
            "family_name": "Le Goff",
            "contract": {"kind": "CESA", "started_on": "2024-03-01"},
        },
        "amount_cents": 1_200_00,
        "months": 12,
        "grace_months": 0,
        "purpose": "Un four",
    }
    application = (await operator.post("loans", "/applications", body))["id"]
    for verb, given in (("review", {}), ("decision", SESSION), ("signature", {"signed_on": "2025-01-20"})):
        await operator.post("loans", f"/applications/{application}/{verb}", given)
    return str(application)


class Story:
    def __init__(self, operator: Caller, loan: str) -> None:
        self.operator, self.path = operator, f"/loans/{loan}"

    async def does(self, verb: str, **body: Any) -> Any:
        return await self.operator.post("loans", f"{self.path}/{verb}", body)

    async def versions(self) -> list[Version]:
        """Each with its day, its cause and its statement: how many instalments of how much, from when."""
        found = await self.operator.get("loans", f"{self.path}/schedules?limit=100")
        return [(one["effective_on"], one["cause"], _runs(one["instalments"])) for one in found["schedules"]]

    async def last(self) -> Version:
        return (await self.versions())[-1]


def _runs(instalments: list[dict[str, Any]]) -> list[str]:
    return [
        f"{len(run)} x {amount} from {run[0]['due_on']} to {run[-1]['due_on']}"
        for amount, found in groupby(instalments, key=lambda one: one["amount_cents"])
        if (run := list(found))
    ]


async def test_a_loan_lives_through_everything(essor: Essor) -> None:
    async with essor.as_("operator", regions=["84"]) as operator:
        fund = await open_fund(operator, "Fonds des vies", region_cents=8_000_00, state_cents=2_000_00)
        application = await signed(operator, fund)
        first = {"disbursed_on": "2025-01-25", "amount_cents": 500_00, "reference": "T1"}
        loan = await operator.post("loans", f"/applications/{application}/disbursement", first)
        story = Story(operator, loan["id"])
        assert await story.versions() == []

        await story.does("tranches", amount_cents=700_00, disbursed_on="2025-01-31", reference="T2")
        assert await story.versions() == [
            ("2025-01-31", "disbursement", ["12 x 10000 from 2025-02-28 to 2026-01-31"])
        ]

        await story.does(
            "rescheduling", **{"from": "2025-03-10", "suspend_months": 2, "reason": "Arrêt de travail"}
        )
        assert await story.last() == (
            "2025-03-10",
            "suspension",
            ["12 x 10000 from 2025-04-30 to 2026-03-31"],
        )

        paid = {"method": "direct_debit", "reference": "P"}
        late = await story.does("repayments", amount_cents=100_00, paid_on="2025-02-28", **paid)
        assert late["allocations"] == [{"rank": 1, "amount_cents": 100_00}]
        assert await story.last() == (
            "2025-03-10",
            "suspension",
            ["12 x 10000 from 2025-02-28 to 2026-03-31"],
        )

        await story.does(
            "rescheduling", **{"from": "2025-06-15", "months": 11, "reason": "Baisse de l'activité"}
        )
        rescheduled = ["12 x 10000 from 2025-02-28 to 2026-04-30"]
        assert await story.last() == ("2025-06-15", "rescheduling", rescheduled)

        early = await story.does(
            "repayments", amount_cents=330_00, paid_on="2025-06-30", early="lower", **paid
        )
        lowered = [
            "2 x 10000 from 2025-02-28 to 2025-06-30",
            "1 x 23000 from 2025-06-30 to 2025-06-30",
            "10 x 7700 from 2025-07-31 to 2026-04-30",
        ]
        assert await story.last() == ("2025-06-30", "early_repayment", lowered)

        await _bounced_and_called_in(story, early["id"], rescheduled)
        await _lost_and_recovered(story)


async def _bounced_and_called_in(story: Story, early: str, rescheduled: list[str]) -> None:
    await story.operator.post(
        "loans",
        f"/repayments/{early}/reversal",
        {"reversed_on": "2025-07-04", "reason": "Rejet"},
    )
    assert await story.last() == ("2025-07-04", "reversal", rescheduled)

    await story.does("acceleration", noticed_on="2025-09-01", accelerated_on="2025-09-16", reason="Impayés")
    called_in = ["4 x 10000 from 2025-02-28 to 2025-08-31", "1 x 80000 from 2025-09-16 to 2025-09-16"]
    assert await story.last() == ("2025-09-16", "acceleration", called_in)


async def _lost_and_recovered(story: Story) -> None:
    await story.does("write-off", written_off_on="2025-12-31", reason="Irrécouvrable")
    await story.does(
        "repayments", amount_cents=150_00, paid_on="2025-12-20", method="transfer", reference="P"
    )
    await story.does("recoveries", amount_cents=200_00, received_on="2026-02-10", reference="H")

    after = await story.operator.get("loans", story.path)
    assert (after["status"], after["repaid_cents"], after["written_off_cents"]) == (
        "written_off",
        250_00,
        950_00,
    )
    assert after["recovered_cents"] == 200_00
    causes = [cause for _, cause, _ in await story.versions()]
    assert causes == [
        "disbursement",
        "suspension",
        "rescheduling",
        "early_repayment",
        "reversal",
        "acceleration",
    ]
    entries = await story.operator.get("loans", f"{story.path}/entries?limit=100")
    assert [one["kind"] for one in entries["entries"]] == [
        "disbursement",
        "disbursement",
        "repayment",
        "repayment",
        "reversal",
        "repayment",
        "write_off",
        "write_off_reduction",
        "recovery",
    ]
    past = await story.operator.get("loans", f"{story.path}?as_of=2025-07-01")
    assert (past["repaid_cents"], past["schedule_version"]) == (430_00, 4)

"""What becomes of a disbursed loan, over REST: each act, its refusals, and a ledger that agrees."""

from typing import Any

from sqlalchemy import text

from tests.api import once
from tests.services.loans.conftest import REGION_COUNCIL, STATE, Json, Lending, answered

EIGHTY_TWENTY = ((REGION_COUNCIL, 80_000_00, "2020-01-01"), (STATE, 20_000_00, "2020-01-02"))
THREE_MONTHS: Json = {"from": "2024-04-15", "months": 3, "reason": "Baisse d'activité"}


def dues(schedule: list[Json]) -> list[tuple[str, int]]:
    return [(one["due_on"], one["amount_cents"]) for one in schedule]


async def small_loan(lending: Lending, **more: Any) -> Json:
    """1 200.00 over twelve months from 31 January 2024."""
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    return await lending.loan(fund["id"], amount_cents=1_200_00, months=12, **more)


async def told_of(lending: Lending, loan: Json) -> list[str]:
    """The types of the loan's events, as they were told."""
    async with lending.api.database.of_all_tenants(read_only=True) as session:
        found = await session.scalars(
            text("SELECT type FROM loans.outbox WHERE dossier_id = :id ORDER BY number"),
            {"id": loan["id"]},
        )
        return list(found)


async def test_a_rescheduling_lays_the_unpaid_out_anew(lending: Lending) -> None:
    loan = await small_loan(lending)
    await lending.repay(loan["id"], 150_00, "2024-02-29")

    done = await lending.of_loan(loan["id"], "rescheduling", THREE_MONTHS, status=201)

    assert (done["version"], done["effective_on"], done["cause"]) == (2, "2024-04-15", "rescheduling")
    assert (done["fact_id"], done["reason"]) == (done["id"], "Baisse d'activité")
    assert dues(done["instalments"]) == [
        ("2024-02-29", 100_00),
        ("2024-03-31", 50_00),
        ("2024-04-30", 350_00),
        ("2024-05-31", 350_00),
        ("2024-06-30", 350_00),
    ]
    assert [one["paid_cents"] for one in done["instalments"]] == [100_00, 50_00, 0, 0, 0]
    assert done["loan"]["schedule"] == done["instalments"]
    assert done["loan"]["next_due_on"] == "2024-04-30"
    versions = (await lending.read(f"loans/{loan['id']}/schedules"))["schedules"]
    assert [(one["version"], one["cause"], one["until_on"]) for one in versions] == [
        (1, "disbursement", "2024-04-15"),
        (2, "rescheduling", None),
    ]
    assert versions[0]["instalments"][0]["paid_cents"] == 100_00
    assert versions[0]["fact_id"] is versions[0]["reason"] is None
    assert await lending.differences() == []


async def test_exactly_one_of_months_and_suspension_within_bounds(lending: Lending) -> None:
    loan = await small_loan(lending)
    for wrong in (
        {"from": "2024-04-15", "reason": "X"},
        {**THREE_MONTHS, "suspend_months": 2},
        {**THREE_MONTHS, "months": 121},
        {**THREE_MONTHS, "months": 0},
        {**THREE_MONTHS, "reason": ""},
    ):
        await lending.of_loan(loan["id"], "rescheduling", wrong, status=422)


async def test_a_suspension_moves_every_unpaid_date(lending: Lending) -> None:
    loan = await small_loan(lending)
    await lending.repay(loan["id"], 100_00, "2024-02-29")
    body = {"from": "2024-03-15", "suspend_months": 3, "reason": "Congé maternité"}

    done = await lending.of_loan(loan["id"], "rescheduling", body, status=201)

    assert done["cause"] == "suspension"
    assert dues(done["instalments"])[:3] == [
        ("2024-02-29", 100_00),
        ("2024-06-30", 100_00),
        ("2024-07-31", 100_00),
    ]
    again = await lending.of_loan(loan["id"], "rescheduling", body, status=409)
    assert again["code"] == "schedule-changed-that-day"


async def test_an_acceleration_makes_the_whole_debt_due(lending: Lending) -> None:
    loan = await small_loan(lending)
    body = {"noticed_on": "2024-05-01", "accelerated_on": "2024-05-16", "reason": "Trois impayés"}

    called_in = await lending.of_loan(loan["id"], "acceleration", body)

    assert dues(called_in["schedule"])[-1] == ("2024-05-16", 900_00)
    assert (called_in["arrears_cents"], called_in["schedule_version"]) == (1_200_00, 2)
    early = {"noticed_on": "2024-06-02", "accelerated_on": "2024-06-01", "reason": "X"}
    refused = await lending.of_loan(loan["id"], "acceleration", early, status=409)
    assert refused["code"] == "dates-out-of-order"


async def test_paying_ahead_is_not_an_early_repayment(lending: Lending) -> None:
    ahead = await small_loan(lending)
    paid = await lending.repay(ahead["id"], 300_00, "2024-02-29")
    assert (paid["early"], len(paid["loan"]["schedule"])) == (None, 12)

    shorter = await small_loan(lending)
    paid = await lending.repay(shorter["id"], 300_00, "2024-02-29", early="shorten")
    assert [(one["rank"], one["amount_cents"]) for one in paid["allocations"]] == [(1, 100_00), (2, 200_00)]
    assert dues(paid["loan"]["schedule"])[:3] == [
        ("2024-02-29", 100_00),
        ("2024-02-29", 200_00),
        ("2024-03-31", 100_00),
    ]
    assert dues(paid["loan"]["schedule"])[-1] == ("2024-11-30", 100_00)

    lower = await small_loan(lending)
    paid = await lending.repay(lower["id"], 320_00, "2024-02-29", early="lower")
    assert {one["amount_cents"] for one in paid["loan"]["schedule"][2:]} == {80_00}
    assert paid["loan"]["schedule"][-1]["due_on"] == "2025-01-31"
    kept = (await lending.read(f"loans/{lower['id']}/schedules"))["schedules"][1]
    assert (kept["cause"], kept["fact_id"]) == ("early_repayment", paid["id"])
    assert await lending.differences() == []


async def test_a_cae_may_declare_an_early_repayment(lending: Lending) -> None:
    loan = await small_loan(lending)
    cae = lending.api.as_("cae", siren=loan["cae"]["siren"])
    body = {"amount_cents": 300_00, "paid_on": "2024-02-29", "method": "payroll", "early": "shorten"}
    path = f"/v1/loans/{loan['id']}/repayment-declarations"
    declared = answered(await cae.post(path, json=body, headers=once()), 201)
    assert declared["early"] == "shorten"

    confirmed = await lending.operator.post(
        f"/v1/repayment-declarations/{declared['id']}/confirmation", json={}, headers=once()
    )

    assert confirmed.is_success, confirmed.text
    assert (await lending.read(f"loans/{loan['id']}"))["schedule_version"] == 2


async def test_a_repayment_that_arrives_late_takes_its_place(lending: Lending) -> None:
    """The rescheduling of April is laid out again when a payment of March turns up; its version stays."""
    loan = await small_loan(lending)
    first = await lending.of_loan(loan["id"], "rescheduling", THREE_MONTHS, status=201)
    assert first["instalments"][0]["amount_cents"] == 400_00

    late = await lending.repay(loan["id"], 300_00, "2024-03-31")

    assert dues(late["loan"]["schedule"])[:4] == [
        ("2024-02-29", 100_00),
        ("2024-03-31", 100_00),
        ("2024-04-30", 100_00),
        ("2024-04-30", 300_00),
    ]
    versions = (await lending.read(f"loans/{loan['id']}/schedules"))["schedules"]
    assert versions[1]["fact_id"] == first["fact_id"]
    assert await told_of(lending, loan) == [
        "loan.disbursed",
        "loan.rescheduled",
        "repayment.recorded",
        "loan.schedule_laid_out",
    ]
    assert await lending.differences() == []


async def test_a_batch_tells_of_the_schedules_that_it_lays_out_anew(lending: Lending) -> None:
    """Once for a loan, whatever its lines; a loan whose schedule stays as it was is not told of."""
    loan, other = await small_loan(lending), await small_loan(lending)
    await lending.of_loan(loan["id"], "rescheduling", THREE_MONTHS, status=201)
    late = [
        {"loan_id": one["id"], "amount_cents": 100_00, "paid_on": paid_on, "method": "payroll"}
        for one, paid_on in ((loan, "2024-03-20"), (other, "2024-03-20"), (loan, "2024-03-31"))
    ]

    sent = await lending.operator.post("/v1/repayments/batch", json={"items": late}, headers=once())

    assert answered(sent, 201)["recorded_count"] == 3
    assert await told_of(lending, loan) == [
        "loan.disbursed",
        "loan.rescheduled",
        "repayment.recorded",
        "repayment.recorded",
        "loan.schedule_laid_out",
    ]
    assert await told_of(lending, other) == ["loan.disbursed", "repayment.recorded"]


async def test_a_loan_as_it_stood_on_a_past_day(lending: Lending) -> None:
    loan = await small_loan(lending)
    await lending.repay(loan["id"], 100_00, "2024-03-10")
    await lending.of_loan(loan["id"], "rescheduling", THREE_MONTHS, status=201)

    past = await lending.read(f"loans/{loan['id']}", as_of="2024-03-09")

    assert (past["as_of"], past["repaid_cents"], past["arrears_cents"], past["days_late"]) == (
        "2024-03-09",
        0,
        100_00,
        9,
    )
    assert (len(past["schedule"]), past["schedule_version"]) == (12, 1)
    now = await lending.read(f"loans/{loan['id']}", as_of="2024-04-15")
    assert (now["schedule_version"], now["arrears_cents"]) == (2, 0)
    before = await lending.operator.get(f"/v1/loans/{loan['id']}?as_of=2024-01-30")
    assert answered(before, 409)["code"] == "dates-out-of-order"
    ahead = await lending.operator.get(f"/v1/loans/{loan['id']}?as_of=2199-01-30")
    assert answered(ahead, 409)["code"] == "date-in-the-future"


async def test_the_schedule_starts_at_the_last_tranche(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    loan = await lending.loan(fund["id"], amount_cents=1_200_00, months=12, first_tranche_cents=500_01)

    assert (loan["granted_cents"], loan["principal_cents"], loan["schedule"]) == (1_200_00, 500_01, [])
    assert (await lending.position(fund["id"]))["committed_cents"] == 699_99
    assert (await lending.position(fund["id"], "2024-01-30"))["committed_cents"] == 1_200_00
    refused = await lending.repay(loan["id"], 1_00, "2024-03-01", status=409)
    assert refused["code"] == "loan-not-wholly-disbursed"
    tranche = {"amount_cents": 700_00, "disbursed_on": "2024-03-15", "reference": "VIR-2"}
    refused = await lending.of_loan(loan["id"], "tranches", tranche, status=409)
    assert (refused["code"], refused["left_cents"]) == ("tranche-too-large", 699_99)

    whole = await lending.of_loan(loan["id"], "tranches", {**tranche, "amount_cents": 699_99}, status=201)

    assert (whole["principal_cents"], len(whole["schedule"])) == (1_200_00, 12)
    assert whole["schedule"][0]["due_on"] == "2024-04-15"
    assert [one["amount_cents"] for one in whole["tranches"]] == [500_01, 699_99]
    assert (await lending.position(fund["id"]))["committed_cents"] == 0
    assert (await lending.position(fund["id"], "2024-03-14"))["committed_cents"] == 699_99
    entries = (await lending.read(f"loans/{loan['id']}/entries"))["entries"]
    assert [one["tranche_id"] for one in entries] == [one["id"] for one in whole["tranches"]]
    past = await lending.read(f"loans/{loan['id']}", as_of="2024-03-14")
    assert (past["principal_cents"], past["schedule"], len(past["tranches"])) == (500_01, [], 1)
    assert await lending.differences() == []


async def test_what_will_not_leave_is_free_again(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    loan = await lending.loan(fund["id"], amount_cents=1_200_00, months=12, first_tranche_cents=600_00)
    assert (await lending.read(f"loans/{loan['id']}"))["schedule"] == []
    assert await lending.differences() == []

    ended = await lending.of_loan(
        loan["id"], "tranches/end", {"ended_on": "2024-06-30", "reason": "Matériel moins cher"}
    )

    assert (ended["principal_cents"], ended["granted_cents"]) == (600_00, 1_200_00)
    assert dues(ended["schedule"])[0] == ("2024-02-29", 50_00)
    assert ended["tranches_ended"] == {"ended_on": "2024-06-30", "reason": "Matériel moins cher"}
    position = await lending.position(fund["id"])
    assert (position["committed_cents"], position["available_cents"]) == (0, 100_000_00 - 600_00)
    assert (await lending.position(fund["id"], "2024-06-29"))["committed_cents"] == 600_00
    assert (await lending.repay(loan["id"], 600_00, "2024-07-01"))["loan"]["status"] == "repaid"
    late = {"amount_cents": 1_00, "disbursed_on": "2024-07-02"}
    refused = await lending.of_loan(loan["id"], "tranches", late, status=409)
    assert refused["code"] in {"loan-wholly-disbursed", "status-forbids"}
    assert await lending.differences() == []


async def test_a_repayment_of_before_a_loss_lessens_it(lending: Lending) -> None:
    loan = await small_loan(lending)
    await lending.write_off(loan["id"], "2024-06-30")

    await lending.repay(loan["id"], 200_01, "2024-05-31")

    after = await lending.read(f"loans/{loan['id']}")
    assert (after["repaid_cents"], after["written_off_cents"]) == (200_01, 999_99)
    entries = (await lending.read(f"loans/{loan['id']}/entries"))["entries"]
    assert [one["kind"] for one in entries] == [
        "disbursement",
        "repayment",
        "write_off",
        "write_off_reduction",
    ]
    assert (await lending.position(loan["fund_id"]))["written_off_cents"] == 999_99
    assert await lending.differences() == []


async def test_a_reversal_after_and_before_a_loss(lending: Lending) -> None:
    loan = await small_loan(lending)
    first = await lending.repay(loan["id"], 200_00, "2024-03-31")
    second = await lending.repay(loan["id"], 100_00, "2024-04-30")
    await lending.write_off(loan["id"], "2024-06-30")

    await lending.reverse(first["id"], "2024-07-05")
    await lending.reverse(second["id"], "2024-05-05")

    after = await lending.read(f"loans/{loan['id']}")
    assert (after["repaid_cents"], after["written_off_cents"]) == (0, 1_200_00)
    kinds = [one["kind"] for one in (await lending.read(f"loans/{loan['id']}/entries"))["entries"]]
    assert kinds.count("write_off") == 3
    assert await lending.differences() == []


async def test_entries_by_page_each_with_its_links(lending: Lending) -> None:
    loan = await small_loan(lending)
    repayment = await lending.repay(loan["id"], 100_00, "2024-02-29")
    await lending.reverse(repayment["id"], "2024-03-05")
    path = f"loans/{loan['id']}/entries"

    first = await lending.read(path, limit=2, count="true")
    rest = await lending.read(path, limit=2, after=first["next"])

    assert (first["total"], rest["next"]) == (3, None)
    entries = [*first["entries"], *rest["entries"]]
    assert [one["kind"] for one in entries] == ["disbursement", "repayment", "reversal"]
    links = entries[2]["links"]
    assert links["loan"] == f"/v1/loans/{loan['id']}"
    assert links["application"] == f"/v1/applications/{loan['application_id']}"
    assert answered(await lending.operator.get(links["repayment"]), 200)["id"] == repayment["id"]
    assert answered(await lending.operator.get(links["reverses"]), 200) == entries[1]
    assert answered(await lending.operator.get(links["self"]), 200) == entries[2]
    wrong = await lending.operator.get(f"/v1/{path}?after=abc")
    assert wrong.status_code == 422


async def test_repayments_by_page(lending: Lending) -> None:
    loan = await small_loan(lending)
    for month in ("02-29", "03-31", "04-30"):
        await lending.repay(loan["id"], 100_00, f"2024-{month}")

    first = await lending.read(f"loans/{loan['id']}/repayments", limit=2, count="true")
    rest = await lending.read(f"loans/{loan['id']}/repayments", limit=2, after=first["next"])

    assert (len(first["repayments"]), len(rest["repayments"]), first["total"], rest["next"]) == (
        2,
        1,
        3,
        None,
    )

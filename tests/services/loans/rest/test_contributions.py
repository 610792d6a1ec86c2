"""Conventions: what funders pledge, pay in and take back, down to what is free."""

from typing import Any

import pytest

from tests.api import once
from tests.graph import data
from tests.services.loans.conftest import REGION_COUNCIL, STATE, Json, Lending, answered

EIGHTY_TWENTY = ((REGION_COUNCIL, 8_000_00, "2023-01-01"), (STATE, 2_000_00, "2023-01-01"))


async def pledge(lending: Lending, fund: Json, *, status: int = 201, **changed: Any) -> Json:
    body = {
        "funder": STATE,
        "convention": "C-1",
        "amount_cents": 5_000_00,
        "signed_on": "2022-12-15",
        **changed,
    }
    path = f"/v1/funds/{fund['id']}/pledges"
    return answered(await lending.operator.post(path, json=body, headers=once()), status)


async def pay(lending: Lending, fund: Json, amount_cents: int, *, status: int = 201, **changed: Any) -> Json:
    body = {
        "funder": STATE,
        "convention": "C-1",
        "amount_cents": amount_cents,
        "paid_on": "2023-02-01",
        **changed,
    }
    path = f"/v1/funds/{fund['id']}/contributions"
    return answered(await lending.operator.post(path, json=body, headers=once()), status)


async def withdraw(
    lending: Lending, fund: Json, funder: Json, amount_cents: int, withdrawn_on: str, *, status: int = 201
) -> Json:
    body = {
        "funder": funder["siren"],
        "amount_cents": amount_cents,
        "withdrawn_on": withdrawn_on,
        "reference": "VIR-9",
        "reason": "Fin de la convention",
    }
    path = f"/v1/funds/{fund['id']}/withdrawals"
    return answered(await lending.operator.post(path, json=body, headers=once()), status)


async def test_a_pledge_is_paid_in_several_payments_and_never_beyond(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    planned = [
        {"due_on": "2024-01-15", "amount_cents": 2_000_00},
        {"due_on": "2023-01-15", "amount_cents": 3_000_00},
    ]
    made = await pledge(lending, fund, planned_payments=planned)
    assert (made["status"], made["paid_cents"], made["left_cents"]) == ("open", 0, 5_000_00)

    await pay(lending, fund, 3_500_00)
    (halfway,) = (await lending.read(f"funds/{fund['id']}/pledges", count="true"))["items"]
    assert [
        (payment["due_on"], payment["amount_cents"], payment["paid_cents"])
        for payment in halfway["planned_payments"]
    ] == [("2023-01-15", 3_000_00, 3_000_00), ("2024-01-15", 2_000_00, 500_00)]
    beyond = await pay(lending, fund, 1_500_01, status=409)
    assert beyond["code"] == "pledge-exceeded"
    assert (beyond["pledged_cents"], beyond["paid_cents"], beyond["left_cents"]) == (
        5_000_00,
        3_500_00,
        1_500_00,
    )
    await pay(lending, fund, 1_500_00, paid_on="2024-02-01")

    (paid,) = (await lending.read(f"funds/{fund['id']}/pledges"))["items"]
    assert (paid["status"], paid["paid_cents"], paid["left_cents"]) == ("paid", 5_000_00, 0)
    # Under another convention, or none that was pledged, a funder pays in what it likes.
    await pay(lending, fund, 9_999_00, convention="C-2")
    await pay(lending, fund, 9_999_00, funder=REGION_COUNCIL)
    assert await lending.differences() == []


async def test_what_was_paid_before_the_pledge_was_recorded_counts_on_it(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    await pay(lending, fund, 3_000_00)

    below = await pledge(lending, fund, amount_cents=2_999_99, status=409)
    assert (below["code"], below["paid_cents"]) == ("pledge-below-paid", 3_000_00)
    late = await pledge(lending, fund, signed_on="2023-02-02", status=409)
    assert late["code"] == "dates-out-of-order"
    made = await pledge(lending, fund)
    assert (made["paid_cents"], made["left_cents"]) == (3_000_00, 2_000_00)
    again = await pledge(lending, fund, status=409)
    assert (again["code"], again["pledged_cents"]) == ("pledge-taken", 5_000_00)
    early = await pay(lending, fund, 1_00, paid_on="2022-12-14", status=409)
    assert early["code"] == "dates-out-of-order"


async def test_planned_payments_add_up_to_the_pledge(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    planned = [{"due_on": "2024-01-15", "amount_cents": 4_999_99}]

    refused = await pledge(lending, fund, planned_payments=planned, status=422)

    assert [error["pointer"] for error in refused["errors"]] == ["/planned_payments"]


async def test_pledged_paid_and_still_to_come_are_shown_by_funder_and_by_date(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    await pledge(lending, fund)
    await pledge(lending, fund, funder=REGION_COUNCIL, amount_cents=20_000_00)
    await pay(lending, fund, 2_000_00, paid_on="2023-02-01")
    await pay(lending, fund, 8_000_00, funder=REGION_COUNCIL, paid_on="2023-06-01")
    await pay(lending, fund, 1_00, convention="Sans engagement", paid_on="2023-06-01")

    def row(figures: Json) -> list[int]:
        return [figures[f"{name}_cents"] for name in ("pledged", "paid_in", "to_come")]

    in_march = await lending.position(fund["id"], "2023-03-01")
    now = await lending.position(fund["id"])
    assert [row(part) for part in (in_march, *in_march["by_funder"])] == [
        [25_000_00, 2_000_00, 23_000_00],
        [5_000_00, 2_000_00, 3_000_00],
        [20_000_00, 0, 20_000_00],
    ]
    assert row(now) == [25_000_00, 10_001_00, 15_000_00]
    query = """query ($id: ID!) { loanFund(id: $id) { position {
        pledgedCents paidInCents toComeCents byFunder { pledgedCents paidInCents toComeCents } } } }"""
    found = (await data(lending.operator, query, id=fund["id"]))["loanFund"]["position"]
    assert [found["pledgedCents"], found["paidInCents"], found["toComeCents"]] == row(now)
    assert [list(part.values()) for part in found["byFunder"]] == [row(part) for part in now["by_funder"]]


async def test_a_funder_sees_its_own_pledges(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    await pledge(lending, fund)
    await pledge(lending, fund, funder=REGION_COUNCIL)
    path = f"/v1/funds/{fund['id']}/pledges"

    own = answered(
        await lending.api.as_("funder", siren=STATE["siren"]).get(path, params={"count": "true"}), 200
    )
    a_cae = await lending.api.as_("cae", siren="978592848").get(path)
    elsewhere = await lending.api.as_("operator", regions=["53"]).get(path)

    assert ([one["funder"]["siren"] for one in own["items"]], own["total"]) == ([STATE["siren"]], 1)
    assert [a_cae.status_code, elsewhere.status_code] == [403, 404]


async def test_a_share_is_taken_back_down_to_what_is_free_of_it(lending: Lending) -> None:
    """10 000.00 at 80/20; 5 000.00 lent: the State has 1 000.00 of its own in cash, and the fund 5 000.00."""
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    await lending.loan(fund["id"], amount_cents=5_000_00)
    refused = await withdraw(lending, fund, STATE, 1_000_01, "2024-06-01", status=409)
    assert (refused["code"], refused["free_cents"], refused["cash_cents"]) == (
        "funder-share-short",
        1_000_00,
        1_000_00,
    )

    taken = await withdraw(lending, fund, STATE, 1_000_00, "2024-06-01")

    assert (taken["status"], taken["funder"]["siren"]) == ("withdrawn", STATE["siren"])
    position = await lending.position(fund["id"])
    assert (position["withdrawn_cents"], position["available_cents"]) == (1_000_00, 4_000_00)
    assert [part["withdrawn_cents"] for part in position["by_funder"]] == [0, 1_000_00]
    before = await lending.position(fund["id"], "2024-05-31")
    assert (before["withdrawn_cents"], before["available_cents"]) == (0, 5_000_00)
    assert await lending.differences() == []


async def test_what_is_promised_to_borrowers_is_not_free(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    await lending.approved(fund["id"], amount_cents=5_000_00)

    own = await withdraw(lending, fund, STATE, 1_000_01, "2024-06-01", status=409)
    whole = await withdraw(lending, fund, REGION_COUNCIL, 5_000_01, "2024-06-01", status=409)

    assert (own["code"], own["committed_cents"], own["free_cents"]) == (
        "funder-share-short",
        1_000_00,
        1_000_00,
    )
    assert (whole["code"], whole["available_cents"]) == ("fund-short-for-withdrawal", 5_000_00)
    await withdraw(lending, fund, REGION_COUNCIL, 4_000_00, "2024-06-01")
    refused = await lending.under_review(fund["id"], amount_cents=1_000_01)
    path = f"/v1/applications/{refused['id']}/decision"
    short = answered(await lending.operator.post(path, json=lending.approval()), 409)
    assert (short["code"], short["available_cents"]) == ("fund-short", 1_000_00)


async def test_a_withdrawal_recorded_late_must_have_been_possible_ever_since(lending: Lending) -> None:
    """9 000.00 leaves on 31 January, and 4 000.00 comes back in March: in February there was 1 000.00."""
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    loan = await lending.loan(fund["id"], amount_cents=9_000_00)
    await lending.repay(loan["id"], 4_000_00, "2024-03-01")

    refused = await withdraw(lending, fund, REGION_COUNCIL, 1_000_01, "2023-06-01", status=409)
    assert (refused["code"], refused["available_cents"], refused["on"]) == (
        "fund-short-for-withdrawal",
        1_000_00,
        "2024-01-10",  # promised by the committee that day
    )
    after = await withdraw(lending, fund, REGION_COUNCIL, 4_000_00, "2024-03-01")
    assert after["amount_cents"] == 4_000_00
    before_it_paid = await withdraw(lending, fund, STATE, 1, "2022-12-31", status=409)
    assert (before_it_paid["code"], before_it_paid["available_cents"]) == ("fund-short-for-withdrawal", 0)


async def test_later_loans_are_borne_by_what_is_left(lending: Lending) -> None:
    """80/20, until the Region takes 6 000.00 back: then it is 2 000.00 to 2 000.00."""
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    await withdraw(lending, fund, REGION_COUNCIL, 6_000_00, "2024-06-01")
    before = await lending.loan(fund["id"], amount_cents=1_000_00)  # disbursed in January
    position = await lending.position(fund["id"], "2024-05-31")
    assert [part["disbursed_cents"] for part in position["by_funder"]] == [800_00, 200_00]

    application = await lending.approved(fund["id"], amount_cents=1_000_00)
    await lending.act(application["id"], "signature", {"signed_on": "2024-01-20"})
    body = {"disbursed_on": "2024-06-01", "reference": "VIR"}
    await lending.act(application["id"], "disbursement", body, status=201)

    position = await lending.position(fund["id"])
    assert [part["disbursed_cents"] for part in position["by_funder"]] == [1_300_00, 700_00]
    assert before["settings_version"] == 1
    assert await lending.differences() == []


async def test_only_a_known_funder_withdraws_and_only_its_operator_records_it(lending: Lending) -> None:
    fund = await lending.fund()
    unknown = await withdraw(lending, fund, STATE, 1, "2024-06-01", status=404)
    assert unknown["what"] == "funder"
    body = {
        "funder": REGION_COUNCIL["siren"],
        "amount_cents": 1,
        "withdrawn_on": "2024-06-01",
        "reference": "V",
        "reason": "R",
    }
    path = f"/v1/funds/{fund['id']}/withdrawals"
    for caller, status in (
        (lending.api.as_("funder", siren=REGION_COUNCIL["siren"]), 403),
        (lending.api.as_("operator", regions=["53"]), 404),
    ):
        answered(await caller.post(path, json=body, headers=once()), status)
    answered(await lending.operator.post(path, json=body), 400)  # without a key


@pytest.mark.parametrize(
    ("paid_in", "target", "actual", "gap_cents"),
    [
        # 20 000.00 more of the State would make it 20 000.00 of 100 000.00.
        ({"region": 80_000_00}, {"kind": "state", "percent": 20}, "0.00", 20_000_00),
        ({"region": 80_000_00, "state": 10_000_00}, {"kind": "state", "percent": 20}, "11.11", 10_000_00),
        ({"region": 80_000_00, "state": 20_000_00}, {"kind": "state", "percent": 20}, "20.00", 0),
        ({"region": 80_000_00, "state": 30_000_00}, {"kind": "state", "percent": 20}, "27.27", 0),
        # To the next cent: 33.33 and a third is one cent more.
        ({"region": 100_00}, {"siren": STATE["siren"], "percent": 25}, "0.00", 33_34),
        ({"region": 80_000_00, "state": 1_00}, {"kind": "state", "percent": 100}, "0.00", None),
        ({"state": 1_00}, {"kind": "state", "percent": 100}, "100.00", 0),
        ({}, {"kind": "state", "percent": 20}, None, 0),
    ],
)
async def test_a_target_share_shows_its_gap(
    lending: Lending, paid_in: dict[str, int], target: Json, actual: str | None, gap_cents: int | None
) -> None:
    who = {"region": REGION_COUNCIL, "state": STATE}
    contributions = [(who[name], cents, "2023-01-01") for name, cents in paid_in.items()]
    fund = await lending.fund(settings={"target_shares": [target]}, contributions=contributions)

    (shown,) = (await lending.position(fund["id"]))["targets"]

    assert (shown["percent"], shown["actual_percent"], shown["gap_cents"]) == (
        target["percent"],
        actual,
        gap_cents,
    )
    query = "query ($id: ID!) { loanFund(id: $id) { position { targets { actualPercent gapCents } } } }"
    found = await data(lending.operator, query, id=fund["id"])
    assert found["loanFund"]["position"]["targets"] == [{"actualPercent": actual, "gapCents": gap_cents}]


async def test_each_is_told(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    made = await pledge(lending, fund)
    await pay(lending, fund, 5_000_00)
    taken = await withdraw(lending, fund, STATE, 1_00, "2023-02-01")

    trail = (await lending.read("audit", dossier_id=fund["id"]))["items"]

    told = {line["act"]: line["subject_id"] for line in trail}
    assert (told["record_pledge"], told["withdraw_contribution"]) == (made["id"], taken["id"])

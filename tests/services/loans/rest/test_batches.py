"""Many repayments in one call, and the transfer of a CAE that they came with."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.loans.rest.batch_models import MOST_LINES
from services.loans.usecases.verify_ledger import verify_ledger
from tests.api import Api, once
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import AUDITOR, Json, Lending, answered

PAID_ON = "2024-02-29"


def line(loan: Json, amount_cents: int = 222_23, paid_on: str = PAID_ON, **more: Any) -> Json:
    return {
        "loan_id": loan["id"],
        "amount_cents": amount_cents,
        "paid_on": paid_on,
        "method": "payroll",
        **more,
    }


def remitted(total_cents: int, reference: str | None = None, **more: Any) -> Json:
    return {
        "reference": reference or f"VIR-{uuid4().hex}",
        "received_on": "2024-03-04",
        "total_cents": total_cents,
        **more,
    }


async def send(lending: Lending, *items: Json, status: int = 201, **more: Any) -> Json:
    body = {"items": list(items), **more}
    response = await lending.operator.post("/v1/repayments/batch", json=body, headers=once())
    return answered(response, status)


async def loans_of_one_cae(lending: Lending, number: int, **asked: Any) -> list[Json]:
    fund = await lending.fund()
    cae = {"siret": siret_of(new_siren()), "name": "Graines"}
    people = [
        {
            "reference": f"E{rank}",
            "given_name": "Inès",
            "family_name": "Maître",
            "contract": {"kind": "CESA", "started_on": "2019-05-15"},
        }
        for rank in range(number)
    ]
    return [await lending.loan(fund["id"], cae=cae, entrepreneur=person, **asked) for person in people]


async def owed(lending: Lending, loan: Json) -> int:
    return int((await lending.read(f"loans/{loan['id']}"))["outstanding_cents"])


async def test_each_line_tells_what_it_did(lending: Lending) -> None:
    first, second = await loans_of_one_cae(lending, 2)
    by_number = {**line(second, 300_00), "loan_number": second["number"], "fund_id": second["fund_id"]}
    del by_number["loan_id"]

    batch = await send(lending, line(first), by_number)

    assert (batch["recorded_count"], batch["refused_count"], batch["recorded_cents"]) == (2, 0, 522_23)
    one, two = batch["results"]
    assert (one["index"], one["status"], one["outstanding_cents"]) == (0, "recorded", 7_777_77)
    assert two["allocations"] == [{"rank": 1, "amount_cents": 222_23}, {"rank": 2, "amount_cents": 77_77}]
    (repayment,) = (await lending.read(f"loans/{second['id']}/repayments"))["repayments"]
    assert (repayment["id"], repayment["amount_cents"]) == (two["repayment_id"], 300_00)
    assert await owed(lending, first) == 7_777_77
    assert await lending.differences() == []


async def test_lines_of_one_loan_go_in_date_order_whatever_their_own(lending: Lending) -> None:
    (loan,) = await loans_of_one_cae(lending, 1)

    batch = await send(
        lending,
        line(loan, 222_23, "2024-04-30"),
        line(loan, 222_23, "2024-02-29"),
        line(loan, 222_23, "2024-03-31"),
    )

    assert [result["allocations"][0]["rank"] for result in batch["results"]] == [3, 1, 2]
    assert [result["outstanding_cents"] for result in batch["results"]] == [7_333_31, 7_777_77, 7_555_54]


async def test_all_or_nothing_tells_every_refused_line_and_records_none(lending: Lending) -> None:
    first, second = await loans_of_one_cae(lending, 2)
    unknown = {**line(first), "loan_id": str(uuid4())}

    refused = await send(
        lending,
        line(first),
        line(second, 9_000_00),
        unknown,
        line(second, 100_00, "2024-01-30"),
        status=409,
    )

    assert (refused["code"], refused["count"], refused["lines"]) == ("batch-refused", 3, 4)
    told = [(error["index"], error["code"], error["pointer"]) for error in refused["errors"]]
    assert told == [
        (1, "repayment-too-large", "/items/1/amount_cents"),
        (2, "not-found", "/items/2/loan_id"),
        (3, "dates-out-of-order", "/items/3/paid_on"),
    ]
    assert refused["errors"][0]["owed_cents"] == 8_000_00
    assert [result["status"] for result in refused["results"]] == ["not_attempted", *["refused"] * 3]
    assert await owed(lending, first) == 8_000_00


async def test_line_by_line_records_what_can_be(lending: Lending) -> None:
    first, second = await loans_of_one_cae(lending, 2)

    batch = await send(lending, line(first, 9_000_00), line(second), line(first, 100_00), atomic=False)

    assert [result["status"] for result in batch["results"]] == ["refused", "recorded", "recorded"]
    problem = batch["results"][0]["problem"]
    assert (problem["code"], problem["owed_cents"], problem["pointer"]) == (
        "repayment-too-large",
        8_000_00,
        "/items/0/amount_cents",
    )
    assert "8\u202f000,00" in problem["detail"]
    assert await owed(lending, first) == 7_900_00
    assert await lending.differences() == []


async def test_malformed_lines_are_told_by_pointer(lending: Lending) -> None:
    (loan,) = await loans_of_one_cae(lending, 1)
    nameless = {key: value for key, value in line(loan).items() if key != "loan_id"}

    refused = await send(
        lending, line(loan), line(loan, -5), nameless, {**line(loan), "fund_id": loan["fund_id"]}, status=422
    )

    assert [(error["pointer"], error["code"]) for error in refused["errors"]] == [
        ("/items/1/amount_cents", "greater-than"),
        ("/items/2", "one-loan"),
        ("/items/3", "one-loan"),
    ]
    assert (await send(lending, status=422))["errors"][0]["code"] == "too-short"
    too_many = await send(lending, *[line(loan, 1)] * (MOST_LINES + 1), status=422)
    assert too_many["errors"][0]["code"] == "too-long"


async def test_the_whole_answer_is_replayed(lending: Lending) -> None:
    (loan,) = await loans_of_one_cae(lending, 1)
    body, headers = {"items": [line(loan), line(loan)]}, once()
    first = await lending.operator.post("/v1/repayments/batch", json=body, headers=headers)
    again = await lending.operator.post("/v1/repayments/batch", json=body, headers=headers)

    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert await owed(lending, loan) == 8_000_00 - 2 * 222_23
    keyless = await lending.operator.post("/v1/repayments/batch", json=body)
    assert answered(keyless, 400)["code"] == "idempotency-key-required"


async def test_a_remittance_is_found_again_with_what_it_covers(lending: Lending) -> None:
    first, second = await loans_of_one_cae(lending, 2)
    announced = remitted(322_23)

    batch = await send(lending, line(first), line(second, 100_00), remittance=announced)

    remittance = batch["remittance"]
    assert (remittance["cae"], remittance["unallocated_cents"]) == (first["cae"]["siren"], 0)
    (listed,) = (await lending.read("remittances", cae=first["cae"]["siren"], count=True))["items"]
    assert listed == remittance
    read = await lending.read(f"remittances/{remittance['id']}")
    assert [(one["loan_number"], one["amount_cents"]) for one in read["repayments"]] == [
        (first["number"], 222_23),
        (second["number"], 100_00),
    ]
    cae = lending.api.as_("cae", siren=first["cae"]["siren"])
    assert (await cae.get(f"/v1/remittances/{remittance['id']}")).json() == read
    neighbour = lending.api.as_("cae", siren=new_siren())
    assert (await neighbour.get(f"/v1/remittances/{remittance['id']}")).status_code == 404


async def test_lines_that_do_not_add_up_to_the_remittance_are_refused(lending: Lending) -> None:
    (loan,) = await loans_of_one_cae(lending, 1)

    refused = await send(lending, line(loan, 200_00), remittance=remitted(222_23), atomic=False, status=409)

    assert refused["code"] == "remittance-does-not-add-up"
    assert (refused["total_cents"], refused["lines_cents"], refused["difference_cents"]) == (
        222_23,
        200_00,
        -22_23,
    )
    assert (await lending.read("remittances", cae=loan["cae"]["siren"]))["items"] == []


async def test_what_was_refused_is_recorded_later_against_the_same_remittance(lending: Lending) -> None:
    first, second = await loans_of_one_cae(lending, 2)
    announced = remitted(9_100_00)

    batch = await send(
        lending, line(first, 9_000_00), line(second, 100_00), remittance=announced, atomic=False
    )
    assert (batch["remittance"]["allocated_cents"], batch["remittance"]["unallocated_cents"]) == (
        100_00,
        9_000_00,
    )
    left = await lending.read("remittances", cae=first["cae"]["siren"], unallocated=True)
    assert [one["id"] for one in left["items"]] == [batch["remittance"]["id"]]

    too_much = await send(lending, line(first, 9_000_01), remittance=announced, status=409)
    assert (too_much["code"], too_much["difference_cents"]) == ("remittance-exceeded", 1)
    otherwise = await send(
        lending, line(first, 100_00), remittance={**announced, "total_cents": 9_000_00}, status=409
    )
    assert (otherwise["code"], otherwise["total_cents"]) == ("remittance-recorded-otherwise", 9_100_00)

    later = await send(lending, line(first, 8_000_00), line(second, 500_00), remittance=announced)
    assert later["remittance"]["id"] == batch["remittance"]["id"]
    assert later["remittance"]["unallocated_cents"] == 500_00


async def test_a_reversed_repayment_is_to_be_allocated_again(lending: Lending) -> None:
    right, wrong = await loans_of_one_cae(lending, 2)
    announced = remitted(222_23)
    batch = await send(lending, line(wrong), remittance=announced)

    await lending.reverse(batch["results"][0]["repayment_id"], "2024-03-05")

    path = f"remittances/{batch['remittance']['id']}"
    read = await lending.read(path)
    assert (read["unallocated_cents"], read["repayments"][0]["reversed_on"]) == (222_23, "2024-03-05")
    await send(lending, line(right), remittance=announced)
    assert (await lending.read(path))["unallocated_cents"] == 0
    assert await lending.differences() == []


async def test_the_ledger_finds_a_remittance_that_says_otherwise_than_its_repayments(
    lending: Lending,
) -> None:
    (loan,) = await loans_of_one_cae(lending, 1)
    batch = await send(lending, line(loan), remittance=remitted(222_23))
    remittance_id = batch["remittance"]["id"]

    async with lending.api.database.of_all_tenants() as session:
        spoil = text("UPDATE loans.remittances SET allocated_cents = 1 WHERE id = :id")
        await session.execute(spoil, {"id": remittance_id})
        found = (await verify_ledger(session, AUDITOR)).differences
        await session.rollback()

    (difference,) = [one for one in found if one.check == "remittances"]
    assert (difference.subject, difference.expected_cents, difference.found_cents) == (
        remittance_id,
        222_23,
        1,
    )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE loans.remittances SET total_cents = total_cents + 1",
        "UPDATE loans.remittances SET reference = 'autre'",
        "UPDATE loans.remittances SET allocated_cents = total_cents + 1",
        "DELETE FROM loans.remittances",
        "UPDATE loans.remitted_repayments SET amount_cents = 1",
        "DELETE FROM loans.remitted_repayments",
    ],
)
async def test_what_a_transfer_was_never_changes(lending: Lending, change: str) -> None:
    (loan,) = await loans_of_one_cae(lending, 1)
    await send(lending, line(loan), remittance=remitted(222_23))

    with pytest.raises(IntegrityError):
        async with lending.api.database.of_all_tenants() as session:
            await session.execute(text(change))


async def test_loans_of_another_cae_are_not_of_the_remittance(lending: Lending) -> None:
    (own,) = await loans_of_one_cae(lending, 1)
    (other,) = await loans_of_one_cae(lending, 1)

    batch = await send(lending, line(own), line(other), remittance=remitted(444_46), atomic=False)
    assert batch["results"][1]["problem"]["code"] == "outside-remittance"
    assert batch["results"][1]["problem"]["cae_siren"] == other["cae"]["siren"]

    named = remitted(444_46, cae=other["cae"]["siren"])
    refused = await send(lending, line(own), line(other), remittance=named, status=409)
    assert [error["index"] for error in refused["errors"]] == [0]
    nobodys = remitted(222_23, cae=new_siren())
    refused = await send(lending, line(own), remittance=nobodys, status=409)
    assert refused["errors"][0]["code"] == "outside-remittance"
    assert await owed(lending, other) == 8_000_00


async def test_loans_that_the_operator_does_not_see_are_not_found(lending: Lending) -> None:
    (loan,) = await loans_of_one_cae(lending, 1)
    abroad = lending.api.as_("operator", regions=["53"])
    by_number = {**line(loan), "loan_number": loan["number"], "fund_id": loan["fund_id"]}
    del by_number["loan_id"]
    body = {"items": [line(loan), by_number], "atomic": False, "remittance": remitted(444_46)}

    response = await abroad.post("/v1/repayments/batch", json=body, headers=once())

    batch = answered(response, 201)
    assert [result["problem"]["code"] for result in batch["results"]] == ["not-found"] * 2
    assert [result["problem"]["pointer"] for result in batch["results"]] == [
        "/items/0/loan_id",
        "/items/1/loan_number",
    ]
    assert batch["remittance"] is None


async def test_each_repayment_is_told(lending: Lending) -> None:
    first, second = await loans_of_one_cae(lending, 2, amount_cents=1_000_00, months=12)
    batch = await send(lending, line(first, 1_000_00), line(second, 10_00), remittance=remitted(1_010_00))

    for loan, result, acts in ((first, batch["results"][0], 2), (second, batch["results"][1], 1)):
        trail = await lending.read("audit", dossier_id=loan["id"], act="record_repayment")
        assert len(trail["items"]) == acts, "a loan wholly repaid is told besides"
        assert trail["items"][-1]["subject_id"] == result["repayment_id"]
    (told,) = (await lending.read("audit", dossier_id=batch["remittance"]["id"]))["items"]
    assert told["after"]["allocated_cents"] == 1_010_00


@pytest.mark.timeout(120)
async def test_five_thousand_lines_in_one_call(lending: Lending, loans_api: Api) -> None:
    """Within the body's limit whatever they say, and the answer of bounded size is replayed."""
    loans = await loans_of_one_cae(lending, 5)
    lines = [
        line(loans[rank % 5], 7, reference="é" * 100, early=None, loan_number=None, fund_id=None)
        for rank in range(MOST_LINES)
    ]
    headers = once()
    body = {"items": lines, "remittance": remitted(7 * MOST_LINES)}

    first = await lending.operator.post("/v1/repayments/batch", json=body, headers=headers)

    batch = answered(first, 201)
    assert (batch["recorded_count"], batch["recorded_cents"]) == (MOST_LINES, 7 * MOST_LINES)
    assert len(first.content) < 2_000_000
    assert len(first.request.content) < loans_api.settings.max_batch_bytes
    again = await lending.operator.post("/v1/repayments/batch", json=body, headers=headers)
    assert again.content == first.content
    assert await owed(lending, loans[0]) == 8_000_00 - 7 * 1_000

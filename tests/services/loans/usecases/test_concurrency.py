"""Several processes at once on one fund, and on one loan: real ones, each with connections of its own."""

import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tests.api import once
from tests.services.loans.conftest import Json, Lending, answered, together
from tests.services.loans.usecases.officers import approve_all, confirm_all, repay_many_times

PROCESSES = 3


def outcomes(work: Callable[..., list[str]], arguments: list[tuple[Any, ...]]) -> Counter[str]:
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as officers:
        done = [officers.submit(work, *each) for each in arguments]
        return Counter(outcome for future in done for outcome in future.result(timeout=60))


def url_of(lending: Lending) -> str:
    return lending.api.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


async def test_approvals_never_promise_more_than_the_fund_has(lending: Lending) -> None:
    fund = await lending.fund()  # 80 000.00: ten loans of 8 000.00
    ids = [(await lending.under_review(fund["id"], amount_cents=8_000_00))["id"] for _ in range(24)]

    counted = outcomes(approve_all, [(url_of(lending), ids[first::PROCESSES]) for first in range(PROCESSES)])

    assert counted == {"done": 10, "fund-short": 14}
    position = await lending.position(fund["id"])
    assert (position["committed_cents"], position["available_cents"]) == (80_000_00, 0)
    assert await lending.differences() == []


async def test_the_limit_of_one_person_holds_too(lending: Lending) -> None:
    fund = await lending.fund(settings={"max_outstanding_per_person_cents": 5_000_00})
    first = await lending.under_review(fund["id"], amount_cents=1_000_00)
    cae = {"siret": first["cae"]["siret"], "name": first["cae"]["name"]}
    others = [await lending.under_review(fund["id"], amount_cents=1_000_00, cae=cae) for _ in range(11)]
    ids = [application["id"] for application in (first, *others)]

    counted = outcomes(approve_all, [(url_of(lending), ids[first::PROCESSES]) for first in range(PROCESSES)])

    assert counted == {"done": 5, "person-limit-reached": 7}


async def test_repayments_of_one_loan_never_exceed_what_it_owes(lending: Lending) -> None:
    fund = await lending.fund()
    loan = await lending.loan(fund["id"], amount_cents=8_000_00)

    counted = outcomes(repay_many_times, [(url_of(lending), loan["id"], 300_00, 12)] * PROCESSES)

    assert counted == {"done": 26, "repayment-too-large": 10}
    after = await lending.read(f"loans/{loan['id']}")
    assert (after["repaid_cents"], after["outstanding_cents"]) == (7_800_00, 200_00)
    ranks = [
        allocation
        for repayment in (await lending.read(f"loans/{loan['id']}/repayments", limit=100))["repayments"]
        for allocation in repayment["allocations"]
    ]
    assert sum(allocation["amount_cents"] for allocation in ranks) == 7_800_00
    assert await lending.differences() == []


async def declared(lending: Lending, loan: Json, amount_cents: int, times: int = 1) -> list[str]:
    cae = lending.api.as_("cae", siren=loan["cae"]["siren"])
    body = {"amount_cents": amount_cents, "paid_on": "2024-03-01", "method": "payroll"}
    path = f"/v1/loans/{loan['id']}/repayment-declarations"
    posted = [await cae.post(path, json=body, headers=once()) for _ in range(times)]
    return [answered(response, 201)["id"] for response in posted]


async def test_a_declaration_confirmed_by_several_at_once_is_one_repayment(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"], amount_cents=8_000_00)
    (declaration,) = await declared(lending, loan, 300_00)

    counted = outcomes(confirm_all, [(url_of(lending), [declaration] * 4)] * PROCESSES)

    assert counted == {"done": 1, "status-forbids": 4 * PROCESSES - 1}
    (repayment,) = (await lending.read(f"loans/{loan['id']}/repayments"))["repayments"]
    assert (repayment["amount_cents"], repayment["declaration_id"]) == (300_00, declaration)
    assert (await lending.read(f"loans/{loan['id']}"))["repaid_cents"] == 300_00
    assert await lending.differences() == []


async def test_declarations_confirmed_at_once_never_exceed_what_is_owed(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"], amount_cents=1_000_00, months=12)
    ids = await declared(lending, loan, 300_00, times=6)

    counted = outcomes(confirm_all, [(url_of(lending), ids[first::PROCESSES]) for first in range(PROCESSES)])

    assert counted == {"done": 3, "repayment-too-large": 3}
    found = await lending.read("repayment-declarations", loan_id=loan["id"])
    assert Counter(one["status"] for one in found["items"]) == {"confirmed": 3, "declared": 3}
    assert (await lending.read(f"loans/{loan['id']}"))["repaid_cents"] == 900_00


async def test_what_is_confirmed_and_withdrawn_at_once_is_one_of_both(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"], amount_cents=8_000_00)
    cae = lending.api.as_("cae", siren=loan["cae"]["siren"])
    for declaration in await declared(lending, loan, 100_00, times=8):
        path = f"/v1/repayment-declarations/{declaration}"

        done = await together(
            lending.operator.post(f"{path}/confirmation", json={}, headers=once()),
            cae.post(f"{path}/withdrawal", json={}),
        )

        kept = (await lending.read(f"repayment-declarations/{declaration}"))["status"]
        confirmed, withdrawn = (response.status_code for response in done)
        assert (confirmed, withdrawn, kept) in {(201, 409, "confirmed"), (409, 200, "withdrawn")}
    found = await lending.read("repayment-declarations", loan_id=loan["id"], status="confirmed")
    repaid_cents = (await lending.read(f"loans/{loan['id']}"))["repaid_cents"]
    assert repaid_cents == 100_00 * len(found["items"])

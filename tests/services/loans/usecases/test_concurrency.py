"""Several processes at once on one fund, and on one loan: real ones, each with connections of its own."""

import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tests.services.loans.conftest import Lending
from tests.services.loans.usecases.officers import approve_all, repay_many_times

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
        for repayment in (await lending.read(f"loans/{loan['id']}/repayments"))["repayments"]
        for allocation in repayment["allocations"]
    ]
    assert sum(allocation["amount_cents"] for allocation in ranks) == 7_800_00
    assert await lending.differences() == []

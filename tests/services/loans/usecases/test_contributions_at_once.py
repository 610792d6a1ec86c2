"""Several processes at once on one pledge, and on one fund's free money: real ones."""

from tests.services.loans.conftest import STATE, Lending
from tests.services.loans.rest.test_contributions import EIGHTY_TWENTY, pledge
from tests.services.loans.usecases.officers import approve_all, pay_in_many_times, withdraw_many_times
from tests.services.loans.usecases.test_concurrency import PROCESSES, outcomes, url_of


async def test_payments_on_one_pledge_never_exceed_it(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    await pledge(lending, fund, amount_cents=5_000_00)

    counted = outcomes(pay_in_many_times, [(url_of(lending), fund["id"], STATE, 300_00, 8)] * PROCESSES)

    assert counted == {"done": 16, "pledge-exceeded": 8}
    (kept,) = (await lending.read(f"funds/{fund['id']}/pledges"))["items"]
    assert (kept["paid_cents"], kept["left_cents"]) == (4_800_00, 200_00)
    assert await lending.differences() == []


async def test_withdrawals_at_once_never_exceed_the_funders_part(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)

    counted = outcomes(
        withdraw_many_times, [(url_of(lending), fund["id"], STATE["siren"], 300_00, 4)] * PROCESSES
    )

    assert counted == {"done": 6, "funder-share-short": 6}
    assert (await lending.position(fund["id"]))["withdrawn_cents"] == 1_800_00
    assert await lending.differences() == []


async def test_withdrawals_and_approvals_at_once_never_take_the_same_euro(lending: Lending) -> None:
    """10 000.00 for nine loans of 1 000.00 and the State's 2 000.00: whoever is last finds less."""
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    ids = [(await lending.under_review(fund["id"], amount_cents=1_000_00))["id"] for _ in range(9)]
    url = url_of(lending)

    promised = [(url, ids[first::2]) for first in range(2)]
    counted = outcomes(
        approve_or_withdraw,
        [("approve", *arguments) for arguments in promised] + [("withdraw", url, fund["id"], 250_00)],
    )

    position = await lending.position(fund["id"])
    assert position["available_cents"] >= 0
    assert (
        position["committed_cents"] + position["withdrawn_cents"] + position["available_cents"] == 10_000_00
    )
    assert counted["done"] == position["committed_cents"] // 1_000_00 + position["withdrawn_cents"] // 250_00
    assert set(counted) <= {"done", "fund-short", "funder-share-short", "fund-short-for-withdrawal"}
    assert await lending.differences() == []


def approve_or_withdraw(what: str, url: str, *arguments: object) -> list[str]:
    if what == "approve":
        (ids,) = arguments
        return approve_all(url, ids)  # type: ignore[arg-type]
    fund_id, amount_cents = arguments
    return withdraw_many_times(url, str(fund_id), STATE["siren"], int(str(amount_cents)), 8)

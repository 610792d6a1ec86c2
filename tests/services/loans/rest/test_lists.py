"""Lists as officers ask for them: filters, sorts, cursors, and no look at the whole table."""

from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from services.kernel.access import Scope
from services.kernel.calendar import today_in_paris
from services.loans.domain.arrears import Bucket
from services.loans.domain.loan import LoanStatus
from services.loans.domain.loan_list import BY_DATE, BY_RECORDING, LoanPlace, LoanSort
from services.loans.persistence.loan_lists import LoanFilter, page_query
from tests.api import Api
from tests.services.loans.conftest import REGION_COUNCIL, Json, Lending, answered


@pytest.fixture
def lending(loans_api: Api) -> Lending:
    return Lending(loans_api)


def ago(days: int) -> str:
    return (today_in_paris() - timedelta(days=days)).isoformat()


async def fund_of(lending: Lending) -> str:
    contributions = ((REGION_COUNCIL, 900_000_00, "2020-01-01"),)
    return str((await lending.fund(contributions=contributions))["id"])


async def portfolio(lending: Lending) -> tuple[str, dict[str, str]]:
    """A fund with loans at every stage of lateness, by name."""
    fund_id = await fund_of(lending)
    loans = {}
    # So many days ago, twelve instalments; the first falls due a month later.
    for name, days, amount_cents in (
        ("new", 10, 2_000_00),
        ("a little late", 45, 3_000_00),
        ("two months late", 80, 4_000_00),
        ("long late", 150, 5_000_00),
    ):
        application = await lending.approved(fund_id, amount_cents=amount_cents, months=12)
        await lending.act(application["id"], "signature", {"signed_on": "2024-01-20"})
        body = {"disbursed_on": ago(days), "reference": "VIR"}
        loans[name] = (await lending.act(application["id"], "disbursement", body, status=201))["id"]
    paid = await lending.loan(fund_id, "2024-01-31", amount_cents=1_000_00, months=12)
    await lending.repay(paid["id"], 1_000_00, "2024-02-15")
    return fund_id, loans | {"repaid": paid["id"]}


async def names(lending: Lending, fund_id: str, loans: dict[str, str], **query: Any) -> list[str]:
    found = await lending.read("loans", fund_id=fund_id, **query)
    by_id = {loan_id: name for name, loan_id in loans.items()}
    return [by_id[item["id"]] for item in found["items"]]


async def test_filters(lending: Lending) -> None:
    fund_id, loans = await portfolio(lending)

    async def found(**query: Any) -> set[str]:
        return set(await names(lending, fund_id, loans, **query))

    assert await found(late="true") == {"a little late", "two months late", "long late"}
    assert await found(late="false") == {"new", "repaid"}
    assert await found(bucket="1-30") == {"a little late"}
    assert await found(bucket="31-60") == {"two months late"}
    assert await found(bucket="over-90") == {"long late"}
    assert await found(bucket="61-90") == set()
    assert await found(status="repaid") == {"repaid"}
    assert await found(min_amount_cents=3_000_00, max_amount_cents=4_000_00) == {
        "a little late",
        "two months late",
    }
    assert await found(min_outstanding_cents=1) == set(loans) - {"repaid"}
    assert await found(due_to=ago(60)) == {"long late"}
    assert await found(due_from=ago(60), due_to=ago(25)) == {"two months late", "long late"}
    assert await found(due_from=ago(-340), due_to=ago(-400)) == {"new"}
    assert await found(due_to="2024-12-31") == set(), "what is paid is due no more"


SORTED = {
    "newest": ["repaid", "long late", "two months late", "a little late", "new"],
    "oldest": ["new", "a little late", "two months late", "long late", "repaid"],
    "due": ["long late", "two months late", "a little late", "new"],
    "due_last": ["new", "a little late", "two months late", "long late"],
    "late": ["long late", "two months late", "a little late"],
    "late_shortest": ["a little late", "two months late", "long late"],
    "amount": ["long late", "two months late", "a little late", "new", "repaid"],
    "amount_smallest": ["repaid", "new", "a little late", "two months late", "long late"],
    "outstanding": ["long late", "two months late", "a little late", "new", "repaid"],
    "outstanding_smallest": ["repaid", "new", "a little late", "two months late", "long late"],
}


async def test_sorts_page_by_page(lending: Lending) -> None:
    assert set(SORTED) == set(LoanSort)
    fund_id, loans = await portfolio(lending)
    by_id = {loan_id: name for name, loan_id in loans.items()}

    for sort, expected in SORTED.items():
        read: list[str] = []
        query: Json = {"fund_id": fund_id, "sort": sort, "limit": 2, "count": "true"}
        while query.get("after", "") is not None:
            page = await lending.read("loans", **query)
            read += [by_id[item["id"]] for item in page["items"]]
            assert page["total"] == len(expected), sort
            query["after"] = page["next"]
        assert read == expected, sort


async def test_equal_keys_are_listed_once_each(lending: Lending) -> None:
    fund_id = await fund_of(lending)
    made = {(await lending.loan(fund_id, amount_cents=1_200_00, months=12))["id"] for _ in range(3)}
    read: list[str] = []
    after: Json = {}
    while after.get("after", "") is not None:
        page = await lending.read("loans", fund_id=fund_id, sort="amount", limit=1, **after)
        read += [item["id"] for item in page["items"]]
        after = {"after": page["next"]}
    assert len(read) == 3
    assert set(read) == made


async def test_a_cursor_is_of_its_own_sort(lending: Lending) -> None:
    fund_id, _ = await portfolio(lending)
    page = await lending.read("loans", fund_id=fund_id, sort="amount", limit=1)

    refused = await lending.operator.get("/v1/loans", params={"sort": "due", "after": page["next"]})

    assert answered(refused, 422)["errors"][0]["pointer"] == "?after"
    assert "le plus gros montant prêté d'abord" in refused.text


@pytest.mark.parametrize("cursor", ["WyJhbW91bnQiLCJ4Iiwi", "WyJkdWUiLG51bGwsIjEiXQ", "W10"])
async def test_a_cursor_that_nobody_gave_is_refused(lending: Lending, cursor: str) -> None:
    for sort in ("amount", "due", "newest"):
        refused = await lending.operator.get("/v1/loans", params={"sort": sort, "after": cursor})
        answered(refused, 422)


async def test_the_graph_lists_the_same(lending: Lending) -> None:
    fund_id, loans = await portfolio(lending)
    query = """
        query ($fund: ID!) {
          loans(fundId: $fund, bucket: DAYS_31_TO_60, sort: LATE) {
            totalCount
            nodes { id bucket daysLate nextDueOn }
            pageInfo { endCursor }
          }
        }
    """
    answer = await lending.operator.post("/graphql", json={"query": query, "variables": {"fund": fund_id}})
    content = answer.json()
    assert "errors" not in content
    (node,) = content["data"]["loans"]["nodes"]
    read = await lending.read(f"loans/{loans['two months late']}")
    assert content["data"]["loans"]["totalCount"] == 1
    assert node == {
        "id": read["id"],
        "bucket": "DAYS_31_TO_60",
        "daysLate": read["days_late"],
        "nextDueOn": read["next_due_on"],
    }
    assert read["bucket"] == "31-60"


async def test_applications_by_the_day_of_submission_and_by_amount(lending: Lending) -> None:
    fund_id = await fund_of(lending)
    small = await lending.application(fund_id, amount_cents=2_000_00, submitted_on="2024-03-01")
    large = await lending.application(fund_id, amount_cents=7_000_00, submitted_on="2024-04-01")

    async def found(**query: Any) -> list[str]:
        return [
            item["id"] for item in (await lending.read("applications", fund_id=fund_id, **query))["items"]
        ]

    assert await found(submitted_to="2024-03-31") == [small["id"]]
    assert await found(submitted_from="2024-03-31") == [large["id"]]
    assert await found(min_amount_cents=2_000_00, max_amount_cents=2_000_00) == [small["id"]]
    assert await found(max_amount_cents=8_000_00) == [large["id"], small["id"]]


TODAY = date(2026, 6, 30)
FILTERS = {
    "nothing": LoanFilter(),
    "late": LoanFilter(is_late=True),
    "bucket": LoanFilter(bucket=Bucket.DAYS_31_TO_60),
    "due": LoanFilter(due_from=date(2026, 7, 1), due_to=date(2026, 7, 5)),
    "status": LoanFilter(status=LoanStatus.ACTIVE),
    "amount": LoanFilter(min_amount_cents=7_000_00, max_amount_cents=7_500_00),
}


async def test_no_list_of_a_region_looks_at_the_whole_table(loans_api: Api, lending: Lending) -> None:
    """Without scans and sorts where it can, so that the plan of a small table is that of a large one."""
    await fund_of(lending)
    async with loans_api.database.of_all_tenants(read_only=True) as session:
        for way in ("seqscan", "sort", "bitmapscan"):
            await session.execute(text(f"SET LOCAL enable_{way} = off"))
        for sort, (name, wanted) in product(LoanSort, FILTERS.items()):
            plan = "\n".join((await session.execute(text(explained(sort, wanted)))).scalars())
            assert "Seq Scan on loans" not in plan, f"{sort} {name}\n{plan}"
            assert "Sort" not in plan, f"{sort} {name}\n{plan}"


def explained(sort: LoanSort, wanted: LoanFilter) -> str:
    """Of a page in the middle of the list."""
    key = date(2026, 5, 1) if sort in BY_DATE else 5_000_00
    after = LoanPlace(sort, None if sort in BY_RECORDING else key, UUID(int=7))
    scope = Scope(regions=frozenset({"84"}))
    statement = page_query(scope, wanted, sort, after=after, limit=25, today=TODAY).compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    return f"EXPLAIN {statement}".replace(":", r"\:")

"""The same figures at every door, on any day, for any part of the demonstration's portfolio."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import text

from demonstration.seed_loans import seed
from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.loans.app import make_app
from services.loans.domain.indicators import PortfolioSums, make_indicators
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.repayment_curve import months_between
from services.loans.persistence import figures, loan_files
from services.loans.summing import rebuild_figures, sum_figures
from services.loans.usecases.verify_ledger import verify_ledger
from services.runtime.settings import Demonstration, Settings
from tests.api import Api, once
from tests.conftest import make_database
from tests.factories.naive_figures import naive_of_all
from tests.graph import Json, data
from tests.services.loans.conftest import answered

NAMES = ("repayment_rate", "outstanding", "arrears", "par_30", "par_60", "par_90", "loss_rate")
IN_THE_GRAPH = ("repaymentRate", "outstanding", "arrears", "par30", "par60", "par90", "lossRate")
RATIO = "{ value numeratorCents denominatorCents asOf formula }"
SCOPE = "scope { region fundId cae cohort funder }"
INDICATORS = f"""indicators(asOf: $asOf, cohort: $cohort) {{
    asOf {SCOPE} {" ".join(f"{name} {RATIO}" for name in IN_THE_GRAPH)} }}"""
QUERY = f"""query ($of: [_Any!]!, $asOf: Date!, $cohort: Int) {{ _entities(representations: $of) {{
    ... on Region {{ {INDICATORS}
        repaymentCurve(from: $asOf, to: $asOf, cohort: $cohort) {{ points {{ expectedCents }} }} }}
    ... on Cae {{ {INDICATORS} }}
    ... on LoanFund {{ {INDICATORS} }}
    ... on Funder {{ {INDICATORS} }} }} }}"""


class Portfolio:
    """The demonstration's loans, and the service that has them."""

    def __init__(self, api: Api) -> None:
        self.api, self.today = api, today_in_paris()
        self.admin = api.as_("admin")
        self.files: list[LoanFile] = []
        self.left_or_reached: set[str] = set()
        """CAEs whose loans are not the same on all days: some borrower left or came."""

    async def load(self) -> None:
        async with self.api.database.of_all_tenants(read_only=True) as session:
            found = await session.execute(text("SELECT id FROM loans.loans"))
            self.files = await loan_files.of_loans(session, list(found.scalars()))
            moved = "SELECT loan_id FROM loans.cae_stays WHERE until_on IS NOT NULL"
            sirens = f"SELECT cae_siren FROM loans.cae_stays WHERE loan_id IN ({moved})"
            self.left_or_reached = set((await session.execute(text(sirens))).scalars())
            assert self.left_or_reached

    async def read(self, path: str, **asked: object) -> Json:
        return answered(await self.admin.get(f"/v1/{path}", params=asked), 200)

    async def funders_of(self, fund_id: object) -> list[str]:
        async with self.api.database.of_all_tenants(read_only=True) as session:
            found = await session.execute(
                text("SELECT siren FROM loans.funders WHERE fund_id = :id"), {"id": fund_id}
            )
            return list(found.scalars())

    async def differences(self) -> list[object]:
        async with self.api.database.of_all_tenants(read_only=True) as session:
            return list((await verify_ledger(session, Caller(Role.ADMIN, "tests"))).differences)

    def scopes(self) -> list[tuple[Json, list[LoanFile]]]:
        """A region, its fund, the CAE and the year with the most loans, and two of them at once.

        The CAE is one that has the same loans all along: what becomes of others is tried with moves.
        """
        loans = [file.loan for file in self.files]
        region = Counter(loan.region for loan in loans).most_common(1)[0][0]
        fund_id = Counter(loan.fund_id for loan in loans).most_common(1)[0][0]
        hosts = Counter(loan.borrower.cae.siren for loan in loans)
        cae = max(hosts.keys() - self.left_or_reached, key=lambda siren: hosts[siren])
        year = Counter(loan.disbursed_on.year for loan in loans).most_common(1)[0][0]
        return [
            ({}, self.files),
            ({"region": region}, [one for one in self.files if one.loan.region == region]),
            ({"fund_id": str(fund_id)}, [one for one in self.files if one.loan.fund_id == fund_id]),
            ({"cae": cae}, [one for one in self.files if one.loan.borrower.cae.siren == cae]),
            ({"cohort": year}, [one for one in self.files if one.loan.disbursed_on.year == year]),
            (
                {"region": region, "cohort": year},
                [
                    one
                    for one in self.files
                    if one.loan.region == region and one.loan.disbursed_on.year == year
                ],
            ),
        ]


@pytest.fixture(scope="module")
async def portfolio(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portfolio]:
    state = tmp_path_factory.mktemp("state")
    url = await make_database(server_url, f"essor_figures_{uuid4().hex[:12]}", state)
    settings = Settings(
        state=state, database_url=url, rate_burst=1_000_000, entrepreneur_key="key of the tests"
    )
    async with Api.of(make_app(settings), settings) as api:
        made = Portfolio(api)
        await seed(api.database, Demonstration.SMALL, today=made.today, entrepreneur_key=b"key of the tests")
        await made.load()
        yield made


@pytest.fixture
def days(portfolio: Portfolio) -> list[date]:
    random = Random(2026)  # noqa: S311 - the same days on each run
    first = min(file.loan.disbursed_on for file in portfolio.files)
    span = (portfolio.today - first).days
    return [portfolio.today, *(first + timedelta(days=random.randint(0, span)) for _ in range(19))]


def shown(indicators: Json) -> list[tuple[str | None, int, int]]:
    return [
        (found["value"], found["numerator_cents"], found["denominator_cents"])
        for found in (indicators[name] for name in NAMES)
    ]


def expected(sums: PortfolioSums, on: date) -> list[tuple[str | None, int, int]]:
    made = make_indicators(sums, on)
    found = [getattr(made, name) for name in NAMES]
    return [(one.value, one.numerator_cents, one.denominator_cents) for one in found]


async def test_rest_says_what_the_facts_say(portfolio: Portfolio, days: list[date]) -> None:
    for scope, files in portfolio.scopes():
        for day in days:
            found = await portfolio.read("indicators", as_of=day, **scope)
            assert shown(found) == expected(naive_of_all(files, day), day), (scope, day)


async def test_cohorts_are_lines_of_the_whole(portfolio: Portfolio, days: list[date]) -> None:
    for day in days[:5]:
        lines = (await portfolio.read("indicators/cohorts", as_of=day))["items"]
        found = {line["cohort"]: shown(line) for line in lines}
        years = {file.loan.disbursed_on.year for file in portfolio.files if file.loan.disbursed_on <= day}
        of_year = {
            year: [file for file in portfolio.files if file.loan.disbursed_on.year == year] for year in years
        }
        assert found == {
            year: expected(naive_of_all(files, day), day) for year, files in sorted(of_year.items())
        }


async def test_the_parts_of_funders_add_up(portfolio: Portfolio, days: list[date]) -> None:
    fund_id = str(portfolio.scopes()[2][0]["fund_id"])
    sirens = await portfolio.funders_of(fund_id)
    assert len(sirens) > 1
    for day in days:
        whole = await portfolio.read("indicators", as_of=day, fund_id=fund_id)
        parts = [
            await portfolio.read("indicators", as_of=day, fund_id=fund_id, funder=siren) for siren in sirens
        ]
        for name in NAMES:
            for side in ("numerator_cents", "denominator_cents"):
                assert sum(part[name][side] for part in parts) == whole[name][side], (day, name)
        funder = portfolio.api.as_("funder", siren=sirens[0])
        own = await funder.get("/v1/indicators", params={"as_of": day, "fund_id": fund_id})
        assert shown(answered(own, 200)) == shown(parts[0])
    other = await funder.get("/v1/indicators", params={"funder": sirens[1]})
    assert other.status_code == 404


async def test_the_graph_says_the_same(portfolio: Portfolio, days: list[date]) -> None:
    keys = {"region": ("Region", "code"), "fund_id": ("LoanFund", "id"), "cae": ("Cae", "siren")}
    scopes = [
        scope for scope, _ in portfolio.scopes() if set(scope) <= {*keys, "cohort"} and set(scope) & {*keys}
    ]
    siren = (await portfolio.funders_of(portfolio.scopes()[2][0]["fund_id"]))[0]
    asked = [
        (scope, {"__typename": kind, key: scope[name]})
        for scope in scopes
        for name, (kind, key) in keys.items()
        if name in scope
    ]
    asked.append(({"funder": siren}, {"__typename": "Funder", "siren": siren}))
    for day in days[:6]:
        for scope, entity in asked:
            variables = {"of": [entity], "asOf": day.isoformat(), "cohort": scope.get("cohort")}
            [found] = (await data(portfolio.admin, QUERY, **variables))["_entities"]
            rest = await portfolio.read("indicators", as_of=day, **scope)
            for name, here in zip(NAMES, IN_THE_GRAPH, strict=True):
                assert found["indicators"][here] == {
                    "value": rest[name]["value"],
                    "numeratorCents": rest[name]["numerator_cents"],
                    "denominatorCents": rest[name]["denominator_cents"],
                    "asOf": rest[name]["as_of"],
                    "formula": rest[name]["formula"],
                }, (scope, day)
            of = {"region": None, "fund_id": None, "cae": None, "cohort": None, "funder": None} | scope
            assert {name: rest[name] for name in of} == of
            assert found["indicators"]["scope"] == {"fundId" if k == "fund_id" else k: of[k] for k in of}
            assert found["indicators"]["asOf"] == rest["as_of"] == day.isoformat()
            if entity["__typename"] == "Region":
                curve = await portfolio.read("repayment-curve", **{"from": day, "to": day}, **scope)
                assert found["repaymentCurve"]["points"] == [
                    {"expectedCents": curve["points"][0]["expected_cents"]}
                ]


async def test_the_curve_ends_on_the_repayment_rate(portfolio: Portfolio) -> None:
    for scope, files in portfolio.scopes():
        last = portfolio.today + timedelta(days=400)
        first = portfolio.today - timedelta(days=900)
        curve = await portfolio.read("repayment-curve", **{"from": first, "to": last}, **scope)
        points = curve["points"]
        assert [point["month"] for point in points] == [str(month) for month in months_between(first, last)]
        for point in points:
            month_end = (date.fromisoformat(point["month"]) + timedelta(days=31)).replace(day=1)
            sums = naive_of_all(files, month_end - timedelta(days=1))
            assert point["cumulative_expected_cents"] == sums.due, (scope, point)
            assert point["cumulative_received_on_due_cents"] == sums.received_on_due, (scope, point)
            assert point["cumulative_received_cents"] == sums.received, (scope, point)
        assert points[-1]["received_cents"] == 0
        # Of one CAE or one year every loan may end before that: which they are depends on the day.
        is_narrow = {"cae", "cohort"} & scope.keys()
        assert is_narrow or {point["expected_cents"] > 0 for point in points[-5:]} == {True}


async def test_a_movement_shows_at_once_and_sums_to_the_same(portfolio: Portfolio, days: list[date]) -> None:
    """Back-dated, with no worker anywhere; then summed, and proved."""
    assert await portfolio.differences() == []
    active = [file.loan for file in portfolio.files if file.loan.outstanding_cents > 200_00][:7]
    for loan in active:
        operator = portfolio.api.as_("operator", regions=[loan.region])
        body = {"amount_cents": 100_01, "paid_on": str(loan.disbursed_on), "method": "cash", "reference": "R"}
        answered(await operator.post(f"/v1/loans/{loan.id}/repayments", json=body, headers=once()), 201)
    await portfolio.load()

    await test_rest_says_what_the_facts_say(portfolio, days[:4])
    await test_the_parts_of_funders_add_up(portfolio, days[:4])
    await test_the_curve_ends_on_the_repayment_rate(portfolio)
    assert await portfolio.differences() == []

    database = portfolio.api.database
    assert await sum_figures(database) == len(active)
    await test_rest_says_what_the_facts_say(portfolio, days[:4])
    await test_the_parts_of_funders_add_up(portfolio, days[:4])
    assert await portfolio.differences() == []
    assert await sum_figures(database) == 0


async def test_a_figure_that_differs_is_found_and_rebuilt(portfolio: Portfolio) -> None:
    database = portfolio.api.database
    async with database.of_all_tenants() as session:
        await session.execute(
            text("""UPDATE loans.funder_figures SET due = due + 1
                     WHERE ctid = (SELECT ctid FROM loans.funder_figures WHERE span = 'month' LIMIT 1)""")
        )
    [found] = await portfolio.differences()
    assert getattr(found, "check") == "figures"  # noqa: B009 - of whatever type a proof tells

    assert await rebuild_figures(database, client="tests") == len(portfolio.files)

    assert await portfolio.differences() == []


async def test_two_that_sum_at_once_share_the_loans(portfolio: Portfolio) -> None:
    database = portfolio.api.database
    async with database.of_all_tenants() as session:
        await figures.forget_all(session)

    async def sum_few() -> int:
        done = 0
        while True:
            async with database.of_all_tenants() as session:
                summed = await figures.sum_marked(session, 5)
            if summed == 0:
                return done
            done += summed

    shared = await asyncio.gather(sum_few(), sum_few(), sum_few())

    assert sum(shared) == len(portfolio.files)
    assert await portfolio.differences() == []

"""The import on a real database: the sample's figures to the cent, nothing twice, and two at once."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.kernel.access import Caller, Role
from services.kernel.refusals import DateInTheFuture, InvalidInput, NotAllowed, NotFound
from services.loans.domain.funders import FunderKind
from services.loans.domain.life.movements import Payment
from services.loans.domain.portfolio.findings import PortfolioFile
from services.loans.domain.portfolio.values import STATUS_WORDS
from services.loans.domain.repayment import PaymentMethod
from services.loans.persistence import funds
from services.loans.persistence.locked_loans import lock_numbers
from services.loans.persistence.tables import metadata
from services.loans.usecases.create_fund import CreateFund, create_fund
from services.loans.usecases.declare_funders import DeclareFunders, declare_funders
from services.loans.usecases.import_portfolio import ImportPortfolio, ImportReport, import_portfolio
from services.loans.usecases.read_funds import read_fund, read_position
from services.loans.usecases.read_indicators import IndicatorScope, read_indicators
from services.loans.usecases.record_contribution import (
    FunderIdentity,
    RecordContribution,
    record_contribution,
)
from services.loans.usecases.record_repayment import RecordRepayment, record_repayment
from services.loans.usecases.reverse_repayment import ReverseRepayment, reverse_repayment
from services.loans.usecases.verify_ledger import verify_ledger
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings
from tests.factories.portfolio import SAMPLE, loan_row, loans_file, repayments_file

TODAY = date(2026, 3, 1)
AUDITOR = Caller(Role.ADMIN, "tests")
OPERATOR = Caller(Role.OPERATOR, "tests", regions=frozenset({"84"}))
EXPECTED = json.loads((SAMPLE / "expected.json").read_text())
LOANS, REPAYMENTS = ((SAMPLE / name).read_bytes() for name in ("prets.csv", "remboursements.csv"))
PAID = ("P-1;15/02/2024;100,00;Virement", "P-1;15/03/2024;100,00;Virement")


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(service_url("loans", settings), settings, metadata=metadata)
    yield database
    await database.close()


@pytest.fixture
def name() -> str:
    return f"Fonds {uuid4()}"


async def run(database: Database, order: ImportPortfolio, caller: Caller = OPERATOR) -> ImportReport:
    async with database.of_all_tenants() as session:
        return await import_portfolio(
            session, caller, order, today=TODAY, entrepreneur_key=b"key of the tests"
        )


def small(name: str, *repayments: str, loans: tuple[str, ...] = (loan_row(),)) -> ImportPortfolio:
    return ImportPortfolio("84", name, loans_file(*loans), repayments_file(*repayments))


async def count(database: Database, table: str, name: str) -> int:
    async with database.of_all_tenants(read_only=True) as session:
        query = f"""SELECT count(*) FROM loans.{table}
                     WHERE fund_id = (SELECT id FROM loans.funds WHERE name = :name)"""
        return int((await session.execute(text(query), {"name": name})).scalar_one())


async def test_the_sample_comes_to_what_is_expected(database: Database, name: str) -> None:
    report = await run(database, ImportPortfolio("84", name, LOANS, REPAYMENTS))
    assert report.fund_id is not None
    for file in PortfolioFile:
        assert EXPECTED[f"rejected_{file.value.removesuffix('s')}_lines"] == {
            str(finding.line): finding.code.value.replace("-", " ")
            for finding in report.rejections
            if finding.file is file
        }
    assert report.warnings == ()
    as_of = date.fromisoformat(EXPECTED["as_of"])
    async with database.of_all_tenants(read_only=True) as session:
        indicators = await read_indicators(
            session, OPERATOR, IndicatorScope(fund_id=report.fund_id), as_of=as_of, today=TODAY
        )
        position = await read_position(session, OPERATOR, report.fund_id, as_of=as_of, today=TODAY)
        statuses = await session.execute(
            text("SELECT status, count(*) FROM loans.loans WHERE fund_id = :id GROUP BY status"),
            {"id": report.fund_id},
        )
        by_status = {STATUS_WORDS[status]: number for status, number in statuses}
        assert (await verify_ledger(session, AUDITOR)).differences == ()
    assert {
        "region": "84",
        "as_of": report.outcome.as_of.isoformat(),
        "loans": report.loans_taken,
        "repayments": report.repayments_taken,
        "by_status": by_status,
        "disbursed_cents": position.whole.disbursed_cents,
        "repaid_cents": position.whole.repaid_cents,
        "outstanding_cents": indicators.outstanding.numerator_cents,
        "arrears_cents": indicators.arrears.numerator_cents,
        "due_cents": indicators.repayment_rate.denominator_cents,
        "received_on_due_cents": indicators.repayment_rate.numerator_cents,
        "written_off_cents": position.whole.written_off_cents,
        "par30_cents": indicators.par_30.numerator_cents,
        "repayment_rate_percent": float(indicators.repayment_rate.value or 0),
    } == {key: value for key, value in EXPECTED.items() if not key.startswith("rejected")}
    # The report's own figures, made without the database, are the same.
    outcome = report.outcome
    assert (
        outcome.repayment_rate,
        outcome.par_30_cents,
        outcome.arrears_cents,
        outcome.outstanding_cents,
    ) == (
        indicators.repayment_rate,
        indicators.par_30.numerator_cents,
        indicators.arrears.numerator_cents,
        indicators.outstanding.numerator_cents,
    )


async def test_a_second_run_imports_nothing(database: Database, name: str) -> None:
    first = await run(database, ImportPortfolio("84", name, LOANS, REPAYMENTS))
    entries = await count(database, "journal_entries", name)
    again = await run(database, ImportPortfolio("84", name, LOANS, REPAYMENTS))
    assert (again.loans_taken, again.repayments_taken, again.losses_taken) == (0, 0, 0)
    assert (again.loans_known, again.repayments_known) == (240, 5392)
    assert (again.fund_id, again.is_new_fund) == (first.fund_id, False)
    assert (again.rejections, again.outcome) == (first.rejections, first.outcome)
    assert await count(database, "journal_entries", name) == entries


async def test_two_imports_at_once_take_turns(database: Database, name: str) -> None:
    order = ImportPortfolio("84", name, LOANS, REPAYMENTS)
    reports = await asyncio.gather(*(run(database, order) for _ in range(3)))
    assert sorted(report.loans_taken for report in reports) == [0, 0, 240]
    assert sorted(report.repayments_taken for report in reports) == [0, 0, 5392]
    assert len({report.fund_id for report in reports}) == 1
    assert await count(database, "loans", name) == 240


async def test_a_dry_run_says_the_same_and_writes_nothing(database: Database, name: str) -> None:
    order = ImportPortfolio("84", name, LOANS, REPAYMENTS, is_dry_run=True)
    dry = await run(database, order)
    assert dry.fund_id is None
    async with database.of_all_tenants(read_only=True) as session:
        assert await funds.find_by_name(session, "84", name) is None
    real = await run(database, ImportPortfolio("84", name, LOANS, REPAYMENTS))
    assert (dry.loans_taken, dry.repayments_taken, dry.rejections, dry.outcome) == (
        real.loans_taken,
        real.repayments_taken,
        real.rejections,
        real.outcome,
    )
    again = await run(database, order)
    assert (again.fund_id, again.loans_known) == (real.fund_id, 240)


async def test_the_fund_is_made_with_default_settings_on_the_first_disbursement(
    database: Database, name: str
) -> None:
    rows = (loan_row(), loan_row(number="P-2", disbursed_on="15/01/2022"))
    report = await run(database, small(name, loans=rows))
    assert report.fund_id is not None
    async with database.of_all_tenants(read_only=True) as session:
        fund = await read_fund(session, OPERATOR, report.fund_id)
        position = await read_position(session, OPERATOR, report.fund_id, as_of=TODAY, today=TODAY)
    assert (fund.opened_on, fund.versions[0].settings.quorum, report.is_new_fund) == (
        date(2022, 1, 15),
        3,
        True,
    )
    assert [part.funder.kind for part in position.by_funder] == [FunderKind.UNDECLARED]
    assert position.whole.available_cents == -2_400_00


async def test_a_later_file_adds_its_new_lines(database: Database, name: str) -> None:
    await run(database, small(name, PAID[0]))
    lost = loan_row(status="passé en perte", loss="1 000,00")
    report = await run(database, small(name, *PAID, loans=(lost,)))
    assert (report.loans_known, report.repayments_known, report.repayments_taken, report.losses_taken) == (
        1,
        1,
        1,
        1,
    )
    assert report.outcome.written_off_cents == 1_000_00
    report = await run(database, small(name, *PAID, "P-1;15/04/2024;50,00;Virement", loans=(lost,)))
    assert (report.recoveries_taken, report.outcome.recovered_cents) == (1, 50_00)
    report = await run(database, small(name, *PAID, "P-1;15/04/2024;50,00;Virement", loans=(lost,)))
    assert (report.repayments_known, report.recoveries_taken) == (3, 0)
    async with database.of_all_tenants(read_only=True) as session:
        assert (await verify_ledger(session, AUDITOR)).differences == ()


async def test_what_was_recorded_by_hand_is_known_even_reversed(database: Database, name: str) -> None:
    report = await run(database, small(name))
    assert report.fund_id is not None
    async with database.of_all_tenants() as session:
        loan_id = (await lock_numbers(session, report.fund_id, ["P-1"]))["P-1"]
        payment = Payment(100_00, date(2024, 2, 15), PaymentMethod.DIRECT_DEBIT)
        recorded = await record_repayment(session, OPERATOR, RecordRepayment(loan_id, payment), today=TODAY)
        reversal = ReverseRepayment(recorded.repayment.id, date(2024, 2, 20), "rejet")
        await reverse_repayment(session, OPERATOR, reversal, today=TODAY)
    report = await run(database, small(name, *PAID))
    assert (report.repayments_known, report.repayments_taken) == (1, 1)
    assert report.outcome.repaid_cents == 100_00


async def test_loans_after_the_first_contribution_are_borne_by_it(database: Database, name: str) -> None:
    async with database.of_all_tenants() as session:
        fund = await create_fund(session, OPERATOR, CreateFund("84", name, date(2023, 1, 1)), today=TODAY)
        region = FunderIdentity("200053767", "Région", FunderKind.REGION)
        contribution = RecordContribution(fund.id, region, "C-1", 5_000_00, date(2024, 6, 1))
        await record_contribution(session, OPERATOR, contribution, today=TODAY)
    rows = (loan_row(), loan_row(number="P-2", disbursed_on="15/06/2024"))
    await run(database, small(name, loans=rows))
    async with database.of_all_tenants() as session:
        before = await read_position(session, OPERATOR, fund.id, as_of=TODAY, today=TODAY)
        declared = await declare_funders(session, OPERATOR, DeclareFunders(fund.id, TODAY), today=TODAY)
        after = await read_position(session, OPERATOR, fund.id, as_of=TODAY, today=TODAY)
    assert {part.funder.kind: part.figures.disbursed_cents for part in before.by_funder} == {
        FunderKind.REGION: 1_200_00,
        FunderKind.UNDECLARED: 1_200_00,
    }
    assert declared.loans == 1
    assert [part.figures.outstanding_cents for part in after.by_funder] == [2_400_00]


async def test_nothing_to_take_makes_no_fund(database: Database, name: str) -> None:
    report = await run(database, small(name, *PAID, loans=(loan_row(amount="?"),)))
    assert (report.fund_id, report.loans_taken, report.repayments_taken) == (None, 0, 0)
    assert [finding.code.value for finding in report.rejections] == ["amount", "unknown-loan", "unknown-loan"]
    async with database.of_all_tenants(read_only=True) as session:
        assert await funds.find_by_name(session, "84", name) is None


async def test_progress_is_told(database: Database, name: str) -> None:
    told: list[tuple[int, int]] = []
    async with database.of_all_tenants() as session:
        await import_portfolio(
            session,
            OPERATOR,
            ImportPortfolio("84", name, LOANS, REPAYMENTS),
            today=TODAY,
            entrepreneur_key=b"key of the tests",
            progress=lambda done, of: told.append((done, of)),
        )
    # The loans of both files: one of the repayments' has no line of its own.
    assert (told[0], told[-1]) == ((0, 241), (241, 241))


@pytest.mark.parametrize("role", [Role.CAE, Role.FUNDER, Role.PARTNER, Role.ADMIN])
async def test_only_operators_import(database: Database, name: str, role: Role) -> None:
    caller = Caller(role, "tests", regions=frozenset({"84"}))
    with pytest.raises(NotAllowed):
        await run(database, small(name), caller)


async def test_a_region_of_others_is_not_there(database: Database, name: str) -> None:
    with pytest.raises(NotFound):
        await run(database, small(name), Caller(Role.OPERATOR, "tests", regions=frozenset({"76"})))


async def test_a_loss_is_not_dated_ahead(database: Database, name: str) -> None:
    with pytest.raises(DateInTheFuture):
        await run(database, ImportPortfolio("84", name, LOANS, REPAYMENTS, as_of=date(2026, 3, 2)))


async def test_a_file_that_is_none_is_refused_whole(database: Database, name: str) -> None:
    with pytest.raises(InvalidInput):
        await run(database, ImportPortfolio("84", name, LOANS, b"\xff\xfen\x00"))


async def test_a_long_decision_does_not_lose_its_transaction(settings: Settings, name: str) -> None:
    hasty = settings.model_copy(update={"request_seconds": 0.1})
    database = Database(service_url("loans", hasty), hasty, metadata=metadata)
    report = await run(database, ImportPortfolio("84", name, LOANS, REPAYMENTS))
    await database.close()
    assert report.loans_taken == 240

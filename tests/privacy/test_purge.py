"""What is past its time goes; sums stay."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.capital.persistence.documents import DOCUMENTS as CAPITAL_DOCUMENTS
from services.capital.usecases.verify_ledger import verify_ledger as verify_capital
from services.kernel.access import Caller, Role
from services.kernel.calendar import add_months
from services.loans.persistence.documents import DOCUMENTS
from services.loans.usecases.verify_ledger import verify_ledger as verify_loans
from services.runtime.documents.check import Holding, remove_orphans
from services.runtime.privacy.personal_data import ERASED_PERSON, Category
from services.runtime.privacy.purge import Purged, Report
from services.runtime.privacy.retention import Ending, Period, every_period, in_force, set_periods
from services.runtime.privacy.whole_purge import daily_purge, purge_personal_data
from tests.factories.documents import PDF
from tests.privacy.conftest import Essor
from tests.privacy.stories import CAPITAL_REGION, LOANS_REGION, Office, Person

AUDITOR = Caller(Role.ADMIN, "tests")
LONG_AFTER = date(2120, 1, 1)


async def purge(essor: Essor, today: date, *, is_dry_run: bool = False) -> list[Purged]:
    report = Report()
    for holder in essor.holders:
        await purge_personal_data(holder, report, client="tests", today=today, is_dry_run=is_dry_run)
    return report.purged


async def figures(essor: Essor, office: Office) -> dict[str, Any]:
    """Whatever is counted in cents: positions, indicators, caps, every sum of postings."""
    sums: dict[str, Any] = {}
    for holder in essor.holders:
        async with holder.database.of_all_tenants(read_only=True) as session:
            query = f"""
                SELECT account, count(*), sum(amount_cents), sum(abs(amount_cents))
                  FROM {holder.service}.postings GROUP BY account ORDER BY account
            """
            sums[holder.service] = [tuple(row) for row in await session.execute(text(query))]
    days = ("2014-06-30", "2016-12-31", "2020-01-01")
    return {
        **sums,
        "positions": [
            await office.read("loans", f"/funds/{office.fund_id}/position?as_of={day}") for day in days
        ],
        "indicators": [
            await office.read("loans", f"/indicators?region={LOANS_REGION}&as_of={day}") for day in days
        ],
    }


async def differences(essor: Essor) -> list[object]:
    async with essor.loans.database.transaction(AUDITOR, read_only=True) as session:
        loans = (await verify_loans(session, AUDITOR)).differences
    async with essor.capital.database.transaction(AUDITOR, read_only=True) as session:
        return [*loans, *(await verify_capital(session, AUDITOR)).differences]


def counted(purged: Sequence[Purged]) -> dict[tuple[str, str], int]:
    return {(found.category.value, found.table): found.rows for found in purged}


async def test_each_category_goes_at_its_own_time_and_no_sum_with_it(essor: Essor) -> None:
    office, person, colleague = essor.office(), Person(), Person()
    colleague.siren = person.siren
    await office.open()
    await office.every_end(person, colleague)
    before = await figures(essor, office)
    assert person.found_in(await essor.written()) == list(person.marks()), "else nothing is tried"

    assert await purge(essor, date(2018, 5, 24)) == [], "no period is in force yet"
    seen: set[Category] = set()
    tables: set[str] = set()
    for today in (date(2018, 6, 1), date(2018, 7, 15), date(2020, 6, 1), date(2024, 6, 1), LONG_AFTER):
        shown = await purge(essor, today, is_dry_run=True)
        purged = await purge(essor, today)
        assert counted(shown) == counted(purged) != {}
        assert [found.dossiers for found in shown] == [found.dossiers for found in purged]
        assert await purge(essor, today) == [], "a second run finds nothing"
        assert await figures(essor, office) == before
        assert await differences(essor) == []
        seen |= {found.category for found in purged}
        tables |= {found.table for found in purged}

    assert seen == set(Category) - {Category.OFFICER}, "no officer gave a name here"
    assert {"loans.audit_notes", "capital.audit_notes", "loans.idempotency_keys"} <= tables
    written = await essor.written()
    assert person.found_in(written) == colleague.found_in(written) == []
    assert ERASED_PERSON in written


async def test_what_has_not_ended_is_kept(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    await office.application(person)
    await office.approved(person)
    loan = await office.lent(person)
    await office.granted(person)

    await purge(essor, LONG_AFTER)

    read = await office.read("loans", f"/loans/{loan}")
    assert read["entrepreneur"]["family_name"] == person.word("Nom")
    assert person.found_in(await essor.written()) == list(person.marks())


async def test_a_purged_dossier_is_still_read_and_still_of_the_same_person(essor: Essor) -> None:
    office, person, other = essor.office(), Person(), Person()
    await office.open()
    refused, loan, kept = await office.refused(person), await office.repaid(person), await office.lent(person)
    (top_up,) = await office.paid(person)
    stranger = await office.refused(other)
    before = await office.read("loans", f"/loans/{loan}")

    await purge(essor, LONG_AFTER)

    answers = [
        await office.read("loans", f"/applications/{refused}"),
        await office.read("loans", f"/loans/{loan}"),
        await office.read("capital", f"/top-ups/{top_up}"),
    ]
    people = [answer["entrepreneur"] for answer in answers]
    assert {found["family_name"] for found in people} == {ERASED_PERSON}
    assert len({found["reference"] for found in people}) == 1, "one pseudonym in both services"
    assert {found["id"] for found in people} == {before["entrepreneur"]["id"]}
    assert (await office.read("loans", f"/loans/{kept}"))["entrepreneur"]["id"] == people[0]["id"]
    another = (await office.read("loans", f"/applications/{stranger}"))["entrepreneur"]
    assert another["reference"] != people[0]["reference"]
    unchanged = ("schedule", "principal_cents", "repaid_cents", "status", "disbursed_on", "number")
    assert [answers[1][name] for name in unchanged] == [before[name] for name in unchanged]


async def test_a_purge_is_told_in_the_audit_trail_by_the_names_of_fields(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    refused = await office.refused(person)
    await purge(essor, LONG_AFTER)
    async with essor.loans.database.of_all_tenants(read_only=True) as session:
        query = text("""
            SELECT client, role, personal_fields FROM loans.audit_trail
             WHERE act = 'purge' AND dossier_id = :id
        """)
        (told,) = await session.execute(query, {"id": refused})
    assert (told.client, told.role) == ("tests", "system")
    assert {"family_name", "bank_iban", "purpose", "name"} <= set(told.personal_fields)


async def test_several_purges_at_once_pass_what_others_hold(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    held = await office.refused(person)
    for _ in range(5):
        await office.refused(person)
    async with essor.loans.database.of_all_tenants() as session:
        lock = text("SELECT id FROM loans.applications WHERE id = :id FOR UPDATE")
        await session.execute(lock, {"id": held})
        reports = await asyncio.gather(*(purge(essor, LONG_AFTER) for _ in range(3)))
    rows = [counted(report).get(("identity", "loans.applications"), 0) for report in reports]
    assert sum(rows) == 5, "each dossier by one of them, and the one that is held by none"
    assert person.found_in(await essor.written()) != []
    last = await purge(essor, LONG_AFTER)
    assert counted(last)["identity", "loans.applications"] == 1
    assert person.found_in(await essor.written()) == []


async def test_the_workers_round_does_the_same(essor: Essor) -> None:
    """Only where ESSOR_PURGE_DAILY says so; by then everything of 2014 but the accounts' part is past."""
    office, person = essor.office(), Person()
    await office.open()
    await office.refused(person)
    duties = [daily_purge(holder) for holder in essor.holders]
    assert [duty.service for duty in duties] == ["loans", "capital"]
    assert [await duty.run() > 0 for duty in duties] == [True, False]
    assert person.found_in(await essor.written()) == []


async def test_a_draft_that_nobody_touches_goes_with_its_documents_and_what_they_hold(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    draft = await office.drafted(person)
    holding = Holding(essor.loans.database, DOCUMENTS, essor.loans.app.state.documents)
    (document,) = (await office.read("loans", f"/applications/{draft}/documents"))["items"]
    last_change = (await office.read("loans", f"/applications/{draft}"))["changed_at"][:10]
    day = date.fromisoformat(last_change)

    await purge(essor, add_months(day, 6) - timedelta(days=1))
    assert (await office.read("loans", f"/applications/{draft}"))["entrepreneur"] is not None
    await purge(essor, add_months(day, 6) + timedelta(days=1))
    await remove_orphans(holding, spared_seconds=0)

    read = await office.read("loans", f"/applications/{draft}")
    assert (read["status"], read["entrepreneur"], read["bank"], read["amount_cents"]) == (
        "draft",
        None,
        None,
        None,
    )
    assert (await office.read("loans", f"/applications/{draft}/documents"))["items"] == []
    with pytest.raises(FileNotFoundError):
        holding.storage.open(UUID(document["id"]))
    await purge(essor, LONG_AFTER)
    assert person.found_in(await essor.written()) == []


async def test_the_documents_of_a_top_up_go_with_it_and_what_they_hold(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    top_up = await office.refused_top_up(person)
    holding = Holding(essor.capital.database, CAPITAL_DOCUMENTS, essor.capital.app.state.documents)
    (document,) = (await office.read("capital", f"/top-ups/{top_up}/documents"))["items"]
    with holding.storage.open(UUID(document["id"])) as content:
        assert content.read() == PDF

    await purge(essor, LONG_AFTER)
    await remove_orphans(holding, spared_seconds=0)

    assert (await office.read("capital", f"/top-ups/{top_up}/documents"))["items"] == []
    with pytest.raises(FileNotFoundError):
        holding.storage.open(UUID(document["id"]))


async def test_a_period_holds_from_its_day_on(essor: Essor) -> None:
    table = essor.holders[0].periods
    given = [
        Period(Category.BIRTH, Ending.NOT_GRANTED, months, day, "essai", "tests")
        for months, day in ((6, date(2020, 1, 1)), (9, date(2022, 1, 1)), (12, date(2022, 1, 1)))
    ]
    async with essor.loans.database.of_all_tenants() as session:
        await set_periods(session, table, given)
        held = await every_period(session, table)
        await session.rollback()
    in_years = [
        in_force(held, date(year, 6, 30))[Category.BIRTH, Ending.NOT_GRANTED].months
        for year in (2019, 2021, 2023)
    ]
    assert in_years == [24, 6, 12], "and the same day set again is corrected"
    assert in_force(held, date(2018, 5, 24)) == {}, "before any period, everything is kept"


@pytest.mark.parametrize(
    ("role", "change"),
    [
        ("operator", "reference = NULL"),
        ("system", "reference = 'un autre'"),
        ("system", "reference = NULL, amount_cents = 1"),
        ("system", "amount_cents = amount_cents + 1"),
    ],
)
async def test_facts_are_edited_by_nobody_and_emptied_by_the_purge_alone(
    essor: Essor, role: str, change: str
) -> None:
    office, person = essor.office(), Person()
    await office.open()
    loan = await office.lent(person)
    repayment = await office.repay(person, loan, 1_00, "2014-02-28")
    operator = Caller(Role.OPERATOR, "tests", regions=frozenset({LOANS_REGION, CAPITAL_REGION}))
    database = essor.loans.database
    opened = database.of_all_tenants() if role == "system" else database.transaction(operator)
    with pytest.raises(DBAPIError, match="refused"):
        async with opened as session:
            await session.execute(
                text(f"UPDATE loans.repayments SET {change} WHERE id = :id"), {"id": repayment}
            )

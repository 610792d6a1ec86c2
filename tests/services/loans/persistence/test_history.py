"""Who did what to which dossier: written with the effect, seen by whom it concerns, changed by nobody."""

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.runtime.database.transactions import Database, asyncpg_url
from tests.api import once
from tests.factories.capital import new_siren
from tests.factories.portfolio import loan_row, loans_file, repayments_file
from tests.services.loans.conftest import Json, Lending, answered
from tests.services.loans.usecases.officers import repay_many_times

PROCESSES = 2
REPAYMENTS = 12
OPERATOR = Caller(Role.OPERATOR, "tests", frozenset({"84"}))
TABLES = ("audit_trail", "audit_notes", "outbox", "dossier_versions")


async def rows(database: Database, query: str, **values: Any) -> list[Any]:
    async with database.of_all_tenants(read_only=True) as session:
        return list((await session.execute(text(query), values)).all())


async def events_of(lending: Lending, dossier_ids: Iterable[str]) -> list[tuple[int, str]]:
    """Version and type, in the order of their numbers."""
    found = await rows(
        lending.api.database,
        "SELECT version, type FROM loans.outbox WHERE dossier_id = ANY (:ids) ORDER BY number",
        ids=[UUID(dossier_id) for dossier_id in dossier_ids],
    )
    return [(row.version, row.type) for row in found]


async def trail_of(lending: Lending, dossier_id: str) -> list[Json]:
    """Oldest first."""
    answer = await lending.read("audit", dossier_id=dossier_id, limit=100)
    items: list[Json] = answer["items"]
    return items[::-1]


async def test_the_life_of_a_loan_is_told_in_order(lending: Lending) -> None:
    fund = await lending.fund()
    loan = await lending.loan(fund["id"], amount_cents=1_000_00, months=12)
    paid = await lending.repay(loan["id"], 1_000_00, "2024-03-01")
    await lending.reverse(paid["id"], "2024-03-05")
    await lending.write_off(loan["id"], "2024-09-01")
    await lending.recover(loan["id"], 100_00, "2024-10-01")

    assert await events_of(lending, [fund["id"]]) == [(1, "fund.created"), (2, "contribution.recorded")]
    assert await events_of(lending, [loan["application_id"]]) == [
        (1, "application.submitted"),
        (2, "application.under_review"),
        (3, "application.approved"),
        (4, "application.signed"),
    ]
    assert await events_of(lending, [loan["id"]]) == [
        (1, "loan.disbursed"),
        (2, "repayment.recorded"),
        (3, "loan.repaid"),
        (4, "repayment.reversed"),
        (5, "loan.reopened"),
        (6, "loan.written_off"),
        (7, "recovery.recorded"),
    ]


async def test_the_trail_says_who_what_and_from_which_client_with_before_and_after(lending: Lending) -> None:
    seated = lending.by("a.martin")
    loan = await seated.loan((await seated.fund())["id"], amount_cents=1_000_00, months=12)
    headers = {"Idempotency-Key": "k1", "X-Request-Id": "request-of-the-loss"}
    body = {"written_off_on": "2024-09-01", "reason": "Liquidation de Madame Maître"}
    answered(await seated.operator.post(f"/v1/loans/{loan['id']}/write-off", json=body, headers=headers), 200)

    disbursed, lost = await trail_of(lending, loan["id"])

    assert (disbursed["act"], disbursed["before"]) == ("disburse_loan", {})
    assert disbursed["after"]["amount_cents"] == 1_000_00
    assert lost["act"] == "write_off_loan"
    assert lost["dossier"] == {"kind": "loan", "id": loan["id"]}
    assert (lost["client"], lost["role"], lost["person"]) == ("tests", "operator", "a.martin")
    assert lost["request_id"] == "request-of-the-loss"
    assert (lost["before"]["status"], lost["before"]["outstanding_cents"]) == ("active", 1_000_00)
    assert (lost["after"]["status"], lost["after"]["outstanding_cents"]) == ("written_off", 0)
    assert lost["after"]["written_off_on"] == "2024-09-01"
    assert lost["note"] == "Liquidation de Madame Maître"


async def test_personal_fields_are_told_by_name_only(lending: Lending) -> None:
    application = await lending.application((await lending.fund())["id"])

    (submitted,) = await trail_of(lending, application["id"])

    assert set(submitted["personal_fields"]) == {"reference", "given_name", "family_name", "bank", "purpose"}
    told = str(submitted | {"personal_fields": []})
    for secret in ("Inès", "Maître", "E0042", "boulanger", "7890"):
        assert secret not in told


async def test_what_fails_is_not_told(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"], amount_cents=1_000_00, months=12)
    before = await events_of(lending, [loan["id"]])
    await lending.repay(loan["id"], 2_000_00, "2024-03-01", status=409)

    assert await events_of(lending, [loan["id"]]) == before
    assert len(await trail_of(lending, loan["id"])) == 1


async def test_the_trail_is_searched_by_client_act_and_period(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    (created,) = await trail_of(lending, fund["id"])
    of_fund = {"dossier_id": fund["id"]}
    instant = created["recorded_at"]

    for query, found in (
        ({"act": "create_fund"}, 1),
        ({"act": "write_off_loan"}, 0),
        ({"client": "tests"}, 1),
        ({"client": "another"}, 0),
        ({"since": instant}, 1),
        ({"until": instant}, 0),
        ({"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}, 0),
        ({"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}, 1),
    ):
        answer = await lending.read("audit", **of_fund, **query, count=True)
        assert (len(answer["items"]), answer["total"]) == (found, found), query


async def test_the_trail_is_read_newest_first_in_pages(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"], amount_cents=1_000_00, months=12)
    for paid_on in ("2024-03-01", "2024-04-01", "2024-05-01"):
        await lending.repay(loan["id"], 100_00, paid_on)

    seen, query = [], {"dossier_id": loan["id"], "limit": 2}
    page = await lending.read("audit", **query)
    while page["next"] is not None:
        seen += page["items"]
        await lending.repay(loan["id"], 1, "2024-06-01")  # newer lines do not disturb who reads older ones
        page = await lending.read("audit", **query, after=page["next"])
    seen += page["items"]

    assert [line["after"].get("paid_on") for line in seen] == ["2024-05-01", "2024-04-01", "2024-03-01", None]


async def test_the_trail_is_its_operators_and_the_administrators(lending: Lending) -> None:
    application = await lending.application((await lending.fund())["id"])
    path, api = f"/v1/audit?dossier_id={application['id']}", lending.api
    cae = api.as_("cae", siren=application["cae"]["siret"][:9])

    assert len((await api.as_("admin").get(path)).json()["items"]) == 1
    assert (await api.as_("operator", regions=["53"]).get(path)).json()["items"] == []
    for client in (cae, api.as_("partner", regions=["84"]), api.as_("funder", siren="110044013")):
        assert (await client.get(path)).status_code == 403


@pytest.mark.parametrize("table", TABLES)
async def test_a_query_without_a_filter_shows_only_the_callers_own(lending: Lending, table: str) -> None:
    fund_id = (await lending.fund())["id"]
    ours = await lending.under_review(fund_id)
    siren = Siren(ours["cae"]["siret"][:9])
    decision = lending.approval(reason="Solide") | {"outcome": "approved"}
    await lending.act(ours["id"], "decision", decision)
    await lending.under_review(fund_id)
    database = lending.api.database

    async def seen_by(caller: Caller) -> list[Any]:
        async with database.transaction(caller, read_only=True) as session:
            return list(await session.execute(text(f"SELECT region, cae_siren FROM loans.{table}")))

    everything = await seen_by(Caller(Role.ADMIN, "tests"))
    assert {row.region for row in await seen_by(OPERATOR)} == {"84"} <= {row.region for row in everything}
    assert await seen_by(Caller(Role.OPERATOR, "tests", frozenset({"53"}))) == [
        row for row in everything if row.region == "53"
    ]
    assert await seen_by(Caller(Role.OPERATOR, "tests")) == []
    own = await seen_by(Caller(Role.CAE, "tests", siren=siren))
    if table in {"audit_trail", "audit_notes"}:
        assert own == []  # what the operator notes of a CAE is not the CAE's to read
    else:
        assert {row.cae_siren for row in own} == {siren}
    assert await seen_by(Caller(Role.FUNDER, "tests", siren=Siren("110044013"))) == []


async def test_no_client_writes_in_anothers_name(lending: Lending) -> None:
    forged = """
        INSERT INTO loans.audit_trail (id, recorded_at, act, dossier_kind, dossier_id, region, client, role,
                                       before, after, personal_fields)
        VALUES (gen_random_uuid(), now(), 'decide', 'loan', gen_random_uuid(), :region, :client, 'operator',
                '{}', '{}', '{}')
    """
    for region, client in (("84", "another"), ("53", "tests")):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with lending.api.database.transaction(OPERATOR) as session:
                await session.execute(text(forged), {"region": region, "client": client})


@pytest.mark.parametrize(
    "change", ["UPDATE loans.audit_trail SET client = 'x'", "DELETE FROM loans.audit_trail"]
)
async def test_the_trail_is_append_only_even_for_the_system_and_the_owner(
    lending: Lending, owner_url: str, change: str
) -> None:
    await lending.fund()
    with pytest.raises(DBAPIError, match="permission denied"):
        async with lending.api.database.of_all_tenants() as session:
            await session.execute(text(change))
    owner = create_async_engine(asyncpg_url(owner_url), poolclass=NullPool)
    with pytest.raises(DBAPIError, match="append-only"):
        async with owner.begin() as connection:
            await connection.execute(text(change))


@pytest.mark.parametrize(
    ("statement", "done"),
    [
        ("UPDATE loans.outbox SET type = 'x'", 0),
        ("DELETE FROM loans.outbox", 0),
        ("DELETE FROM loans.audit_notes", 0),
        ("UPDATE loans.feed SET position = 7", 0),
    ],
)
async def test_an_operator_adds_to_history_and_changes_none_of_it(
    lending: Lending, statement: str, done: int
) -> None:
    loan = await lending.loan((await lending.fund())["id"])
    await lending.write_off(loan["id"], "2024-09-01")
    async with lending.api.database.transaction(OPERATOR) as session:
        changed = await session.execute(text(statement))
        assert changed.rowcount == done  # type: ignore[attr-defined]


async def test_a_note_may_be_removed_and_its_line_stays(lending: Lending) -> None:
    loan = await lending.loan((await lending.fund())["id"])
    await lending.write_off(loan["id"], "2024-09-01")
    line = (await trail_of(lending, loan["id"]))[-1]
    async with lending.api.database.of_all_tenants() as session:
        await session.execute(text("DELETE FROM loans.audit_notes WHERE audit_id = :id"), {"id": line["id"]})

    assert (await trail_of(lending, loan["id"]))[-1] == line | {"note": None}


async def test_versions_follow_each_other_when_processes_meet(lending: Lending) -> None:
    """Of one dossier the larger number has the larger version, whoever wrote it."""
    fund_id = (await lending.fund())["id"]
    loans = [await lending.loan(fund_id, amount_cents=8_000_00) for _ in range(2)]
    url = lending.api.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with ProcessPoolExecutor(2 * PROCESSES, multiprocessing.get_context("spawn")) as officers:
        work = [
            officers.submit(repay_many_times, url, loan["id"], 100_00, REPAYMENTS)
            for loan in loans
            for _ in range(PROCESSES)
        ]
        assert {outcome for done in work for outcome in done.result(timeout=120)} == {"done"}

    last = 1 + PROCESSES * REPAYMENTS
    for loan in loans:
        told = await events_of(lending, [loan["id"]])
        assert told == [
            (1, "loan.disbursed"),
            *((version, "repayment.recorded") for version in range(2, last + 1)),
        ]
        kept = await rows(
            lending.api.database,
            "SELECT version FROM loans.dossier_versions WHERE dossier_id = :id",
            id=UUID(loan["id"]),
        )
        assert kept == [(last,)]


async def test_an_import_tells_of_each_loan_once_and_of_no_old_repayment(lending: Lending) -> None:
    async def bring(*repayments: str) -> Json:
        files = {
            "loans": (
                "prets.csv",
                loans_file(loan_row(number="P-1"), loan_row(number="P-2", reference="E2")),
            ),
            "repayments": ("remboursements.csv", repayments_file(*repayments)),
        }
        form = {"region": "84", "fund": name}
        response = await lending.operator.post("/v1/imports/loans", data=form, files=files, headers=once())
        return answered(response, 200)

    name = f"Repris {new_siren()}"
    fund_id = (await bring("P-1;15/02/2024;100,00;virement"))["fund_id"]
    loans = (await lending.read("loans", fund_id=fund_id))["items"]
    first = next(loan["id"] for loan in loans if loan["number"] == "P-1")

    assert await events_of(lending, [fund_id]) == [(1, "fund.created")]
    assert [await events_of(lending, [loan["id"]]) for loan in loans] == [[(1, "loan.imported")]] * 2

    await bring("P-1;15/02/2024;100,00;virement", "P-1;15/03/2024;100,00;virement")
    assert len(await events_of(lending, [first])) == 1
    brought, added = await trail_of(lending, first)
    assert (brought["before"], brought["after"]["repaid_cents"]) == ({}, 100_00)
    assert (added["before"]["repaid_cents"], added["after"]["repaid_cents"]) == (100_00, 200_00)

"""A repayment recorded on what is kept of its loan leaves what the whole file leaves, row for row."""

import json
import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.loans.domain.life.kept import KeptLoan
from tests.api import once
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import REGION_COUNCIL, STATE, Json, Lending, answered, together
from tests.statements import recorded

FUNDERS = (
    (REGION_COUNCIL, 50_000_00, "2020-01-01"),
    (STATE, 20_000_00, "2020-01-01"),
    ({"siren": "180020026", "name": "Caisse des dépôts", "kind": "cdc"}, 10_001_00, "2020-01-01"),
)
OF_LOAN = {
    "loans": "id",
    "loan_shares": "loan_id",
    "schedule_versions": "loan_id",
    "instalments": "loan_id",
    "repayments": "loan_id",
    "journal_entries": "loan_id",
    "audit_trail": "dossier_id",
    "outbox": "dossier_id",
    "dossier_versions": "dossier_id",
}
# Instants, and numbers that are given to every row of a table in turn.
ITS_OWN = {"created_at", "recorded_at", "occurred_at", "number", "request_id", "position", "published_at"}
A_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# What is posted of each loan: ordinary, of one day, too late, too large, early, to the last cent.
HISTORY: tuple[tuple[str, Json, int], ...] = (
    ("repayments", {"amount_cents": 222_23, "paid_on": "2024-03-01"}, 201),
    ("repayments", {"amount_cents": 100_01, "paid_on": "2024-03-01"}, 201),
    ("repayments", {"amount_cents": 500_00, "paid_on": "2024-05-02"}, 201),
    ("repayments", {"amount_cents": 33_33, "paid_on": "2024-04-02"}, 201),
    ("repayments", {"amount_cents": 1, "paid_on": "2024-05-02"}, 201),
    ("repayments", {"amount_cents": 90_000_00, "paid_on": "2024-06-02"}, 409),
    ("repayments", {"amount_cents": 1, "paid_on": "2150-01-01"}, 409),
    ("reversal", {"reversed_on": "2024-06-10", "reason": "rejet"}, 201),
    ("repayments", {"amount_cents": 222_22, "paid_on": "2024-06-10"}, 201),
    ("repayments", {"amount_cents": 700_00, "paid_on": "2024-07-01", "early": "shorten"}, 201),
    ("repayments", {"amount_cents": 10_00, "paid_on": "2024-07-01"}, 201),
    ("rescheduling", {"from": "2024-08-01", "months": 24, "reason": "accord"}, 201),
    ("repayments", {"amount_cents": 10_00, "paid_on": "2024-08-01"}, 201),
    ("repayments", {"amount_cents": 345_67, "paid_on": "2024-08-02"}, 201),
    ("repayments", {"amount_cents": 0, "paid_on": "2024-09-02"}, 201),
    ("repayments", {"amount_cents": 1, "paid_on": "2024-09-03"}, 409),
)


async def two_alike(lending: Lending) -> list[Json]:
    fund = await lending.fund(contributions=FUNDERS)
    cae = {"siret": siret_of(new_siren()), "name": "Graines d'Activité"}
    return [await lending.loan(fund["id"], amount_cents=8_000_00, cae=cae) for _ in range(2)]


async def live(lending: Lending, loan_id: str) -> list[Json]:
    """The whole history of one loan; a repayment of 0 stands for all that is still owed."""
    told: list[Json] = []
    for verb, body, status in HISTORY:
        path, sent = f"/v1/loans/{loan_id}/{verb}", dict(body)
        if verb == "reversal":
            first = next(one for one in told if one.get("amount_cents") == 500_00)
            path = f"/v1/repayments/{first['id']}/reversal"
        if verb == "repayments":
            owed_cents = (await lending.read(f"loans/{loan_id}"))["outstanding_cents"]
            sent |= {
                "method": "cash",
                "reference": "R",
                "amount_cents": body["amount_cents"] or owed_cents,
            }
        response = await lending.operator.post(path, json=sent, headers=once())
        told.append(answered(response, status))
    return told


async def rows_of(lending: Lending, loan_id: str) -> Json:
    found: Json = {}
    async with lending.api.database.of_all_tenants(read_only=True) as session:
        for table, column in OF_LOAN.items():
            query = f"SELECT to_jsonb(t) FROM loans.{table} t WHERE {column} = :id ORDER BY t"
            found[table] = list((await session.execute(text(query), {"id": UUID(loan_id)})).scalars())
        query = (
            "SELECT to_jsonb(p) FROM loans.postings p JOIN loans.journal_entries e ON e.id = p.entry_id"
            " WHERE e.loan_id = :id ORDER BY p.entry_id, p.rank"
        )
        found["postings"] = list((await session.execute(text(query), {"id": UUID(loan_id)})).scalars())
    return found


def unnamed(found: Any) -> Any:
    """Ids become their place in the order in which they appear."""
    places: dict[str, str] = {}

    def plain(value: Any) -> Any:
        match value:
            case dict():
                return {name: plain(item) for name, item in value.items() if name not in ITS_OWN}
            case list():
                return [plain(item) for item in value]
            case _:
                return value

    written = json.dumps(plain(found), sort_keys=True)
    return json.loads(A_UUID.sub(lambda one: places.setdefault(one[0], f"id {len(places)}"), written))


async def test_both_ways_leave_the_same(lending: Lending, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, whole = await two_alike(lending)

    answers_on_what_is_kept = await live(lending, kept["id"])
    monkeypatch.setattr(KeptLoan, "has_all_before", lambda *_: False)
    answers_of_the_whole = await live(lending, whole["id"])

    assert unnamed(answers_on_what_is_kept) == unnamed(answers_of_the_whole)
    assert unnamed(await rows_of(lending, kept["id"])) == unnamed(await rows_of(lending, whole["id"]))
    assert await lending.differences() == []


STATEMENTS_OF_ONE = 4  # its key; the lock and what is kept; its rows; its facts and answer


async def test_facts_are_read_only_where_they_may_come_after(lending: Lending) -> None:
    [loan, _] = await two_alike(lending)
    with recorded(lending.api.database) as statements:
        await lending.repay(loan["id"], 100_00, "2024-04-01")
        await lending.repay(loan["id"], 100_00, "2024-04-01")
    assert len(statements) == 2 * STATEMENTS_OF_ONE, statements
    assert not any("loans.reversals" in statement for statement in statements)
    with recorded(lending.api.database) as statements:
        await lending.repay(loan["id"], 100_00, "2024-03-31")
    assert any("loans.reversals" in statement for statement in statements)


async def test_repayments_that_come_at_once_take_turns(lending: Lending) -> None:
    [loan, _] = await two_alike(lending)
    path = f"/v1/loans/{loan['id']}/repayments"
    body = {"amount_cents": 1_000_00, "paid_on": "2024-04-01", "method": "cash"}

    answers = await together(*(lending.operator.post(path, json=body, headers=once()) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [201] * 8 + [409] * 2
    assert (await lending.read(f"loans/{loan['id']}"))["status"] == "repaid"
    ranks = (await rows_of(lending, loan["id"]))["repayments"]
    assert sorted(row["recorded_rank"] for row in ranks) == list(range(1, 9))
    assert await lending.differences() == []


async def test_another_region_and_an_unknown_loan_are_nowhere(lending: Lending) -> None:
    [loan, _] = await two_alike(lending)
    body = {"amount_cents": 1, "paid_on": "2024-04-01", "method": "cash"}
    stranger = lending.api.as_("operator", regions=["11"])
    for path in (f"/v1/loans/{loan['id']}/repayments", f"/v1/loans/{UUID(int=1)}/repayments"):
        assert (await stranger.post(path, json=body, headers=once())).status_code == 404

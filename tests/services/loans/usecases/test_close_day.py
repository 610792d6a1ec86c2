"""The daily close on a real database: each thing once, whoever closes, however often, after a week off."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.kernel.refusals import DateInTheFuture
from services.loans.domain.daily_close import DailyClose
from services.loans.duties import close_days
from services.loans.usecases import close_day
from services.loans.usecases.close_day import close_some, next_close
from services.runtime.settings import Settings
from tests.api import Api, once
from tests.conftest import make_database
from tests.services.loans.conftest import REGION_COUNCIL, Json, Lending, answered

REGIONS = iter(("11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84", "93", "94"))
TODAY = date(2024, 6, 30)


@pytest.fixture(scope="module")
async def api(
    server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """A database of its own: a close is of all that a region has."""
    from services.loans.app import make_app  # noqa: PLC0415

    state = tmp_path_factory.mktemp("closes")
    url = await make_database(server_url, f"essor_closes_{worker_id}", state)
    settings = Settings(state=state, database_url=url, entrepreneur_key="a key for closes")
    async with Api.of(make_app(settings), settings) as served:
        yield served


class Region(Lending):
    """A region that no other test closes, with one fund."""

    def __init__(self, api: Api, region: str) -> None:
        super().__init__(api)
        self.region = region
        self.operator = api.as_("operator", regions=[region])
        self.fund_id = ""

    async def lend(self, disbursed_on: str = "2024-01-31", **asked: Any) -> str:
        """1 200.00 over twelve months, unless asked otherwise: 100.00 on the last day of each."""
        if not self.fund_id:
            contributions = ((REGION_COUNCIL, 800_000_00, "2020-01-01"),)
            self.fund_id = (await self.fund(contributions=contributions, region=self.region))["id"]
        asked = {"amount_cents": 1_200_00, "months": 12} | asked
        return str((await self.loan(self.fund_id, disbursed_on, **asked))["id"])

    async def close(self, until: str, *, today: date = TODAY) -> list[DailyClose]:
        day = date.fromisoformat(until)
        return await close_days(
            self.api.database, until=day, today=today, client="tests", regions=[self.region]
        )

    async def told(self) -> list[tuple[str, str]]:
        """What closes told, in order: the type, and the day that it is about."""
        async with self.api.database.of_all_tenants(read_only=True) as session:
            rows = await session.execute(
                text("""
                    SELECT o.type, coalesce(a.after ->> 'due_on', '') AS due_on
                      FROM loans.outbox o JOIN loans.audit_trail a
                        ON a.dossier_id = o.dossier_id AND a.act = 'close_day' AND o.subject_id
                           IS NOT DISTINCT FROM a.subject_id AND a.recorded_at = o.occurred_at
                     WHERE o.region = :region
                       AND o.type IN (
                           'instalment.due', 'instalment.overdue', 'reminder.due', 'promise.broken')
                     ORDER BY o.occurred_at, o.type, 2
                """),
                {"region": self.region},
            )
            return [(row.type, row.due_on) for row in rows]

    async def reminders(self, **query: Any) -> list[Json]:
        items = (await self.read("reminders", **query))["items"]
        assert isinstance(items, list)
        return items

    async def promise(self, loan_id: str, **body: Any) -> Json:
        response = await self.operator.post(f"/v1/loans/{loan_id}/promises", json=body, headers=once())
        return answered(response, 201)


@pytest.fixture
def region(api: Api) -> Region:
    return Region(api, next(REGIONS))


def counts(closed: list[DailyClose]) -> dict[str, int]:
    """Of all the days together, without what stayed at nothing."""
    found: Counter[str] = Counter()
    for close in closed:
        found.update(
            due=close.due_count,
            overdue=close.overdue_count,
            reminders=close.reminder_count,
            cancelled=close.cancelled_reminder_count,
            broken=close.broken_promise_count,
        )
    return {name: count for name, count in found.items() if count}


async def test_a_month_closed_day_by_day(region: Region) -> None:
    await region.lend()
    await region.close("2024-02-22")

    closed = await region.close("2024-03-31")

    assert [close.day for close in closed] == [date(2024, 2, 23) + timedelta(days=n) for n in range(38)]
    assert counts(closed) == {"due": 2, "overdue": 1, "reminders": 2}
    assert Counter(kind for kind, _ in await region.told()) == {
        "instalment.due": 2,
        "instalment.overdue": 1,
        "reminder.due": 2,
    }


async def test_closed_twice_nothing_is_told_twice(region: Region) -> None:
    await region.lend()
    await region.close("2024-02-20")
    await region.close("2024-03-10")
    told = await region.told()

    assert await region.close("2024-03-10") == []
    assert await region.close("2024-03-01") == []
    assert await region.told() == told


async def test_two_processes_at_once_share_the_days(region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(close_day, "LOANS_AT_ONCE", 2)
    for _ in range(5):
        await region.lend()
    await region.close("2024-02-28")

    await asyncio.gather(*(region.close("2024-03-06") for _ in range(3)))

    assert Counter(kind for kind, _ in await region.told()) == {
        "instalment.due": 5,
        "instalment.overdue": 5,
        "reminder.due": 5,
    }


async def test_a_close_that_was_stopped_goes_on_where_it_was(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(close_day, "LOANS_AT_ONCE", 2)
    for _ in range(5):
        await region.lend()
    await region.close("2024-02-29")
    database = region.api.database
    until = date(2024, 3, 1)
    async with database.of_all_tenants() as session:
        begun = await next_close(session, until=until, today=TODAY, regions=[region.region])
    assert begun is not None
    async with database.of_all_tenants() as session:
        await close_some(session, begun)
    with pytest.raises(ConnectionError):  # noqa: PT012 - what is tried is the transaction around both
        async with database.of_all_tenants() as session:
            await close_some(session, begun)
            raise ConnectionError  # what it did in this transaction goes with it
    assert Counter(await region.told())["instalment.overdue", "2024-02-29"] == 2

    (closed,) = await region.close("2024-03-01")

    assert closed.overdue_count == 5
    assert Counter(await region.told())["instalment.overdue", "2024-02-29"] == 5


async def test_the_first_close_tells_nothing_of_the_years_before(region: Region) -> None:
    """What was late is counted, and neither told nor reminded of; what happens from then on is."""
    await region.lend("2024-01-24")
    await region.lend("2024-04-30")

    (first,) = await region.close("2024-05-31")
    await region.close("2024-06-03")

    assert counts([first]) == {"overdue": 1}
    assert await region.told() == [("instalment.overdue", "2024-05-30")]
    assert await region.reminders() == []
    assert counts(await region.close("2024-06-25")) == {"due": 2, "overdue": 1, "reminders": 2}


async def test_a_week_off_is_caught_up_with_the_facts_of_each_day(region: Region) -> None:
    paid, late = await region.lend(), await region.lend()
    await region.close("2024-02-28")
    await region.repay(paid, 100_00, "2024-02-29")
    await region.repay(late, 100_00, "2024-03-03")

    closed = await region.close("2024-03-08")

    assert len(closed) == 9
    assert counts(closed) == {"overdue": 1}, "on the 1st of March it was late; by the 5th it was paid"
    assert await region.reminders() == []


async def test_a_late_fact_is_told_at_the_next_close(region: Region) -> None:
    loan = await region.lend()
    paid = await region.repay(loan, 100_00, "2024-02-29")
    await region.close("2024-02-28")
    assert counts(await region.close("2024-03-10")) == {}
    await region.reverse(paid["id"], "2024-03-05")

    assert counts(await region.close("2024-03-11")) == {"overdue": 1, "reminders": 1}
    (reminder,) = await region.reminders()
    assert (reminder["due_on"], reminder["unpaid_since"], reminder["step"]["days"]) == (
        "2024-03-11",
        "2024-02-29",
        5,
    )


async def test_a_payment_takes_the_reminder_back_and_falling_late_again_starts_again(region: Region) -> None:
    loan = await region.lend()
    await region.close("2024-02-29")
    await region.close("2024-03-05")
    assert [one["status"] for one in await region.reminders(loan_id=loan)] == ["due"]
    await region.repay(loan, 100_00, "2024-03-06")

    assert counts(await region.close("2024-03-06")) == {"cancelled": 1}
    await region.close("2024-04-05")

    told = [(one["unpaid_since"], one["status"]) for one in await region.reminders(loan_id=loan)]
    assert told == [("2024-02-29", "cancelled"), ("2024-03-31", "due")]


async def test_a_promise_silences_reminders_until_it_is_broken(region: Region) -> None:
    loan = await region.lend()
    await region.close("2024-02-29")
    await region.close("2024-03-05")
    await region.promise(loan, promised_on="2024-03-06", due_on="2024-03-22", amount_cents=100_00)
    await region.repay(loan, 50_00, "2024-03-15")
    promised = (await region.read(f"loans/{loan}/promises"))["items"]

    closed = await region.close("2024-03-23")

    assert counts(closed) == {"cancelled": 1, "broken": 1, "reminders": 1}
    assert [one["status"] for one in promised] == ["broken"]
    assert ("promise.broken", "2024-03-22") in await region.told()
    assert counts(await region.close("2024-03-25")) == {}


async def test_money_that_arrives_late_keeps_the_promise_after_all(region: Region) -> None:
    loan = await region.lend()
    await region.close("2024-02-29")
    await region.promise(loan, promised_on="2024-03-06", due_on="2024-03-12", amount_cents=100_00)
    assert counts(await region.close("2024-03-13"))["broken"] == 1
    repaid = await region.repay(loan, 100_00, "2024-03-12")
    assert [one["status"] for one in (await region.read(f"loans/{loan}/promises"))["items"]] == ["kept"]
    await region.reverse(repaid["id"], "2024-03-20")

    assert [one["status"] for one in (await region.read(f"loans/{loan}/promises"))["items"]] == ["broken"]
    assert "broken" not in counts(await region.close("2024-03-22")), "it was said once"


async def test_two_instalments_of_one_day_are_noted_once_and_told_each(region: Region) -> None:
    """What an acceleration makes due joins what falls due that day anyway."""
    loan_id = await region.lend()
    notice = {"noticed_on": "2024-03-31", "reason": "Sans nouvelles"}
    called = await region.operator.post(f"/v1/loans/{loan_id}/acceleration", json=notice, headers=once())
    assert answered(called, 200)["arrears_cents"] == 1_200_00
    closed = await region.close("2024-03-31")
    assert counts(closed) == {"due": 2}
    assert set(await region.told()) == {("instalment.due", "2024-03-31")}
    assert counts(await region.close("2024-04-01")) == {"overdue": 2}


async def test_a_day_to_come_is_not_closed(region: Region) -> None:
    await region.lend()
    with pytest.raises(DateInTheFuture):
        await region.close("2024-07-01")


async def test_a_partner_and_a_funder_read_no_reminder(region: Region) -> None:
    await region.lend()
    await region.close("2024-03-01")
    for role, who in (("partner", {"regions": [region.region]}), ("funder", {"siren": "200053767"})):
        response = await region.api.as_(role, **who).get("/v1/reminders")  # type: ignore[arg-type]
        assert response.status_code == 403

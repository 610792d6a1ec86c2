"""Each eventful dossier, read back at the door as its operator would find it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from demonstration.eventful_dossiers import Event
from demonstration.seed_loans import seed
from services.kernel.calendar import today_in_paris
from services.loans.app import make_app
from services.runtime.settings import Demonstration, Settings
from tests.api import Api
from tests.conftest import make_database
from tests.graph import Json
from tests.services.loans.conftest import answered


class Desk:
    """An operator's, on a day on which the demonstration was told."""

    def __init__(self, api: Api) -> None:
        self.operator, self.today = api.as_("operator", regions=["84"]), today_in_paris()
        self.applications: dict[str, Json] = {}

    async def read(self, path: str, **asked: str) -> Json:
        return answered(await self.operator.get(f"/v1/{path}", params=asked), 200)

    async def open(self) -> None:
        listed = await self.read("applications", limit="100")
        assert listed["next"] is None
        self.applications = {item["number"]: item for item in listed["items"]}

    def application(self, event: Event) -> Json:
        return self.applications[f"DEMO-84-{event}"]

    async def loan(self, event: Event, what: str = "") -> Json:
        return await self.read(f"loans/{self.application(event)['loan_id']}{what}")


@pytest.fixture(scope="module")
async def desk(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    state = tmp_path_factory.mktemp("state")
    url = await make_database(server_url, f"essor_eventful_{uuid4().hex[:12]}", state)
    settings = Settings(
        state=state, database_url=url, rate_burst=1_000_000, entrepreneur_key="key of the tests"
    )
    async with Api.of(make_app(settings), settings) as api:
        made = Desk(api)
        await seed(api.database, Demonstration.SMALL, today=made.today, entrepreneur_key=b"key of the tests")
        await made.open()
        yield made


def test_all_are_on_the_first_page_under_their_numbers(desk: Desk) -> None:
    statuses = {event: desk.application(event)["status"] for event in Event}
    without_a_loan = {
        Event.DRAFT: "draft",
        Event.CANCELLED: "cancelled",
        Event.LAPSED: "lapsed",
        Event.GRANTED_BY_SESSION: "approved",
        Event.GRANTED_LESS: "approved",
        Event.REFUSED_BY_SESSION: "refused",
        Event.LEFT_TO_ANOTHER_SESSION: "under_review",
    }
    assert statuses == dict.fromkeys(Event, "disbursed") | without_a_loan


async def test_a_draft_says_what_it_lacks(desk: Desk) -> None:
    draft = await desk.read(f"applications/{desk.application(Event.DRAFT)['id']}")
    missing = {one["pointer"] for one in draft["missing"]}
    assert {"/amount_cents", "/months", "/entrepreneur/contract"} <= missing
    assert draft["purpose"]


@pytest.mark.parametrize(
    ("event", "causes"),
    [
        (Event.RESCHEDULED, ["disbursement", "rescheduling"]),
        (Event.SUSPENDED, ["disbursement", "suspension"]),
        (Event.PAID_EARLY, ["disbursement", "early_repayment"]),
        (Event.ACCELERATED, ["disbursement", "acceleration"]),
        (Event.IN_TRANCHES, ["disbursement"]),
    ],
)
async def test_schedules_follow_each_other(desk: Desk, event: Event, causes: list[str]) -> None:
    versions = (await desk.loan(event, "/schedules"))["schedules"]
    assert [version["cause"] for version in versions] == causes
    loan = await desk.loan(event)
    is_late = loan["days_late"] > 0
    assert is_late == (event is Event.ACCELERATED)
    assert loan["status"] == "active"
    if is_late:
        assert loan["arrears_cents"] == loan["outstanding_cents"] > 0


async def test_tranches_make_the_whole(desk: Desk) -> None:
    loan = await desk.loan(Event.IN_TRANCHES)
    cents = [tranche["amount_cents"] for tranche in loan["tranches"]]
    assert (len(cents), sum(cents)) == (3, loan["principal_cents"])


async def test_a_borrower_goes_to_another_cae_then_leaves_it(desk: Desk) -> None:
    stays = (await desk.loan(Event.MOVED))["stays"]
    assert [stay["ended_by"] for stay in stays] == ["move", "departure"]
    assert stays[0]["cae"]["siret"] != stays[1]["cae"]["siret"]


async def test_a_death_is_told_on_its_loan(desk: Desk) -> None:
    loan = await desk.loan(Event.BORROWER_DIED)
    assert [event["kind"] for event in loan["borrower_events"]] == ["death"]
    contacts = (await desk.loan(Event.BORROWER_DIED, "/contacts"))["items"]
    assert [contact["counterpart"] for contact in contacts] == ["heir"]


async def test_a_promise_is_pending_and_spares_its_borrower(desk: Desk) -> None:
    [promise] = (await desk.loan(Event.PROMISED, "/promises"))["items"]
    loan = await desk.loan(Event.PROMISED)
    assert (promise["status"], loan["days_late"]) == ("pending", 30)
    reminded = {one["loan_id"] for one in (await desk.read("reminders", limit="100"))["items"]}
    assert loan["id"] not in reminded


async def test_a_first_reminder_is_to_be_sent(desk: Desk) -> None:
    listed = (await desk.read("reminders", status="due", limit="100"))["items"]
    [reminder] = [one for one in listed if one["loan_id"] == desk.application(Event.REMINDED)["loan_id"]]
    assert (reminder["step"]["days"], reminder["days_late"]) == (5, 6)
    assert reminder["due_on"] == str(desk.today - timedelta(days=1))


async def test_a_declaration_waits_for_its_operator(desk: Desk) -> None:
    [declared] = (await desk.read("repayment-declarations", status="declared"))["items"]
    loan = await desk.loan(Event.DECLARED)
    assert (declared["loan_id"], declared["method"]) == (loan["id"], "payroll")
    assert declared["amount_cents"] == loan["arrears_cents"] > 0


async def test_a_session_is_sealed_and_leaves_one_dossier_to_the_next(desk: Desk) -> None:
    following, held = (await desk.read("committee-sessions"))["items"]
    assert (held["status"], following["status"]) == ("closed", "planned")
    minutes = await desk.operator.get(f"/v1/committee-sessions/{held['id']}/minutes")
    assert desk.application(Event.GRANTED_LESS)["number"] in minutes.text
    proof = await desk.read(f"committee-sessions/{held['id']}/minutes/proof")
    assert proof["stands"] is True
    agenda = (await desk.read(f"committee-sessions/{following['id']}"))["items"]
    left = desk.application(Event.LEFT_TO_ANOTHER_SESSION)["id"]
    assert [item["application_id"] for item in agenda] == [left]
    granted = await desk.read(f"applications/{desk.application(Event.GRANTED_BY_SESSION)['id']}")
    assert [one["lifted_on"] is not None for one in granted["conditions"]] == [True, False]
    less = await desk.read(f"applications/{desk.application(Event.GRANTED_LESS)['id']}")
    assert less["decision"]["amount_cents"] == 8_000_00 < less["amount_cents"]

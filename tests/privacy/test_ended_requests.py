"""Requests that a CAE gave up, and those that nobody decided: what is kept of them, and until when."""

from datetime import date, timedelta

from services.capital.usecases.expire_requests import expire_requests
from services.kernel.calendar import add_months, today_in_paris
from services.runtime.privacy.personal_data import ERASED_PERSON
from tests.factories import capital as bodies
from tests.privacy.conftest import Essor
from tests.privacy.stories import CAPITAL_REGION, Office, Person
from tests.privacy.test_export import exported
from tests.privacy.test_purge import LONG_AFTER, purge

DOCUMENT_MONTHS, IDENTITY_MONTHS = 6, 24


async def expired(essor: Essor, office: Office, person: Person, valid_days: int) -> tuple[str, date]:
    """A request of a scheme that lets its own expire, and the day on which it did."""
    scheme = bodies.scheme(
        region=CAPITAL_REGION, valid_from="2012-01-01", request_valid_days=valid_days, once_per_person=False
    )
    office.scheme_id = (await office.post("capital", "/schemes", scheme))["id"]
    top_up = await office.top_up(person)
    day = today_in_paris() + timedelta(days=valid_days + 1)
    async with essor.capital.database.of_all_tenants(client="worker") as session:
        assert await expire_requests(session, today=day) == 1
    return top_up, day


async def kept_until(essor: Essor, office: Office, person: Person, top_up: str, ended_on: date) -> None:
    """Its document for six months and its names for two years, each to the day."""
    read = await office.read("capital", f"/top-ups/{top_up}")
    assert read["decided_on"] == ended_on.isoformat()

    await purge(essor, add_months(ended_on, DOCUMENT_MONTHS) - timedelta(days=1))
    assert len((await office.read("capital", f"/top-ups/{top_up}/documents"))["items"]) == 1
    await purge(essor, add_months(ended_on, DOCUMENT_MONTHS))
    assert (await office.read("capital", f"/top-ups/{top_up}/documents"))["items"] == []

    await purge(essor, add_months(ended_on, IDENTITY_MONTHS) - timedelta(days=1))
    before = await office.read("capital", f"/top-ups/{top_up}")
    assert before["entrepreneur"]["family_name"] == person.word("Nom")
    await purge(essor, add_months(ended_on, IDENTITY_MONTHS))
    after = await office.read("capital", f"/top-ups/{top_up}")
    assert (after["entrepreneur"]["family_name"], after["reason"]) == (ERASED_PERSON, None)
    assert (after["status"], after["paid_up_cents"]) == (before["status"], before["paid_up_cents"])
    assert after["entrepreneur"]["id"] == before["entrepreneur"]["id"]


async def test_a_withdrawn_request_is_kept_from_the_day_it_was_given_up(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    top_up = await office.withdrawn_top_up(person)
    (dossier,) = (await exported(essor, person))["capital"]["dossiers"]
    assert (dossier["ending"], dossier["ended_on"]) == ("not_granted", today_in_paris())

    await kept_until(essor, office, person, top_up, today_in_paris())
    await purge(essor, LONG_AFTER)

    assert person.found_in(await essor.written()) == []


async def test_an_expired_request_is_kept_from_the_day_it_expired(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    top_up, ended_on = await expired(essor, office, person, valid_days=30)
    (dossier,) = (await exported(essor, person))["capital"]["dossiers"]
    assert (dossier["ending"], dossier["ended_on"]) == ("not_granted", ended_on)

    await kept_until(essor, office, person, top_up, ended_on)
    await purge(essor, LONG_AFTER)

    assert person.found_in(await essor.written()) == []


async def test_an_undecided_request_is_kept_whole(essor: Essor) -> None:
    office, person = essor.office(), Person()
    await office.open()
    top_up = await office.top_up(person)

    await purge(essor, LONG_AFTER)

    read = await office.read("capital", f"/top-ups/{top_up}")
    assert read["entrepreneur"]["family_name"] == person.word("Nom")
    assert len((await office.read("capital", f"/top-ups/{top_up}/documents"))["items"]) == 1

"""`essor privacy` as a person and a program call it, on a database of its own."""

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.capital.app import make_app as make_capital
from services.identity.app import open_database
from services.identity.usecases.add_client import add_client
from services.identity.usecases.list_clients import list_clients
from services.identity.usecases.revoke_client import revoke_client
from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.loans.app import make_app as make_loans
from services.runtime.settings import Settings
from tests.api import Api
from tests.cli.test_commands import essor
from tests.conftest import make_database
from tests.privacy.stories import CAPITAL_REGION, LOANS_REGION, Office, Person

KEY = "a key for tests"


@pytest.fixture(scope="module")
async def settings(server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    state = tmp_path_factory.mktemp("privacy-commands")
    url = await make_database(server_url, f"essor_privacy_commands_{worker_id}", state)
    return Settings(state=state, database_url=url, entrepreneur_key=KEY)


@pytest.fixture(scope="module")
async def person(settings: Settings) -> AsyncIterator[Person]:
    """Refused in 2014, and a loan repaid in 2015."""
    async with AsyncExitStack() as stack:
        apis = {
            "loans": await stack.enter_async_context(Api.of(make_loans(settings), settings)),
            "capital": await stack.enter_async_context(Api.of(make_capital(settings), settings)),
        }
        regions = [LOANS_REGION, CAPITAL_REGION]
        office = Office({name: api.as_("operator", regions=regions) for name, api in apis.items()})
        person = Person()
        await office.open()
        await office.refused(person)
        await office.repaid(person)
        yield person


def privacy(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return essor(
        "privacy",
        *arguments,
        state=settings.state,
        ESSOR_DATABASE_URL=str(settings.database_url),
        ESSOR_ENTREPRENEUR_KEY=KEY,
    )


def answer(settings: Settings, *arguments: str) -> Any:
    done = privacy(settings, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_person_is_exported_by_reference_or_by_id(settings: Settings, person: Person) -> None:
    by_reference = answer(settings, "export", f"{person.siren}:{person.reference}")
    by_id = answer(settings, "export", by_reference["entrepreneur_id"])
    assert by_reference["is_held"] is True
    assert [one["kind"] for one in by_reference["loans"]["dossiers"]] == ["application"] * 2 + ["loan"]
    assert by_reference["capital"]["dossiers"] == []
    assert {one["id"] for one in by_id["loans"]["dossiers"]} == {
        one["id"] for one in by_reference["loans"]["dossiers"]
    }
    assert answer(settings, "export", f"{person.siren}:nobody")["is_held"] is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "Awa Le Goff"), "SIREN:reference"),
        (("periods", "set", "contact", "--months", "6", "--from", "2020-01-01"), "is past"),
        (("periods", "set", "answer", "--months", "6", "--from", "2099-01-01"), "no service"),
    ],
)
def test_what_cannot_be_done_says_what_to_give(
    settings: Settings, arguments: tuple[str, ...], said: str
) -> None:
    done = privacy(settings, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_period_is_set_from_a_day_on_and_what_was_before_stays(settings: Settings) -> None:
    tomorrow = str(today_in_paris() + timedelta(days=1))
    arguments = ("set", "birth", "--months", "7", "--from", tomorrow, "--reason", "Décision", "--after")
    done = answer(settings, "periods", *arguments, "not_granted")
    assert done["services"] == ["loans", "capital"]
    held = answer(settings, "periods", "list")
    found = [
        (period["months"], period["reason"], period["is_in_force"])
        for period in held["capital"]
        if (period["category"], period["ending"]) == ("birth", "not_granted")
    ]
    assert found[0] == (7, "Décision", False), "tomorrow, not today"
    assert (found[1][0], found[1][2]) == (24, True)


def test_a_purge_is_shown_then_done_then_over(settings: Settings, person: Person) -> None:
    shown = answer(settings, "purge", "--dry-run")
    names = [
        found
        for found in shown["purged"]
        if (found["category"], found["table"]) == ("identity", "loans.applications")
    ]
    assert [(found["rows"], found["oldest_ended_on"]) for found in names] == [(2, "2014-01-10")]
    assert len(names[0]["dossiers"]) == 2

    read = privacy(settings, "purge", "--dry-run")
    assert "Essai à blanc" in read.stdout
    assert "membres du comité" in read.stdout
    assert answer(settings, "purge")["purged"] == shown["purged"], "and looking has changed nothing"
    assert "Rien n'a dépassé" in privacy(settings, "purge").stdout

    exported = answer(settings, "export", f"{person.siren}:{person.reference}")
    assert exported["is_held"] is True, "the id leads to what is left"
    assert person.found_in(json.dumps(exported["loans"], ensure_ascii=False)) == []
    proof = essor("ledger", "verify", state=settings.state, ESSOR_DATABASE_URL=str(settings.database_url))
    assert proof.returncode == 0, proof.stdout


async def test_a_purge_forgets_who_a_client_acted_for_once_it_has_long_ended(
    settings: Settings, person: Person
) -> None:
    """As long as dossiers name officers: ten years after a revocation, or after its end."""
    today = today_in_paris()
    ended = datetime(today.year - 11, 1, 1, tzinfo=UTC)
    database = open_database(settings)
    try:
        async with database.of_all_tenants() as session:
            for name, revoked_at in (("long-gone", ended), ("just-gone", datetime.now(UTC)), ("here", None)):
                caller = Caller(Role.OPERATOR, name, frozenset({"84"}), person=person.word(name))
                await add_client(session, caller, expires_at=None, at=ended - timedelta(days=30))
                if revoked_at is not None:
                    await revoke_client(session, name, at=revoked_at)
    finally:
        await database.close()

    shown = answer(settings, "purge", "--dry-run")
    names = await persons(settings)
    done = answer(settings, "purge")
    again = answer(settings, "purge")

    of_clients = [line for line in shown["purged"] if line["table"] == "identity.clients"]
    assert [(line["category"], line["rows"]) for line in of_clients] == [("officer", 1)]
    assert names["long-gone"] == person.word("long-gone"), "it was only shown"
    assert [line for line in done["purged"] if line["table"] == "identity.clients"] == of_clients
    assert [line for line in again["purged"] if line["table"] == "identity.clients"] == []
    kept = {name: person.word(name) for name in ("just-gone", "here")}
    assert await persons(settings) == {"long-gone": None, **kept}


async def persons(settings: Settings) -> dict[str, str | None]:
    database = open_database(settings)
    try:
        async with database.of_all_tenants(read_only=True) as session:
            return {client.caller.client: client.caller.person for client in await list_clients(session)}
    finally:
        await database.close()

"""An officer follows arrears: a week off and its catching up, a late payment, a broken promise, a crash."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from services.loans.persistence.tables import metadata
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.history.relay import relay
from services.runtime.settings import REPOSITORY
from tests.factories.capital import new_siren, siret_of
from tests.journeys.conftest import Caller, Essor

SECONDS = 120
Json = dict[str, Any]


def started(essor: Essor, *arguments: str) -> subprocess.Popen[str]:
    settings = essor.settings
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "essor"), *arguments],
        cwd=REPOSITORY,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("ESSOR_")},
            "ESSOR_STATE": str(settings.state),
            "ESSOR_DATABASE_URL": str(settings.database_url),
            "ESSOR_ENTREPRENEUR_KEY": str(settings.entrepreneur_key),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def closed(essor: Essor, region: str, until: str) -> Counter[str]:
    """What `essor loans close-day` says that it told, of all the days that it closed."""
    process = started(essor, "loans", "close-day", "--date", until, "--region", region, "--json")
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    told: Counter[str] = Counter()
    for day in json.loads(out)["closed"]:
        assert day.pop("region") == region
        told["days"] += 1
        told.update({name: count for name, count in day.items() if name != "day"})
    return +told


async def lend(operator: Caller, region: str) -> str:
    """1 200.00 over twelve months: 100.00 on the last day of each, from February 2024."""
    fund = await operator.post(
        "loans", "/funds", {"region": region, "name": f"Fonds {new_siren()}", "opened_on": "2020-01-01"}
    )
    funder = {"siren": "200053767", "name": "Région", "kind": "region"}
    contribution = {"funder": funder, "convention": "C", "amount_cents": 1_000_00_00, "paid_on": "2020-02-01"}
    await operator.post("loans", f"/funds/{fund['id']}/contributions", contribution)
    person = {
        "reference": "E1",
        "given_name": "Inès",
        "family_name": "Maître",
        "contract": {"kind": "CESA", "started_on": "2023-01-01"},
    }
    asked = {
        "fund_id": fund["id"],
        "cae": {"siret": siret_of(new_siren()), "name": "Oxalis"},
        "entrepreneur": person,
        "amount_cents": 1_200_00,
        "months": 12,
        "grace_months": 0,
        "purpose": "Un four",
    }
    application = (await operator.post("loans", "/applications", asked))["id"]
    present = [{"name": name, "organisation": "Région"} for name in ("Ada", "Léo", "Zoé")]
    committee = {
        "held_on": "2024-01-10",
        "present": present,
        "stood_aside": [],
        "votes_for": 3,
        "votes_against": 0,
    }
    decision = {"outcome": "approved", "committee": committee}
    for verb, body in (
        ("review", {}),
        ("decision", decision),
        ("signature", {"signed_on": "2024-01-20"}),
    ):
        await operator.post("loans", f"/applications/{application}/{verb}", body)
    paid_out = {"disbursed_on": "2024-01-31", "reference": "VIR"}
    return str((await operator.post("loans", f"/applications/{application}/disbursement", paid_out))["id"])


async def events(essor: Essor, operator: Caller) -> Counter[str]:
    """By type, once the worker's relay has passed."""
    database = Database(service_url("loans", essor.settings), essor.settings, metadata=metadata)
    try:
        await relay(database)
    finally:
        await database.close()
    kinds = "&".join(
        f"type={kind}" for kind in ("instalment.due", "instalment.overdue", "reminder.due", "promise.broken")
    )
    found: Counter[str] = Counter()
    page = await operator.get("loans", f"/events?limit=100&{kinds}")
    while page["items"]:
        found.update(item["type"] for item in page["items"])
        page = await operator.get("loans", f"/events?limit=100&{kinds}&after={page['next']}")
    return found


async def test_a_week_off_a_late_payment_and_a_broken_promise(essor: Essor) -> None:
    region = "01"
    async with essor.as_("operator", regions=[region]) as operator:
        loan = await lend(operator, region)
        assert closed(essor, region, "2024-02-28") == {"days": 1, "due": 1}

        assert closed(essor, region, "2024-03-06") == {"days": 7, "overdue": 1, "reminders": 1}
        assert closed(essor, region, "2024-03-06") == {}
        (reminder,) = (await operator.get("loans", f"/reminders?status=due&loan_id={loan}"))["items"]
        assert reminder["entrepreneur"]["family_name"] == "Maître"
        assert (reminder["step"]["days"], reminder["due_on"]) == (5, "2024-03-05")
        contact = {"contacted_on": "2024-03-07", "channel": "email", "note": "Promet pour le 15"}
        await operator.post("loans", f"/loans/{loan}/contacts", contact)
        done = {"done_on": "2024-03-07", "note": "Promet pour le 15"}
        await operator.post("loans", f"/reminders/{reminder['id']}/completion", done)
        promise = {"promised_on": "2024-03-07", "due_on": "2024-03-15", "amount_cents": 100_00}
        await operator.post("loans", f"/loans/{loan}/promises", promise)

        assert closed(essor, region, "2024-03-20") == {"days": 14, "broken_promises": 1, "reminders": 1}
        paid = {"amount_cents": 100_00, "paid_on": "2024-03-14", "method": "transfer", "reference": "R"}
        await operator.post("loans", f"/loans/{loan}/repayments", paid)
        (kept,) = (await operator.get("loans", f"/loans/{loan}/promises"))["items"]
        assert kept["status"] == "kept", "the payment was of the 14th, whenever it was recorded"

        assert closed(essor, region, "2024-03-26") == {"days": 6, "due": 1, "cancelled_reminders": 1}
        found = (await operator.get("loans", f"/reminders?loan_id={loan}"))["items"]
        assert [one["status"] for one in found] == ["done", "cancelled"]
        assert await events(essor, operator) == {
            "instalment.due": 2,
            "instalment.overdue": 1,
            "reminder.due": 2,
            "promise.broken": 1,
        }


async def test_a_close_that_is_killed_tells_each_thing_once(essor: Essor) -> None:
    region = "02"
    async with essor.as_("operator", regions=[region]) as operator:
        await lend(operator, region)
        assert closed(essor, region, "2024-02-01") == {"days": 1}
        for days_before_the_kill in (15, 30):
            process = started(essor, "loans", "close-day", "--date", "2024-05-31", "--region", region)
            assert process.stdout is not None
            for _ in range(days_before_the_kill):
                assert "region 02" in process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=SECONDS)

        rest = closed(essor, region, "2024-05-31")

        assert 0 < rest["days"] < 120 - 45 + 2
        assert await events(essor, operator) == {
            "instalment.due": 4,
            "instalment.overdue": 3,
            "reminder.due": 3,
        }

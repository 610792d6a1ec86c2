"""`essor loans`: what is done of loans day by day, beside the requests."""

import asyncio
from datetime import date, timedelta
from typing import Annotated

import typer

from cli.environment import owner_settings, prepare
from cli.terminal import AsJson, CommandError, Terminal
from services.kernel.calendar import today_in_paris
from services.kernel.regions import REGIONS
from services.loans.domain.daily_close import DailyClose
from services.loans.duties import close_days
from services.loans.persistence.tables import metadata
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="What is done of loans day by day.")


@app.callback()
def _loans() -> None:
    """Only the commands do anything."""


@app.command()
def close_day(
    day: Annotated[
        str | None,
        typer.Option("--date", help="Last day to close, YYYY-MM-DD. Default: yesterday, in Paris."),
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="INSEE code of a region; may be given again. Default: all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Close the days not closed yet: tell what falls due and what became overdue, and ask for reminders.

    Every day since the last one closed, in order; the first time, that day alone. Safe to run twice, from
    several places at once, and after being stopped half way. The worker does it by itself every day.

    Example: essor loans close-day --date 2026-03-31
    """
    today = today_in_paris()
    until = _date(day) if day else today - timedelta(days=1)
    if until > today:
        raise CommandError(f"--date {until} is still to come", advice="a day is closed once it has begun")
    regions = region or []
    if unknown := set(regions) - set(REGIONS):
        raise CommandError(f"--region {min(unknown)} is not the INSEE code of a region")
    terminal = Terminal(as_json)
    with owner_settings(Settings()) as settings:
        closed = asyncio.run(_close(settings, until, today, regions, terminal))
    terminal.answer(
        {"until": until, "closed": [_told(close) for close in closed]},
        lambda: terminal.say(f"closed until {until}, in {len(closed)} step(s)"),
    )


async def _close(
    settings: Settings, until: date, today: date, regions: list[str], terminal: Terminal
) -> list[DailyClose]:
    def progress(close: DailyClose) -> None:
        if close.closed_at is not None:
            counts = ", ".join(f"{count} {name}" for name, count in _counts(close).items())
            terminal.say(f"{close.day} region {close.region}: {counts}")

    await prepare(settings)
    database = Database(service_url("loans", settings), settings, metadata=metadata)
    try:
        return await close_days(
            database, until=until, today=today, client="command-line", regions=regions, progress=progress
        )
    finally:
        await database.close()


def _told(close: DailyClose) -> dict[str, object]:
    return {"day": close.day, "region": close.region, **_counts(close)}


def _counts(close: DailyClose) -> dict[str, int]:
    return {
        "due": close.due_count,
        "overdue": close.overdue_count,
        "reminders": close.reminder_count,
        "cancelled_reminders": close.cancelled_reminder_count,
        "broken_promises": close.broken_promise_count,
        "lapsed_offers": close.lapsed_offer_count,
    }


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--date {text} is not a date", advice="write it as 2026-03-31") from error

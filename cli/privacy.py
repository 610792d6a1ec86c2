"""`essor privacy`: what is held about a person, how long each thing is kept, and what is past its time."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from itertools import chain
from typing import Annotated, Any
from uuid import UUID

import typer

from cli.client_names import purge_client_names
from cli.environment import owner_settings, prepare
from cli.terminal import AsJson, CommandError, Terminal
from services.capital.persistence.documents import DOCUMENTS as CAPITAL_DOCUMENTS
from services.capital.persistence.personal_dossiers import KINDS as CAPITAL_KINDS
from services.kernel.calendar import today_in_paris
from services.kernel.identifiers import InvalidIdentifierError, entrepreneur_id, parse_siren
from services.kernel.language import Language, Word
from services.loans.persistence.documents import DOCUMENTS as LOANS_DOCUMENTS
from services.loans.persistence.personal_dossiers import KINDS as LOANS_KINDS
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.documents.check import Holding, remove_orphans
from services.runtime.documents.storage import DirectoryStorage
from services.runtime.privacy.person_export import export_person
from services.runtime.privacy.personal_data import Category
from services.runtime.privacy.personal_dossiers import DossierKind, Holder
from services.runtime.privacy.purge import Progress, Purged, Report
from services.runtime.privacy.retention import (
    LONGEST_MONTHS,
    Ending,
    Period,
    every_period,
    in_force,
    set_periods,
)
from services.runtime.privacy.whole_purge import purge_personal_data
from services.runtime.service import entrepreneur_key
from services.runtime.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="Personal data: what is held, how long, and what is past its time."
)
periods = typer.Typer(no_args_is_help=True, help="How long each category is kept: settings with a date.")
app.add_typer(periods, name="periods")

KINDS: dict[str, tuple[DossierKind, ...]] = {"loans": LOANS_KINDS, "capital": CAPITAL_KINDS}
DOCUMENTS = {"loans": LOANS_DOCUMENTS, "capital": CAPITAL_DOCUMENTS}
CLIENT = "command-line"


@app.command()
def export(
    person: Annotated[
        str,
        typer.Argument(
            help="The entrepreneur's id, or SIREN:reference as the CAE knows them.", metavar="PERSON"
        ),
    ],
    as_json: AsJson = True,  # noqa: ARG001 - as everywhere; this command answers nothing but JSON
) -> None:
    """Print, as JSON, everything that both services hold about one person, and nothing about others.

    Each dossier with its records, the category of each field and how long it is kept. The export stands in
    the audit trail of every dossier that it gives.

    Examples:
    essor privacy export 732829320:E-17

    """
    with owner_settings(Settings()) as settings:
        found = asyncio.run(_export(settings, _person(person, settings)))
    Terminal(as_json=True).answer(found, lambda: None)


@app.command()
def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show: remove nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove or pseudonymise what is past its period; with --dry-run show it first, by category and table.

    In small transactions, past dossiers that others hold: safe beside running services, safe to stop, safe to
    run twice. Amounts, dates of money and ids stay, and so does every sum.
    """
    terminal = Terminal(as_json)
    with owner_settings(Settings()) as settings, terminal.progress("purging") as progress:
        purged = asyncio.run(_purge(settings, progress, is_dry_run=dry_run))
    answer = {"dry_run": dry_run, "purged": [_as_json(found) for found in purged]}
    terminal.answer(answer, lambda: _show_purged(purged, terminal, is_dry_run=dry_run))


@periods.command("list")
def list_periods(as_json: AsJson = False) -> None:
    """Tell how long each category is kept, from which day, why, and what was in force before."""
    terminal = Terminal(as_json)
    with owner_settings(Settings()) as settings:
        found = asyncio.run(_periods(settings))
    today = today_in_paris()
    answer = {
        service: [_period_as_json(period, is_in_force=_is_in_force(period, held, today)) for period in held]
        for service, held in found.items()
    }
    terminal.answer(answer, lambda: _show_periods(found, terminal, today))


@periods.command("set")
def set_period(
    category: Annotated[Category, typer.Argument(help="Which category.")],
    months: Annotated[int, typer.Option(min=0, max=LONGEST_MONTHS, help="Months after the dossier's end.")],
    valid_from: Annotated[str, typer.Option("--from", help="The day from which it holds, YYYY-MM-DD.")],
    reason: Annotated[str, typer.Option(help="Why: it is shown beside the period.")] = "",
    after: Annotated[
        Ending | None, typer.Option(help="For dossiers that ended so. Default: both ways.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set how long a category is kept, in every service that holds it, from a day on.

    Example: essor privacy periods set contact --months 36 --from 2027-01-01
    """
    day, today = _date(valid_from), today_in_paris()
    if day < today:
        raise CommandError(
            f"--from {day} is past: what was in force stays what it was",
            advice=f"choose today, {today}, or later",
        )
    endings = [after] if after else list(Ending)
    given = [Period(category, ending, months, day, reason, CLIENT) for ending in endings]
    with owner_settings(Settings()) as settings:
        services = asyncio.run(_set_periods(settings, given))
    if not services:
        raise CommandError(f"no service holds the category {category.value} by dossier")
    Terminal(as_json).answer(
        {"services": services, "periods": [_period_as_json(period) for period in given]},
        lambda: Terminal().say(
            f"{_word(category)} : {months} mois à compter du {day:%d/%m/%Y} ({', '.join(services)})"
        ),
    )


async def _export(settings: Settings, person: UUID) -> dict[str, Any]:
    today = today_in_paris()
    async with _holders(settings) as holders:
        services = {
            holder.service: await export_person(holder, person, client=CLIENT, today=today)
            for holder in holders
        }
    is_held = any(service["dossiers"] for service in services.values())
    return {"entrepreneur_id": person, "exported_on": today, "is_held": is_held, **services}


async def _purge(settings: Settings, progress: Progress, *, is_dry_run: bool) -> list[Purged]:
    report, today = Report(), today_in_paris()
    async with _holders(settings) as holders:
        for holder in holders:
            await purge_personal_data(
                holder, report, client=CLIENT, today=today, is_dry_run=is_dry_run, progress=progress
            )
            if not is_dry_run:
                # The rows of documents are gone: what they held goes with them.
                storage = DirectoryStorage(settings.documents_directory, holder.service)
                await remove_orphans(Holding(holder.database, DOCUMENTS[holder.service], storage))
        await purge_client_names(settings, holders, report, today=today, is_dry_run=is_dry_run)
    return report.purged


async def _periods(settings: Settings) -> dict[str, list[Period]]:
    found = {}
    async with _holders(settings) as holders:
        for holder in holders:
            async with holder.database.of_all_tenants(read_only=True) as session:
                found[holder.service] = await every_period(session, holder.periods)
    return found


async def _set_periods(settings: Settings, given: list[Period]) -> list[str]:
    done = []
    async with _holders(settings) as holders:
        for holder in holders:
            if given[0].category not in set(holder.categories()):
                continue
            async with holder.database.of_all_tenants() as session:
                await set_periods(session, holder.periods, given)
            done.append(holder.service)
    return done


@asynccontextmanager
async def _holders(settings: Settings) -> AsyncIterator[list[Holder]]:
    await prepare(settings)
    holders = [
        Holder(Database(service_url(service, settings), settings, metadata=kinds[0].table.metadata), kinds)
        for service, kinds in KINDS.items()
    ]
    try:
        yield holders
    finally:
        for holder in holders:
            await holder.database.close()


def _person(given: str, settings: Settings) -> UUID:
    siren, separator, reference = given.partition(":")
    try:
        if not separator:
            return UUID(given)
        return entrepreneur_id(entrepreneur_key(settings), parse_siren(siren), reference)
    except InvalidIdentifierError as error:
        raise CommandError(f"the part before the colon is {error}") from error
    except ValueError as error:
        raise CommandError(
            "PERSON is an entrepreneur's id, or SIREN:reference", advice="for example 732829320:E-17"
        ) from error


def _date(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise CommandError(f"--from {given} is not a date", advice="write it as 2027-01-31") from error


def _is_in_force(period: Period, held: list[Period], today: date) -> bool:
    return in_force(held, today).get((period.category, period.ending)) == period


def _period_as_json(period: Period, **more: bool) -> dict[str, Any]:
    return {
        "category": period.category.value,
        "ending": period.ending.value,
        "months": period.months,
        "valid_from": period.valid_from,
        "reason": period.reason,
        "set_by": period.set_by,
        **more,
    }


def _as_json(found: Purged) -> dict[str, Any]:
    return {
        "service": found.service,
        "category": found.category.value,
        "table": found.table,
        "rows": found.rows,
        "oldest_ended_on": found.oldest_ended_on,
        "dossiers": sorted(found.dossiers),
    }


def _show_periods(found: dict[str, list[Period]], terminal: Terminal, today: date) -> None:
    """In French, as the rest of this page: it is the operator's data protection officer who reads it."""
    for service, held in found.items():
        rows = [
            (
                _word(period.category),
                _word(period.ending),
                f"{period.months} mois",
                f"{period.valid_from:%d/%m/%Y}",
                "oui" if _is_in_force(period, held, today) else "",
            )
            for period in held
        ]
        terminal.table(service, ["catégorie", "dossier", "durée", "depuis", "en vigueur"], rows)
        terminal.say("")
    reasons: defaultdict[str, set[str]] = defaultdict(set)
    for period in chain.from_iterable(found.values()):
        reasons[period.reason].add(f"{_word(period.category)} ({_word(period.ending)})")
    for reason, told in reasons.items():
        terminal.say(f"[bold]{reason or 'Sans raison donnée'}[/] : {', '.join(sorted(told))}")


def _show_purged(purged: list[Purged], terminal: Terminal, *, is_dry_run: bool) -> None:
    if not purged:
        terminal.say("Rien n'a dépassé sa durée de conservation.")
        return
    terminal.say(
        "[bold]Essai à blanc : rien n'est effacé.[/]" if is_dry_run else "[bold]Données effacées.[/]"
    )
    rows = [
        (
            _word(found.category),
            found.table,
            found.rows,
            len(found.dossiers),
            f"{found.oldest_ended_on:%d/%m/%Y}" if found.oldest_ended_on else "",
        )
        for found in purged
    ]
    terminal.table("", ["catégorie", "table", "lignes", "dossiers", "plus ancienne fin"], rows)


def _word(word: Word) -> str:
    return word.label.render(Language.FRENCH)

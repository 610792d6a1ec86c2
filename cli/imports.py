"""`essor import`: an existing portfolio, as operators have it."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.environment import owner_settings, prepare
from cli.terminal import SOME_FAILED, AsJson, CommandError, Terminal
from services.kernel.access import Caller, Role
from services.kernel.calendar import today_in_paris
from services.kernel.language import Language, euros
from services.kernel.regions import REGIONS
from services.loans.domain.portfolio.findings import Finding
from services.loans.persistence.tables import metadata
from services.loans.rest.imports import ImportAnswer
from services.loans.summing import sum_figures
from services.loans.usecases.import_portfolio import ImportPortfolio, ImportReport, import_portfolio
from services.runtime import interpreter
from services.runtime.database.roles import service_url
from services.runtime.database.transactions import Database
from services.runtime.service import entrepreneur_key
from services.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Bring in what operators keep in spreadsheets.")

LOANS_FILE, REPAYMENTS_FILE = "prets.csv", "remboursements.csv"
FILES = {"loans": LOANS_FILE, "repayments": REPAYMENTS_FILE}


@app.callback()
def _import() -> None:
    """Only the commands do anything."""


@app.command()
def loans(
    directory: Annotated[
        Path, typer.Argument(help=f"Where {LOANS_FILE} and {REPAYMENTS_FILE} are.", metavar="DIR")
    ],
    fund: Annotated[str, typer.Option(help="Name of the fund; it is made if the region has none so named.")],
    region: Annotated[str, typer.Option(help="INSEE code of the fund's region.")],
    as_of: Annotated[
        str | None, typer.Option(help="Date of the losses, YYYY-MM-DD. Default: the last repayment's.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report: record nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a portfolio of loans and their repayments, as an operator's spreadsheet exports it.

    UTF-8 or Windows-1252, semicolons, French dates and amounts. What cannot be taken is told line by line and
    the rest is imported; a second run imports nothing twice. Exit code 0 if all was taken, 1 if some lines
    were not.

    Example: essor import loans samples/portefeuille-84 --fund "Fonds régional" --region 84
    """
    if region not in REGIONS:
        raise CommandError(f"--region {region} is not the INSEE code of a region")
    order = ImportPortfolio(
        region=region,
        fund_name=fund,
        loans=_read(directory, LOANS_FILE),
        repayments=_read(directory, REPAYMENTS_FILE),
        as_of=_date(as_of),
        is_dry_run=dry_run,
    )
    terminal = Terminal(as_json)
    interpreter.settle()  # what is made by the million is not looked at again and again
    with owner_settings(Settings()) as settings, terminal.progress("importing") as progress:
        report = asyncio.run(_import_with(settings, order, progress))
    terminal.answer(
        ImportAnswer.of(report, Language.FRENCH).model_dump(mode="json"), lambda: _show(report, terminal)
    )
    if report.rejections:
        raise typer.Exit(SOME_FAILED)


async def _import_with(settings: Settings, order: ImportPortfolio, progress: Any) -> ImportReport:
    await prepare(settings)
    database = Database(service_url("loans", settings), settings, metadata=metadata)
    caller = Caller(Role.OPERATOR, "command-line", regions=frozenset({order.region}))
    try:
        async with database.transaction(caller) as session:
            report = await import_portfolio(
                session,
                caller,
                order,
                today=today_in_paris(),
                entrepreneur_key=entrepreneur_key(settings),
                progress=progress,
            )
        if not order.is_dry_run:
            await sum_figures(database, client="command-line")
        return report
    finally:
        await database.close()


def _read(directory: Path, name: str) -> bytes:
    try:
        return (directory / name).read_bytes()
    except OSError as error:
        raise CommandError(
            f"{directory / name}: {error.strerror}",
            advice=f"the directory has two files: {LOANS_FILE} and {REPAYMENTS_FILE}",
        ) from error


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(f"--as-of {text} is not a date", advice="write it as 2025-12-31") from error


def _show(report: ImportReport, terminal: Terminal) -> None:
    """In French: it is the operator who reads it, beside the spreadsheet."""
    if report.is_dry_run:
        terminal.say("[bold]Essai à blanc : rien n'est enregistré.[/]")
    terminal.facts(
        {
            "prêts repris": f"{report.loans_taken} ({report.loans_known} déjà connus)",
            "remboursements repris": f"{report.repayments_taken} ({report.repayments_known} déjà connus)",
            "recouvrements repris": report.recoveries_taken,
            "passages en perte": report.losses_taken,
        }
    )
    outcome = report.outcome
    terminal.say(f"\nSituation au {outcome.as_of:%d/%m/%Y} :")
    rate = outcome.repayment_rate.value
    terminal.facts(
        {
            "versé": euros(outcome.disbursed_cents),
            "remboursé": euros(outcome.repaid_cents),
            "encours": euros(outcome.outstanding_cents),
            "impayés": euros(outcome.arrears_cents),
            "passé en perte": euros(outcome.written_off_cents),
            "encours à plus de 30 jours de retard": euros(outcome.par_30_cents),
            "taux de remboursement": "sans objet" if rate is None else f"{rate} %".replace(".", ","),
        }
    )
    _show_findings("Lignes à vérifier", report.warnings, terminal)
    _show_findings("Lignes non reprises", report.rejections, terminal)


def _show_findings(title: str, findings: Sequence[Finding], terminal: Terminal) -> None:
    if findings:
        rows = [
            (FILES[finding.file.value], finding.line, finding.column, finding.reason(Language.FRENCH))
            for finding in findings
        ]
        terminal.say("")
        terminal.table(f"{title} ({len(findings)})", ["fichier", "ligne", "colonne", "raison"], rows)

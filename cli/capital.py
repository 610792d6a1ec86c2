"""`essor capital`: figures about top-ups that need no dossier."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from cli.terminal import AsJson, CommandError, Terminal
from services.capital.domain.budget_projection import (
    NOTE,
    Assumptions,
    Line,
    LineName,
    YearOfMeasures,
    bounds_of,
    project,
    year_by_year,
)
from services.kernel.language import Language, euros

app = typer.Typer(no_args_is_help=True, help="Figures about top-ups that need no dossier.")
BARS = {LineName.CAPITAL: "█", LineName.LOANS: "▓", LineName.SUPPORT: "▒", LineName.TRAINING: "░"}
CHART_WIDTH = 60
COLUMNS = ("line", "year", "formula", "note", "computed", "under the cap")
PERCENT_DECIMALS = 2


@app.callback()
def _capital() -> None:
    """Only the commands do anything."""


@app.command("project")
def project_command(
    assume: Annotated[
        list[str] | None,
        typer.Option(
            "--assume", help="An assumption as name=value; may be given again. Default: the note's."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute the cost table of the note of 2020, say where it does not follow, and draw 2020 to 2025.

    The assumptions are the parameters of GET /v1/budget-projection. The note says 2020 and 2025 only: the
    years between are on a straight line.

    Example: essor capital project --assume borrowing_percent=12.5 --assume caes=200
    """
    assumptions = _assumptions(assume or [])
    lines = project(assumptions)
    years = year_by_year(assumptions)
    terminal = Terminal(as_json)

    def show() -> None:
        terminal.table("", COLUMNS, [_row(line) for line in lines])
        for line in lines:
            for remark in line.remarks:
                terminal.say(f"{line.name} {line.year}: {remark.render(Language.ENGLISH)}")
        _draw(terminal, years)

    told = {
        "assumptions": asdict(assumptions),
        "lines": [_told(line) for line in lines],
        "years": [
            {"year": one.year, "total_cents": one.total_cents, "capped_cents": one.capped_cents}
            for one in years
        ],
    }
    terminal.answer(told, show)


def _assumptions(given: Sequence[str]) -> Assumptions:
    chosen = asdict(NOTE)
    for one in given:
        name, _, value = one.partition("=")
        if name not in chosen:
            known = ", ".join(field.name for field in fields(NOTE))
            raise CommandError(f"--assume {one}: no such assumption", advice=f"one of: {known}")
        chosen[name] = _value(one, name, value)
    return Assumptions(**chosen)


def _value(one: str, name: str, value: str) -> int | Decimal:
    least, most = bounds_of(name)
    is_percent = name.endswith("_percent")
    kind = f"with {PERCENT_DECIMALS} decimals at most" if is_percent else "a whole number"
    advice = f"{kind}, from {least} to {most}"
    try:
        number = Decimal(value) if is_percent else Decimal(int(value))
    except (InvalidOperation, ValueError) as error:
        raise CommandError(f"--assume {one} is not a number", advice=advice) from error
    if not number.is_finite() or not least <= number <= most or round(number, PERCENT_DECIMALS) != number:
        raise CommandError(f"--assume {one} cannot be", advice=advice)
    return number if is_percent else int(number)


def _row(line: Line) -> tuple[str, ...]:
    capped = "" if line.capped_cents is None else euros(line.capped_cents, Language.ENGLISH)
    formula = line.formula.render(Language.ENGLISH)
    note, computed = (euros(cents, Language.ENGLISH) for cents in (line.note_cents, line.computed_cents))
    return line.name.value, str(line.year), formula, note, computed, capped


def _told(line: Line) -> dict[str, object]:
    return {
        "line": line.name,
        "year": line.year,
        "formula": line.formula.render(Language.ENGLISH),
        "note_cents": line.note_cents,
        "computed_cents": line.computed_cents,
        "capped_cents": line.capped_cents,
        "fitting_base": line.fitting_base,
        "remark": " ".join(remark.render(Language.ENGLISH) for remark in line.remarks) or None,
    }


def _draw(terminal: Terminal, years: Sequence[YearOfMeasures]) -> None:
    terminal.say("")
    most_cents = max(one.total_cents for one in years) or 1
    for one in years:
        bar = "".join(
            BARS[name] * round(cents * CHART_WIDTH / most_cents) for name, cents in one.amounts_cents.items()
        )
        cut = ""
        if one.capped_cents != one.total_cents:
            cut = f" ({euros(one.capped_cents, Language.ENGLISH)} under the cap)"
        terminal.say(f"{one.year}  {bar}  {euros(one.total_cents, Language.ENGLISH)}{cut}")
    terminal.say("      " + "  ".join(f"{bar} {name.value}" for name, bar in BARS.items()))

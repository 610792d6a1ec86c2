"""`essor capital project`: the note's table and its chart, as a person or a program reads them."""

import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.terminal import CommandError
from tests.services.capital.domain.test_budget_projection import plain

RUNNER = CliRunner()


def printed(*arguments: str) -> str:
    done = RUNNER.invoke(app, ["capital", "project", *arguments], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return plain(done.output)


def test_the_table_is_told_with_what_does_not_follow() -> None:
    told = printed()

    assert "4,500 new members × €1,000.00" in told
    assert "loans 2020: The note's figure does not follow" in told
    assert "It would take 12,500 people instead of 12,000" in told
    assert "capital 2025: The cap of €20,000.00 per CAE leaves only €3,000,000.00" in told


def test_every_year_from_2020_to_2025_is_drawn() -> None:
    drawn = [line for line in printed().splitlines() if line[:4].isdigit() and "█" in line]

    assert [line[:4] for line in drawn] == ["2020", "2021", "2022", "2023", "2024", "2025"]
    assert drawn[0].endswith("€7,710,000.00")
    assert drawn[5].endswith("€10,770,000.00 (€9,270,000.00 under the cap)")
    assert [line.count("█") for line in drawn] == sorted(line.count("█") for line in drawn)
    assert drawn[5].count("█") == round(4_500_000 * 60 / 10_770_000)


def test_programs_read_one_value() -> None:
    told = json.loads(RUNNER.invoke(app, ["capital", "project", "--json", "--assume", "caes=225"]).stdout)

    assert told["assumptions"]["caes"] == 225
    assert told["lines"][1] == {
        "line": "capital",
        "year": 2025,
        "formula": "4,500 new members × €1,000.00",
        "note_cents": 450_000_000,
        "computed_cents": 450_000_000,
        "capped_cents": 450_000_000,
        "fitting_base": None,
        "remark": None,
    }
    assert told["years"][5] == {"year": 2025, "total_cents": 1_077_000_000, "capped_cents": 1_077_000_000}


def test_nothing_to_pay_is_drawn_too() -> None:
    names = ("mean_contribution_cents", "mean_loan_cents", "support_2020_cents", "support_2025_cents")
    zeros = [f"--assume={name}=0" for name in (*names, "training_2021_cents")]

    assert printed(*zeros).count("  €0.00\n") == 6


@pytest.mark.parametrize(
    "given",
    [
        "caes=0",
        "caes=10001",
        "caes=1.5",
        "cae=3",
        "caes",
        "borrowing_percent=nan",
        "borrowing_percent=10.555",
        "state_share_percent=101",
        "mean_loan_cents=-1",
        "mean_loan_cents=1e3",
    ],
)
def test_what_cannot_be_says_what_can(given: str) -> None:
    done = RUNNER.invoke(app, ["capital", "project", "--assume", given])

    assert isinstance(done.exception, CommandError)
    assert given in done.exception.message
    assert done.exception.advice

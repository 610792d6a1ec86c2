"""The import guide names every column and every reason that the importer knows."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from services.loans.domain.portfolio.findings import Defect, Doubt
from services.loans.domain.portfolio.sheet import LoanColumn, RepaymentColumn

PAGE = (Path(__file__).parents[2] / "docs" / "fr" / "import.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> set[str]:
    """What stands in backquotes in the first column under a heading."""
    section = PAGE.split(f"\n## {heading}\n" if f"\n## {heading}\n" in PAGE else f"\n### {heading}\n", 1)[1]
    section = re.split(r"\n##", section, maxsplit=1)[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return {name for cell in rows for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("heading", "columns"), [("prets.csv", LoanColumn), ("remboursements.csv", RepaymentColumn)]
)
def test_every_column_is_told(heading: str, columns: type[StrEnum]) -> None:
    assert first_cells(heading) == {column.value for column in columns}


def test_every_reason_is_told() -> None:
    assert first_cells("Ce qui n'est pas repris") == {code.value for code in (*Defect, *Doubt)}

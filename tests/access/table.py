"""The table of `docs/decisions/who-may-do-what.md`, as the walks read it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "decisions" / "who-may-do-what.md"
ROLES = ("operator", "funder", "cae", "partner", "admin")
ROW = re.compile(r"^\| `([^`]+)` \|(.+)\|$")


class Cell(StrEnum):
    YES = "yes"
    NO = "no"
    SHARE = "share"
    UNNAMED = "unnamed"
    NULL = "null"
    ANYONE = "anyone"


@dataclass(frozen=True, slots=True)
class Row:
    """`what` is `POST /v1/funds` or `Loan.borrower`; `Loan.*` is every field of the type not named itself."""

    what: str
    cells: dict[str, Cell]


def rows(section: str) -> dict[str, Row]:
    """Those under the heading of that name."""
    text = PAGE.read_text(encoding="utf-8")
    _, _, rest = text.partition(f"\n## {section}\n")
    assert rest, f"no section {section!r} in {PAGE.name}"
    body = rest.partition("\n## ")[0]
    found = {}
    for line in body.splitlines():
        matched = ROW.fullmatch(line.strip())
        if matched is None:
            continue
        what, told = matched[1], [Cell(cell.strip()) for cell in matched[2].split("|")]
        assert what not in found, f"{what} stands twice in {section!r}"
        found[what] = Row(what, dict(zip(ROLES, told, strict=True)))
    assert found, f"no row under {section!r}"
    return found

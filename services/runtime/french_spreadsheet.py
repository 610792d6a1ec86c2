"""Tables as French officers open them: `;`, decimal commas, and a mark that tells spreadsheets of accents."""

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets read accents wrong
FORMULA_MARKS = ("=", "+", "-", "@", "\t")


def written(rows: Iterable[Sequence[str]]) -> str:
    table = io.StringIO()
    csv.writer(table, delimiter=";", lineterminator="\r\n").writerows(rows)
    return BYTE_ORDER_MARK + table.getvalue()


def euros(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole},{rest:02d}"


def as_text(name: str) -> str:
    """What a spreadsheet would take for a formula is only a name."""
    return f"'{name}" if name.startswith(FORMULA_MARKS) else name

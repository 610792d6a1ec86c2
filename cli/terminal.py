"""What a command shows: sentences and tables for people, one JSON value with `--json` for programs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Answer one JSON value, for programs.")]

OK, SOME_FAILED, CANNOT = 0, 1, 2


class CommandError(Exception):
    """Something that the person at the terminal can act on; the command ends with exit code 2."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message, self.advice = message, advice


@dataclass
class Terminal:
    as_json: bool = False
    out: Console = field(default_factory=lambda: Console(soft_wrap=True))
    err: Console = field(default_factory=lambda: Console(stderr=True, soft_wrap=True))

    def say(self, text: str) -> None:
        """For people only; on the error stream with `--json`, so that the output stays one value."""
        (self.err if self.as_json else self.out).print(text, highlight=False)

    def answer(self, value: Any, show: Callable[[], None]) -> None:
        if self.as_json:
            print(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2).decode(), flush=True)
        else:
            show()

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        table = Table(title=title or None, title_justify="left", show_edge=False, pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold")  # a name cut short is no name
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
        self.out.print(table)

    def facts(self, facts: Mapping[str, object]) -> None:
        width = max(map(len, facts))
        for name, value in facts.items():
            self.out.print(f"  [dim]{name:<{width}}[/]  {value}", highlight=False)

    @contextmanager
    def progress(self, description: str) -> Iterator[Callable[[int, int], None]]:
        """Gives `tell(done, total)`. Where no person watches, only the end is said."""
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.err,
            disable=not self.err.is_terminal,
        )
        with bar:
            task = bar.add_task(description, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

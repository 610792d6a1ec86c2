"""The lines of repayments that a portfolio holds until their loan's turn comes: by the hundred thousand.

As objects each would take ten times the bytes that it has in its file. Here a line is six whole numbers, of
four bytes where neither a day nor a place in a file needs more.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import overload

from services.loans.domain.repayment import PaymentMethod

METHODS = tuple(PaymentMethod)
PLACE_OF_METHOD = {method: place for place, method in enumerate(METHODS)}


@dataclass(frozen=True, slots=True)
class RepaymentLine:
    line: int
    number: str
    amount_cents: int
    paid_on: date
    method: PaymentMethod


class RepaymentLines(Sequence[RepaymentLine]):
    """In the order of the file; `of` gives those of one loan."""

    def __init__(self) -> None:
        self._lines, self._amounts = array("i"), array("q")
        self._days, self._methods = array("i"), array("b")
        self._loans = array("i")
        self._numbers: list[str] = []
        self._by_number: dict[str, tuple[int, array[int]]] = {}

    def add(self, line: RepaymentLine) -> None:
        held = self._by_number.get(line.number)
        if held is None:
            held = self._by_number[line.number] = (len(self._numbers), array("i"))
            self._numbers.append(line.number)
        rank, places = held
        places.append(len(self._lines))
        self._lines.append(line.line)
        self._amounts.append(line.amount_cents)
        self._days.append(line.paid_on.toordinal())
        self._methods.append(PLACE_OF_METHOD[line.method])
        self._loans.append(rank)

    @property
    def numbers(self) -> Sequence[str]:
        """Of the loans that they speak of, each once."""
        return self._numbers

    def of(self, number: str) -> list[RepaymentLine]:
        _, places = self._by_number.get(number, (0, ()))
        return [self._at(place) for place in places]

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[RepaymentLine]:
        return map(self._at, range(len(self)))

    @overload
    def __getitem__(self, place: int) -> RepaymentLine: ...

    @overload
    def __getitem__(self, place: slice) -> list[RepaymentLine]: ...

    def __getitem__(self, place: int | slice) -> RepaymentLine | list[RepaymentLine]:
        if isinstance(place, slice):
            return [self._at(one) for one in range(*place.indices(len(self)))]
        return self._at(range(len(self))[place])

    def _at(self, place: int) -> RepaymentLine:
        return RepaymentLine(
            self._lines[place],
            self._numbers[self._loans[place]],
            self._amounts[place],
            date.fromordinal(self._days[place]),
            METHODS[self._methods[place]],
        )

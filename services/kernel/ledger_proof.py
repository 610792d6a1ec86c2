"""What a proof of a ledger tells: what was compared, and what differs. Nothing that differs is right."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """`check` is the question, `subject` what it is about; a side that is missing is 0 cents."""

    check: str
    subject: str
    expected_cents: int
    found_cents: int


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """`compared`: how many rows of each kind there were."""

    compared: Mapping[str, int]
    differences: tuple[Difference, ...]

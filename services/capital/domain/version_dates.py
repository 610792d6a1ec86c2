"""Versions follow each other day by day, and one in use is not changed, only succeeded."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from services.capital.domain.refusals import (
    VersionDateTaken,
    VersionGap,
    VersionInUse,
    VersionLeavesRequests,
    VersionOverlap,
)
from services.capital.domain.schemes import Version, version_applying

ONE_DAY = timedelta(days=1)


def check_succession(versions: Iterable[Version]) -> None:
    """A version that says its last day is followed the day after; another lasts until the next starts."""
    for earlier, later in pairwise(sorted(versions, key=lambda version: version.valid_from)):
        if later.valid_from == earlier.valid_from:
            raise VersionDateTaken(valid_from=later.valid_from)
        if earlier.valid_until is None:
            continue
        expected_on = earlier.valid_until + ONE_DAY
        if later.valid_from < expected_on:
            raise VersionOverlap(
                valid_from=later.valid_from,
                earlier_from=earlier.valid_from,
                earlier_until=earlier.valid_until,
                expected_on=expected_on,
            )
        if later.valid_from > expected_on:
            raise VersionGap(
                first_day_on=expected_on, last_day_on=later.valid_from - ONE_DAY, expected_on=expected_on
            )


def require_rules_for(versions: Sequence[Version], paid_up_on: Iterable[date]) -> None:
    """An end that is voted late may leave open requests behind it."""
    left = [day for day in paid_up_on if version_applying(versions, day) is None]
    if left:
        raise VersionLeavesRequests(requests=len(left), first_day_on=min(left), last_day_on=max(left))


def require_unused(version: Version, *, requests: int, today: date) -> None:
    """Nobody may have counted on rules that are replaced: not a request, not a day that is past."""
    if requests > 0 or version.valid_from < today:
        raise VersionInUse(valid_from=version.valid_from, requests=requests, today=today)

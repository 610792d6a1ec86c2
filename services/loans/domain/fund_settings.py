"""A fund's settings over time: a change holds from its date, and no version that was lived under is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.loans.domain.fund_refusals import SettingsNotLater
from services.loans.domain.terms import FundSettings


@dataclass(frozen=True, slots=True)
class DatedSettings:
    """`version` counts from 1 in its fund; it holds from `valid_from` until the next one does."""

    version: int
    valid_from: date
    settings: FundSettings
    recorded_at: datetime


Versions = tuple[DatedSettings, ...]


def first_version(settings: FundSettings, opened_on: date, recorded_at: datetime) -> DatedSettings:
    return DatedSettings(1, opened_on, settings, recorded_at)


def in_force(versions: Sequence[DatedSettings], on: date) -> DatedSettings:
    """The last one to hold on a day; before the fund opened, its first."""
    held = [version for version in versions if version.valid_from <= on]
    return max(held or versions[:1], key=lambda version: version.version)


def next_version(
    versions: Sequence[DatedSettings],
    settings: FundSettings,
    *,
    valid_from: date,
    recorded_at: datetime,
    today: date,
) -> DatedSettings:
    """The version that a change makes: after the last one; or in its place, if that one is still to come.

    A version that holds is never replaced: somebody may have been decided under it.
    """
    last = versions[-1]
    if valid_from == last.valid_from > today:
        return replace(last, settings=settings, recorded_at=recorded_at)
    if valid_from <= last.valid_from:
        raise SettingsNotLater(version=last.version, last_valid_from=last.valid_from, valid_from=valid_from)
    return DatedSettings(last.version + 1, valid_from, settings, recorded_at)

"""How much there is to show: all of it, or a few dossiers of each kind for tests."""

from dataclasses import dataclass
from datetime import date

YEARS_BEFORE = 3
FEWEST_APPLICATIONS = 12
RECENT_DAYS = 60
"""Dossiers of the last weeks are told act by act; older loans come as an operator's yearly exports."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers for the three funds together, a year; recent; for the scheme, in all."""

    loans_a_year: int
    recent_applications: int
    top_up_requests: int

    def loans_of(self, share: int) -> int:
        """A year's loans of a fund that makes that percentage of them."""
        return max(1, self.loans_a_year * share // 100)

    def applications_of(self, share: int) -> int:
        """At least one at every stage."""
        return max(FEWEST_APPLICATIONS, self.recent_applications * share // 100)


FULL = Scale(loans_a_year=1_200, recent_applications=120, top_up_requests=640)
SMALL = Scale(loans_a_year=12, recent_applications=24, top_up_requests=24)


def first_year(today: date) -> int:
    return today.year - YEARS_BEFORE

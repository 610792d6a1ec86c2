"""What must be true of a scheme, in SQL and to the cent, whatever several clients did with it at once.

The oracle knows the rules by itself: it reads what the database holds and works each award out again in whole
numbers, with none of the service's own functions.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

NOT_COUNTED = ("requested", "waiting", "refused", "withdrawn", "expired", "cancelled")
FLOOR_CENTS, CEILING_CENTS = 1_000_00, 2_000_00

COUNTERS = """
    SELECT cae_siren, period, used_cents, cap_cents AS limit_cents FROM capital.cae_caps WHERE scheme_id = $1
     UNION ALL
    SELECT NULL, period, used_cents, budget_cents FROM capital.scheme_budgets WHERE scheme_id = $1
"""
TOP_UPS = "SELECT * FROM capital.top_ups WHERE scheme_id = $1 ORDER BY id"
UNBALANCED = """
    SELECT entry.id
      FROM capital.journal_entries entry JOIN capital.postings posting ON posting.entry_id = entry.id
     WHERE entry.scheme_id = $1 GROUP BY entry.id HAVING sum(posting.amount_cents) <> 0
"""
ACCOUNTS = """
    SELECT posting.account, sum(posting.amount_cents)::bigint AS cents
      FROM capital.journal_entries entry JOIN capital.postings posting ON posting.entry_id = entry.id
     WHERE entry.scheme_id = $1 GROUP BY posting.account
"""


@dataclass(frozen=True)
class Held:
    """All that the database holds of a scheme."""

    top_ups: Sequence[Mapping[str, Any]]
    counters: Mapping[tuple[str | None, str], int]
    unbalanced: Sequence[UUID]
    accounts: Mapping[str, int]

    @property
    def counted(self) -> list[Mapping[str, Any]]:
        return [top_up for top_up in self.top_ups if top_up["status"] not in NOT_COUNTED]

    def used(self, cae: str | None, period: str) -> int:
        """What a cap, or the budget (no CAE), has given or keeps for requests, net of what came back."""
        return sum(
            cents
            for siren, counted_on, cents in self._taken()
            if cae in (None, siren) and period in ("scheme", str(counted_on.year))
        )

    def _taken(self) -> Iterator[tuple[str, date, int]]:
        for top_up in self.counted:
            net_cents = top_up["award_cents"] - top_up["clawed_back_cents"]
            yield top_up["cae_siren"], top_up["decided_on"], net_cents
        for top_up in self.top_ups:
            if top_up["reserved_cents"] is not None:
                yield top_up["cae_siren"], top_up["reserved_on"], top_up["reserved_cents"]

    @property
    def years(self) -> set[str]:
        return {str(counted_on.year) for _, counted_on, _ in self._taken()}


async def held(owner_url: str, scheme_id: str) -> Held:
    owner = await asyncpg.connect(owner_url)
    try:
        await owner.execute("SELECT set_config('essor.role', 'system', false)")
        counters = await owner.fetch(COUNTERS, UUID(scheme_id))
        return Held(
            await owner.fetch(TOP_UPS, UUID(scheme_id)),
            {(row["cae_siren"], row["period"]): row["used_cents"] for row in counters},
            [row["id"] for row in await owner.fetch(UNBALANCED, UUID(scheme_id))],
            {row["account"]: row["cents"] for row in await owner.fetch(ACCOUNTS, UUID(scheme_id))},
        )
    finally:
        await owner.close()


def check(now: Held, versions: Sequence[Mapping[str, Any]]) -> None:
    """Counters equal the awards; no limit that any version ever set is passed; the journal says the same."""
    for (cae, period), used_cents in now.counters.items():
        assert used_cents == now.used(cae, period), (cae, period)
    for cae in {top_up["cae_siren"] for top_up in now.counted}:
        _check_limit(now, cae, versions, "cae_cap_cents", "cap_period")
    _check_limit(now, None, versions, "budget_cents", "budget_period")
    assert now.unbalanced == []
    paid = [top_up for top_up in now.counted if top_up["status"] != "granted"]
    came_back_cents = sum(top_up["clawed_back_cents"] for top_up in paid)
    assert now.accounts.get("awards", 0) == sum(top_up["award_cents"] for top_up in now.counted)
    assert now.accounts.get("cash", 0) == came_back_cents - sum(top_up["award_cents"] for top_up in paid)
    persons: dict[UUID, int] = defaultdict(int)
    for top_up in now.counted:
        persons[top_up["entrepreneur_id"]] += top_up["is_sole_award"]
        assert FLOOR_CENTS <= top_up["award_cents"] <= min(top_up["paid_up_cents"], CEILING_CENTS)
    assert max(persons.values(), default=0) <= 1


def _check_limit(
    now: Held, cae: str | None, versions: Sequence[Mapping[str, Any]], limit: str, kind: str
) -> None:
    """The dearest limit of all versions bounds what they gave together, if all of them count alike."""
    if len({version[kind] for version in versions}) > 1 or any(
        version[limit] is None for version in versions
    ):
        return
    highest = max(version[limit] for version in versions)
    for period in now.years if versions[0][kind] == "calendar_year" else {"scheme"}:
        assert now.used(cae, period) <= highest, (cae, period)


def award_of(
    now: Held, versions: Sequence[Mapping[str, Any]], top_up: Mapping[str, Any], decided_on: date
) -> int:
    """What a grant of this request must give at this moment, by the version of its payment's day."""
    version = max(
        (
            version
            for version in versions
            if date.fromisoformat(version["valid_from"]) <= top_up["paid_up_on"]
        ),
        key=lambda version: str(version["valid_from"]),
    )
    if version["once_per_person"] and any(
        other["entrepreneur_id"] == top_up["entrepreneur_id"] for other in now.counted
    ):
        return 0
    if top_up["paid_up_cents"] < FLOOR_CENTS:
        return 0
    entitled = int(min(top_up["paid_up_cents"], CEILING_CENTS))
    lefts = [
        _left(now, version, top_up, decided_on, *limit)
        for limit in (
            (top_up["cae_siren"], "cae_cap_cents", "cap_period"),
            (None, "budget_cents", "budget_period"),
        )
        if version[limit[1]] is not None
    ]
    left = min(lefts, default=entitled)
    if entitled <= left:
        return entitled
    return left if version["partial_awards"] and left >= FLOOR_CENTS else 0


def _left(
    now: Held,
    version: Mapping[str, Any],
    top_up: Mapping[str, Any],
    decided_on: date,
    cae: str | None,
    limit: str,
    kind: str,
) -> int:
    """What others leave, and what the request keeps itself in the same period."""
    period = str(decided_on.year) if version[kind] == "calendar_year" else "scheme"
    kept_on = top_up["reserved_on"]
    own = int(top_up["reserved_cents"]) if kept_on and period in ("scheme", str(kept_on.year)) else 0
    return own + max(int(version[limit]) - now.used(cae, period), 0)

"""One version of a scheme's rules, from its columns and back."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from services.capital.domain.schemes import (
    BelowFloor,
    ClawbackRule,
    ContributionBasis,
    FunderShare,
    Period,
    PriorityGroup,
    ReservesAt,
    Scheme,
    Version,
)
from services.kernel.identifiers import Siren, Siret

NO_GROUPS = "[]"


def version_values(scheme: Scheme, version: Version) -> dict[str, Any]:
    return {
        "id": version.id,
        "scheme_id": scheme.id,
        "created_at": version.created_at,
        "region": scheme.region,
        "funder_sirens": scheme.funder_sirens,
        **rule_values(version),
    }


def rule_values(version: Version) -> dict[str, Any]:
    """The columns that say what the version's rules are, without its funders."""
    return {
        "valid_from": version.valid_from,
        "valid_until": version.valid_until,
        "floor_cents": version.floor_cents,
        "ceiling_cents": version.ceiling_cents,
        "match_ratio": version.match_ratio,
        "below_floor": version.below_floor.value,
        "contribution_basis": version.contribution_basis.value,
        "priority_groups": [_group_values(group) for group in version.priority_groups],
        "cae_cap_cents": version.cae_cap_cents,
        "cap_period": version.cap_period.value,
        "partial_awards": version.partial_awards,
        "once_per_person": version.once_per_person,
        "budget_cents": version.budget_cents,
        "budget_period": version.budget_period.value,
        "reserves_at": version.reserves_at.value,
        "waiting_list": version.waiting_list,
        "request_window_months": version.request_window_months,
        "request_valid_days": version.request_valid_days,
        "min_membership_months": version.min_membership_months,
        "follow_up_months": list(version.follow_up_months),
        "clawback_rule": version.clawback_rule.value,
        "waiver_by_another": version.waiver_by_another,
    }


def funder_values(scheme: Scheme, version: Version) -> list[dict[str, Any]]:
    return [
        {
            "version_id": version.id,
            "rank": rank,
            "siren": funder.siren,
            "siret": funder.siret,
            "name": funder.name,
            "share_percent": funder.percent,
            "region": scheme.region,
            "funder_sirens": scheme.funder_sirens,
        }
        for rank, funder in enumerate(version.funders, start=1)
    ]


def to_version(row: Row[Any], funders: tuple[FunderShare, ...]) -> Version:
    return Version(
        id=row.id,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        floor_cents=row.floor_cents,
        ceiling_cents=row.ceiling_cents,
        match_ratio=row.match_ratio,
        below_floor=BelowFloor(row.below_floor),
        contribution_basis=ContributionBasis(row.contribution_basis),
        priority_groups=_to_groups(row.priority_groups),
        cae_cap_cents=row.cae_cap_cents,
        cap_period=Period(row.cap_period),
        partial_awards=row.partial_awards,
        once_per_person=row.once_per_person,
        budget_cents=row.budget_cents,
        budget_period=Period(row.budget_period),
        reserves_at=ReservesAt(row.reserves_at),
        waiting_list=row.waiting_list,
        request_window_months=row.request_window_months,
        request_valid_days=row.request_valid_days,
        min_membership_months=row.min_membership_months,
        follow_up_months=tuple(row.follow_up_months),
        clawback_rule=ClawbackRule(row.clawback_rule),
        waiver_by_another=row.waiver_by_another,
        funders=funders,
        created_at=row.created_at,
    )


def to_share(row: Row[Any]) -> FunderShare:
    """Of a row in which the funder's columns stand beside the version's."""
    siret = None if row.funder_siret is None else Siret(row.funder_siret)
    return FunderShare(Siren(row.funder_siren), row.funder_name, row.share_percent, siret)


def _group_values(group: PriorityGroup) -> dict[str, Any]:
    """A ratio is written as text: a JSON reader would make a float of it."""
    return {
        "criterion": group.criterion,
        "label": group.label,
        "ceiling_cents": group.ceiling_cents,
        "match_ratio": None if group.match_ratio is None else str(group.match_ratio),
    }


def _to_groups(stored: str | Sequence[dict[str, Any]]) -> tuple[PriorityGroup, ...]:
    """A statement written as text is given JSON as text."""
    if stored == NO_GROUPS:  # nearly always, and in the way of every grant
        return ()
    groups = json.loads(stored) if isinstance(stored, str) else stored
    return tuple(
        PriorityGroup(
            group["criterion"],
            group["label"],
            group["ceiling_cents"],
            None if group["match_ratio"] is None else Decimal(group["match_ratio"]),
        )
        for group in groups
    )

"""Bodies of capital calls, whole by default; a test names only what it is about."""

import random
from typing import Any
from uuid import uuid4

from stdnum import luhn

REGION_SIREN, BPIFRANCE = "200053759", "320252489"


def new_siren() -> str:
    """A SIREN that no other test uses."""
    digits = f"{random.randrange(10**8):08d}"  # noqa: S311 - no secret
    return digits + luhn.calc_check_digit(digits)


def siret_of(siren: str, establishment: int = 1) -> str:
    digits = f"{siren}{establishment:04d}"
    return digits + luhn.calc_check_digit(digits)


def version(**changed: Any) -> dict[str, Any]:
    """1 000 to 2 000 EUR for one euro each, 20 000 EUR per CAE over the scheme's life."""
    return {
        "valid_from": "2020-01-01",
        "floor_cents": 1_000_00,
        "ceiling_cents": 2_000_00,
        "match_ratio": 1,
        "below_floor": "nothing",
        "cae_cap_cents": 20_000_00,
        "cap_period": "scheme",
        "partial_awards": False,
        "once_per_person": True,
        "budget_cents": None,
        "budget_period": "scheme",
        "funders": [
            {"siren": REGION_SIREN, "name": "Région Nouvelle-Aquitaine", "share_percent": 80},
            {"siren": BPIFRANCE, "name": "Bpifrance", "share_percent": 20},
        ],
    } | changed


def scheme(*, region: str = "75", **changed: Any) -> dict[str, Any]:
    return {"region": region, "name": "Abondement au capital des CAE", "version": version(**changed)}


def person(reference: str | None = None, **changed: Any) -> dict[str, Any]:
    return {
        "reference": reference or str(uuid4()),
        "given_name": "Awa",
        "family_name": "Le Goff",
        "contract": {"kind": "CESA", "started_on": "2025-03-01"},
    } | changed


def top_up(
    scheme_id: str,
    siren: str,
    *,
    paid_up_cents: int = 2_000_00,
    paid_up_on: str = "2026-01-15",
    reference: str | None = None,
    establishment: int = 1,
    **changed: Any,
) -> dict[str, Any]:
    return {
        "scheme_id": scheme_id,
        "cae": {"siret": siret_of(siren, establishment), "name": "Coopérative Tournesol"},
        "entrepreneur": person(reference),
        "subscribed_cents": paid_up_cents,
        "paid_up_cents": paid_up_cents,
        "paid_up_on": paid_up_on,
    } | changed


def grant(decided_on: str = "2026-02-01", **changed: Any) -> dict[str, Any]:
    return {"decided_on": decided_on, "reference": "CP 2026-02 n° 12"} | changed

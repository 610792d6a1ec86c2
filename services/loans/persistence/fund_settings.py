"""The versions of funds' settings, as rows."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import Siren
from services.loans.domain.fund_settings import DatedSettings, Versions
from services.loans.domain.funders import FunderKind
from services.loans.domain.target_shares import TargetShare
from services.loans.domain.terms import EligibleContract, FundSettings
from services.loans.persistence.tables import FundSettingsRow
from services.loans.persistence.wide_statements import table_of
from services.runtime.database.written_once import WrittenOnce, given

SETTINGS = table_of(FundSettingsRow)
OF_VERSION = (
    SETTINGS.c.fund_id,
    SETTINGS.c.version,
    SETTINGS.c.valid_from,
    SETTINGS.c.created_at.label("recorded_at"),
    *(SETTINGS.c[name] for name in FundSettings.__dataclass_fields__),
)
"""Each by a name that no column of a fund has."""
OF_FUNDS = WrittenOnce(
    select(*OF_VERSION)
    .where(SETTINGS.c.fund_id == any_(given("fund_ids", ARRAY(Uuid()))))
    .order_by(SETTINGS.c.fund_id, SETTINGS.c.version)
)


async def add(session: AsyncSession, fund_id: UUID, region: str, dated: DatedSettings) -> None:
    await session.execute(
        insert(SETTINGS).values(
            fund_id=fund_id,
            region=region,
            version=dated.version,
            valid_from=dated.valid_from,
            created_at=dated.recorded_at,
            **_values(dated.settings),
        )
    )


async def replace(session: AsyncSession, fund_id: UUID, dated: DatedSettings) -> None:
    """Of a version still to come; the database refuses any other."""
    await session.execute(
        update(SETTINGS)
        .where(SETTINGS.c.fund_id == fund_id, SETTINGS.c.version == dated.version)
        .values(created_at=dated.recorded_at, **_values(dated.settings))
    )


async def of_funds(session: AsyncSession, fund_ids: Collection[UUID]) -> dict[UUID, Versions]:
    """From the first; every fund asked for is a key."""
    versions: dict[UUID, Versions] = dict.fromkeys(fund_ids, ())
    for row in await OF_FUNDS.rows(session, fund_ids=list(fund_ids)):
        versions[row.fund_id] += (to_dated(row),)
    return versions


def _values(settings: FundSettings) -> dict[str, object]:
    eligible = settings.eligible_contracts
    return {
        **{name: getattr(settings, name) for name in FundSettings.__dataclass_fields__},
        "eligible_contracts": None if eligible is None else sorted(kind.value for kind in eligible),
        "target_shares": [
            {"percent": target.percent, "kind": target.kind and target.kind.value, "siren": target.siren}
            for target in settings.target_shares
        ],
    }


def to_dated(row: Any) -> DatedSettings:
    eligible = row.eligible_contracts
    settings = FundSettings(
        **{
            **{name: getattr(row, name) for name in FundSettings.__dataclass_fields__},
            "eligible_contracts": None if eligible is None else frozenset(map(EligibleContract, eligible)),
            "target_shares": tuple(map(_to_target, row.target_shares)),
        }
    )
    return DatedSettings(row.version, row.valid_from, settings, row.recorded_at)


def _to_target(kept: dict[str, Any]) -> TargetShare:
    return TargetShare(
        percent=kept["percent"],
        kind=None if kept["kind"] is None else FunderKind(kept["kind"]),
        siren=None if kept["siren"] is None else Siren(kept["siren"]),
    )

"""The funds that several funders feed, by one query."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Scope
from services.kernel.identifiers import Siren
from services.loans.domain.fund import Fund
from services.loans.persistence.funds import FUNDERS, FUNDS, to_funds
from services.loans.persistence.scopes import sees_fund
from services.loans.persistence.wide_statements import in_array


async def of_funders(
    session: AsyncSession, sirens: Collection[Siren], scope: Scope
) -> dict[Siren, list[Fund]]:
    """By name; every funder asked for is a key. A funder sees what others feed only where it does too."""
    # By another name: what the caller may see looks at funders too, and would be taken for the same row.
    feeding = FUNDERS.alias("feeding")
    query = (
        select(FUNDS, feeding.c.siren.label("funder_siren"))
        .join(feeding, feeding.c.fund_id == FUNDS.c.id)
        .where(in_array(feeding.c.siren, sirens), *sees_fund(scope))
        .order_by(FUNDS.c.name, FUNDS.c.id)
    )
    fed: dict[Siren, list[Fund]] = {siren: [] for siren in sirens}
    rows = (await session.execute(query)).all()
    for row, fund in zip(rows, await to_funds(session, rows), strict=True):
        fed[Siren(row.funder_siren)].append(fund)
    return fed

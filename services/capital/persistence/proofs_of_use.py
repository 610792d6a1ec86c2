"""What is proven of a scheme's awards, by CAE: from the dossiers, or as the database tells a co-funder."""

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import column, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.proof_of_use import CaeProof, MonthProof
from services.kernel.access import Scope
from services.kernel.identifiers import Siren

_TOLD = ("due", "proven", "ended", "awarded_cents", "proven_cents", "brought_cents", "kept_cents")


async def by_cae(session: AsyncSession, scope: Scope, scheme_id: UUID, as_of: date) -> list[CaeProof]:
    """A CAE finds its own alone: the policies hold for the function as for the tables."""
    of_funder = scope.funder_siren is not None
    asked: Any = func.capital.proof_of_use_of_funder if of_funder else func.capital.proof_of_use
    columns = ("cae_siren", "cae_name", "months", *_TOLD)
    told = asked(scheme_id, as_of).table_valued(*(column(name) for name in columns)).alias("told")
    months: dict[Siren, list[MonthProof]] = defaultdict(list)
    names: dict[Siren, str] = {}
    for row in await session.execute(select(told).order_by(told.c.cae_siren, told.c.months)):
        siren = Siren(row.cae_siren)
        names.setdefault(siren, row.cae_name)  # of several, that of the first month
        proof = MonthProof(months=row.months, **{name: getattr(row, name) for name in _TOLD})
        months[siren].append(proof)
    return [CaeProof(siren, name, tuple(months[siren])) for siren, name in names.items()]

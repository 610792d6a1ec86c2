"""What a CAE may still be awarded by a scheme: its cap, by SIREN, over the cap's period."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.awards import Usage, rooms
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.schemes import Scheme, version_shown
from services.capital.persistence import counters, schemes
from services.kernel.access import Caller
from services.kernel.identifiers import Siren
from services.kernel.refusals import Element, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class CaeCap:
    """`period` is `scheme` or the year as `2026`; `cap_cents` and `room_cents` are None without a limit."""

    scheme_id: UUID
    cae_siren: Siren
    period: str
    cap_cents: int | None
    used_cents: int
    room_cents: int | None


async def read_cap(
    session: AsyncSession, caller: Caller, scheme_id: UUID, cae_siren: Siren, *, today: date
) -> CaeCap:
    """By the version in force today, and this year where the cap is yearly."""
    require(caller, CapitalAct.READ_CAP)
    if not caller.scope.sees_cae(cae_siren):
        raise NotFound(what=Element.CAE, id=cae_siren)
    scheme = await schemes.find(session, scheme_id, caller.scope)
    if scheme is None:
        raise NotFound(what=CapitalElement.SCHEME, id=scheme_id)
    used = await counters.read(session, scheme_id, [cae_siren])
    return _cap(scheme, cae_siren, used.by_cae(cae_siren), today)


async def caps_of_caes(
    session: AsyncSession, caller: Caller, sirens: Collection[Siren], *, today: date
) -> dict[Siren, list[CaeCap]]:
    """For each CAE, its caps in the schemes that awarded it something; three queries for all."""
    require(caller, CapitalAct.READ_CAP)
    seen = [siren for siren in sirens if caller.scope.sees_cae(siren)]
    used = await counters.read_caps(session, seen)
    ids = {scheme_id for by_scheme in used.values() for scheme_id in by_scheme}
    found = await schemes.find_many(session, ids, caller.scope)
    caps: dict[Siren, list[CaeCap]] = {siren: [] for siren in sirens}
    for siren, by_scheme in used.items():
        caps[siren] = [
            _cap(found[scheme_id], siren, usage, today)
            for scheme_id, usage in by_scheme.items()
            if scheme_id in found
        ]
    return caps


def _cap(scheme: Scheme, cae_siren: Siren, usage: Usage, today: date) -> CaeCap:
    version = version_shown(scheme.versions, today)
    room = rooms(version, usage, today).cap
    return CaeCap(
        scheme_id=scheme.id,
        cae_siren=cae_siren,
        period=room.period,
        cap_cents=room.limit_cents,
        used_cents=room.used_cents,
        room_cents=room.left_cents,
    )

"""What a company has received of de minimis aid, from whom, and what it may still be granted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.de_minimis import CeilingRule, Declaration
from services.capital.domain.refusals import CapitalElement
from services.capital.persistence import de_minimis, de_minimis_declarations, schemes
from services.capital.persistence.de_minimis import GrantedAid, Source, aid_of
from services.capital.persistence.de_minimis_declarations import DeclarationFilter
from services.kernel.access import Caller
from services.kernel.identifiers import Siren
from services.kernel.refusals import Element, NotFound

__all__ = ["DeclarationFilter", "Source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOfAid:
    """`scheme_id` and `scheme_name` are None but for a scheme that the caller sees."""

    source: Source
    scheme_id: UUID | None
    scheme_name: str | None
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeMinimisAid:
    """On a day. Without a rule in force nothing is counted, and nothing is a limit.

    `room_cents` may be less than what `received_cents` leaves: what was granted after the day must stand too.
    """

    cae_siren: Siren
    on: date
    rule: CeilingRule | None
    counted_from: date | None
    received_cents: int
    room_cents: int | None
    sources: tuple[SourceOfAid, ...]


async def read_de_minimis(session: AsyncSession, caller: Caller, cae_siren: Siren, on: date) -> DeMinimisAid:
    require(caller, CapitalAct.READ_DE_MINIMIS)
    if not caller.scope.sees_cae(cae_siren):
        raise NotFound(what=Element.CAE, id=cae_siren)
    return (await de_minimis_of_caes(session, caller, [cae_siren], on))[cae_siren]


async def de_minimis_of_caes(
    session: AsyncSession, caller: Caller, sirens: Collection[Siren], on: date
) -> dict[Siren, DeMinimisAid]:
    """By SIREN, for the graph's batches; a CAE that the caller may not see is absent."""
    require(caller, CapitalAct.READ_DE_MINIMIS)
    seen = [siren for siren in sirens if caller.scope.sees_cae(siren)]
    in_force = await de_minimis.rules(session)
    granted = await de_minimis.sources(session, seen)
    scheme_ids = {one.scheme_id for several in granted.values() for one in several if one.scheme_id}
    found = await schemes.find_many(session, scheme_ids, caller.scope)
    names = {scheme.id: scheme.name for scheme in found.values()}
    return {siren: _on(siren, on, in_force, granted[siren], names) for siren in seen}


async def read_declaration(session: AsyncSession, caller: Caller, declaration_id: UUID) -> Declaration:
    require(caller, CapitalAct.READ_DE_MINIMIS)
    found = await de_minimis_declarations.find(session, declaration_id, caller.scope)
    if found is None:
        raise NotFound(what=CapitalElement.DE_MINIMIS_DECLARATION, id=declaration_id)
    return found


async def hold_declaration(session: AsyncSession, caller: Caller, declaration_id: UUID) -> Declaration:
    """As it is read, and locked where the caller may change it."""
    held = await de_minimis_declarations.lock(session, declaration_id, caller.scope)
    return held or await read_declaration(session, caller, declaration_id)


async def list_declarations(
    session: AsyncSession, caller: Caller, wanted: DeclarationFilter, *, after: UUID | None, limit: int
) -> list[Declaration]:
    """In the order they were recorded; one more than `limit` where there are more."""
    require(caller, CapitalAct.READ_DE_MINIMIS)
    return await de_minimis_declarations.page(session, caller.scope, wanted, after=after, limit=limit)


async def count_declarations(session: AsyncSession, caller: Caller, wanted: DeclarationFilter) -> int:
    require(caller, CapitalAct.READ_DE_MINIMIS)
    return await de_minimis_declarations.count(session, caller.scope, wanted)


def _on(
    siren: Siren,
    on: date,
    in_force: list[CeilingRule],
    granted: Collection[GrantedAid],
    names: dict[UUID, str],
) -> DeMinimisAid:
    aid = aid_of(in_force, granted)
    rule = aid.rule_on(on)
    since = rule.counted_from(on) if rule else None
    counted = [one for one in granted if since is not None and since <= one.granted_on <= on]
    totals: dict[tuple[Source, UUID | None], int] = {}
    for one in counted:
        key = (one.source, one.scheme_id)
        totals[key] = totals.get(key, 0) + one.cents
    return DeMinimisAid(
        cae_siren=siren,
        on=on,
        rule=rule,
        counted_from=since,
        received_cents=sum(totals.values()),
        room_cents=aid.left_cents(on),
        sources=tuple(
            SourceOfAid(
                source=source,
                scheme_id=scheme_id,
                scheme_name=names.get(scheme_id) if scheme_id else None,
                amount_cents=cents,
            )
            for (source, scheme_id), cents in sorted(
                totals.items(), key=lambda item: (list(Source).index(item[0][0]), str(item[0][1]))
            )
        ),
    )

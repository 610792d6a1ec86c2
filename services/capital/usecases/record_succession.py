"""A CAE merged into another: the operator records it, and the successor has its dossiers from now on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.successions import Succession, check_succession
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import de_minimis, de_minimis_declarations, successions
from services.capital.usecases.dossiers import of_top_up
from services.kernel.access import Caller
from services.kernel.identifiers import Siren, Siret, new_id, siren_of
from services.kernel.refusals import Element, NotFound
from services.runtime.history.facts import Dossier, Fact, tell
from services.runtime.history.writing import write_told

TOLD_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSuccession:
    """`effective_on` is the merger's own day: what was decided before stays its former CAE's."""

    region: str
    from_siren: Siren
    to_siret: Siret
    to_name: str
    effective_on: date
    reason: str


async def record_succession(
    session: AsyncSession, caller: Caller, order: RecordSuccession, *, today: date
) -> Succession:
    """Of one region: an operator answers for no other."""
    require(caller, CapitalAct.RECORD_SUCCESSION)
    if not caller.scope.sees_region(order.region):
        raise NotFound(what=Element.REGION, id=order.region)
    # A region without a scheme has no dossier that could go along.
    if not await successions.lock_schemes(session, order.region):
        raise NotFound(what=CapitalElement.SCHEME, id=order.region)
    succession = _succession(order)
    check_succession(await successions.of_regions(session, {order.region}), succession, today)
    taken = await successions.lock_top_ups(session, order.region, order.from_siren)
    succession = replace(
        succession,
        top_ups=len(taken),
        taken_cents=await successions.taken_cents(session, order.region, order.from_siren),
    )
    aid_cents = await _hold_aid(session, succession, taken)
    await successions.carry_out(session, succession)
    await de_minimis.add(session, {succession.from_siren: -aid_cents, succession.to_siren: aid_cents})
    await _tell(session, succession, taken)
    return succession


def _succession(order: RecordSuccession) -> Succession:
    return Succession(
        id=new_id(),
        region=order.region,
        from_siren=order.from_siren,
        to_siren=siren_of(order.to_siret),
        to_siret=order.to_siret,
        to_name=order.to_name,
        effective_on=order.effective_on,
        reason=order.reason,
        top_ups=0,
        taken_cents=0,
        created_at=datetime.now(UTC),
    )


async def _hold_aid(session: AsyncSession, succession: Succession, taken: Sequence[TopUp]) -> int:
    """What goes along under the ceiling, awarded or declared; nobody declares more to either meanwhile.

    Aid to a company that merged is its successor's, and none is taken back. The counters are locked before
    the caps, of which nobody else holds one while all schemes of the region are held.
    """
    region, siren = succession.region, succession.from_siren
    await de_minimis_declarations.lock_of_cae(session, region, siren)
    await de_minimis.lock(session, [siren, succession.to_siren])
    awarded_cents = sum(
        top_up.award_cents or 0 for top_up in taken if top_up.status is not TopUpStatus.CANCELLED
    )
    return awarded_cents + await de_minimis_declarations.counted_cents(session, region, siren)


async def _tell(session: AsyncSession, succession: Succession, taken: Sequence[TopUp]) -> None:
    """Both companies are told; of each dossier, the one that has it now."""
    for siren in (succession.from_siren, succession.to_siren):
        tell(session, _recorded(succession, siren))
        # One dossier of history has one CAE at a time: the former one's word comes first.
        await write_told(session)
    for start in range(0, len(taken), TOLD_AT_ONCE):
        tell(session, *(_taken(succession, top_up) for top_up in taken[start : start + TOLD_AT_ONCE]))
        await write_told(session)


def _recorded(succession: Succession, cae_siren: Siren) -> Fact:
    return Fact(
        dossier=Dossier(kind="succession", id=succession.id, region=succession.region, cae_siren=cae_siren),
        act=CapitalAct.RECORD_SUCCESSION,
        event=CapitalEvent.CAE_SUCCEEDED,
        after={
            "from_siren": succession.from_siren,
            "to_siren": succession.to_siren,
            "effective_on": succession.effective_on,
            "top_ups": succession.top_ups,
            "taken_cents": succession.taken_cents,
        },
    )


def _taken(succession: Succession, top_up: TopUp) -> Fact:
    return Fact(
        dossier=replace(of_top_up(top_up), cae_siren=succession.to_siren),
        act=CapitalAct.RECORD_SUCCESSION,
        event=CapitalEvent.TOP_UP_TAKEN_ALONG,
        subject_id=succession.id,
        before={"cae_siren": succession.from_siren},
        after={"cae_siren": succession.to_siren},
    )

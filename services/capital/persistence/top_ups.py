"""Top-ups: the dossiers, narrowed to what the caller may see."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    and_,
    any_,
    func,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.lifecycle import AWARDED, TopUpStatus
from services.capital.domain.top_ups import Cae, Entrepreneur, TopUp
from services.capital.persistence.tables import former_caes, payment_lines, scheme_versions, top_ups
from services.kernel.access import Scope
from services.kernel.calendar import PARIS
from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import EntrepreneurId, Siren, Siret
from services.runtime.database.written_once import KEPT, WrittenOnce, given

WITH_PAYMENT: FromClause = top_ups.outerjoin(
    payment_lines, and_(payment_lines.c.top_up_id == top_ups.c.id, payment_lines.c.reversal_id.is_(None))
)
READ = select(top_ups, payment_lines.c.payment_id).select_from(WITH_PAYMENT)

_ASSESS = text("""
    UPDATE capital.top_ups AS top_up
       SET version_id = assessed.version_id, entitlement_cents = assessed.cents, status = assessed.status,
           waiting_number = assessed.waiting_number, promoted_on = assessed.promoted_on,
           reserved_cents = assessed.reserved_cents, reserved_on = assessed.reserved_on,
           revision = revision + 1
      FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS uuid[]), CAST(:entitlements AS bigint[]),
                  CAST(:reserved AS bigint[]), CAST(:reserved_on AS date[]), CAST(:statuses AS text[]),
                  CAST(:numbers AS bigint[]), CAST(:promoted_on AS date[]))
           AS assessed (id, version_id, cents, reserved_cents, reserved_on, status, waiting_number,
                        promoted_on)
     WHERE top_up.id = assessed.id
""")

# With their schemes, as for a grant: new rules would count their room anew.
_LOCK_UNDECIDED = text("""
    SELECT top_up.*
      FROM capital.top_ups AS top_up
      JOIN capital.schemes AS scheme ON scheme.id = top_up.scheme_id
      JOIN capital.scheme_versions AS version ON version.id = top_up.version_id
     WHERE top_up.status = 'requested' AND version.request_valid_days = :days
       AND greatest(CAST(timezone(:paris, top_up.created_at) AS date), top_up.promoted_on) <= :until
     ORDER BY top_up.id LIMIT :limit
       FOR KEY SHARE OF scheme SKIP LOCKED FOR UPDATE OF top_up SKIP LOCKED
""")
_LOCK_WITH_SCHEMES = text("""
    SELECT top_up.*
      FROM capital.schemes AS scheme
      JOIN capital.top_ups AS top_up ON top_up.scheme_id = scheme.id
     WHERE top_up.id = ANY(:ids)
       AND (CAST(:regions AS text[]) IS NULL OR top_up.region = ANY(:regions))
       AND (CAST(:cae AS text) IS NULL OR top_up.cae_siren = :cae)
     ORDER BY top_up.id
       FOR KEY SHARE OF scheme FOR UPDATE OF top_up
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpFilter:
    """None leaves a filter out."""

    scheme_id: UUID | None = None
    cae_siren: Siren | None = None
    entrepreneur_id: EntrepreneurId | None = None
    status: TopUpStatus | None = None


FILTERED = {
    "scheme_id": top_ups.c.scheme_id,
    "cae_siren": top_ups.c.cae_siren,
    "entrepreneur_id": top_ups.c.entrepreneur_id,
    "status": top_ups.c.status,
}


async def insert(session: AsyncSession, requested: Sequence[TopUp]) -> None:
    """As many as given by one statement."""
    await session.execute(top_ups.insert(), [_values(top_up) for top_up in requested])


async def find(session: AsyncSession, top_up_id: UUID, scope: Scope) -> TopUp | None:
    found = await find_many(session, [top_up_id], scope)
    return found.get(top_up_id)


async def find_many(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, TopUp]:
    return {row.id: top_up_of(row) for row in await _by_ids(scope).rows(session, ids=list(ids))}


@lru_cache(maxsize=KEPT)
def _by_ids(scope: Scope) -> WrittenOnce:
    ids = given("ids", ARRAY(top_ups.c.id.type))
    return WrittenOnce(READ.where(top_ups.c.id == any_(ids), *within(scope)))


async def lock(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, TopUp]:
    """Locked in the order of their ids, so that two lists never wait for each other."""
    query = select(top_ups).where(top_ups.c.id.in_(ids), *within(scope))
    rows = await session.execute(query.order_by(top_ups.c.id).with_for_update())
    return {row.id: top_up_of(row) for row in rows}


async def lock_with_schemes(session: AsyncSession, ids: Collection[UUID], scope: Scope) -> dict[UUID, TopUp]:
    """As for a grant: their schemes are held too, so that nothing counts their room anew meanwhile."""
    regions = None if scope.regions is None else list(scope.regions)
    wanted = {"ids": list(ids), "regions": regions, "cae": scope.cae_siren}
    return {row.id: top_up_of(row) for row in await session.execute(_LOCK_WITH_SCHEMES, wanted)}


async def page(
    session: AsyncSession, scope: Scope, wanted: TopUpFilter, *, after: UUID | None, limit: int
) -> list[TopUp]:
    """In the order they were recorded; one more than `limit`, so that the caller knows of a next page."""
    filtered = filters_of(wanted)
    query = _page(scope, tuple(filtered), follows=after is not None)
    return list(map(top_up_of, await query.rows(session, after=after, most=limit + 1, **filtered)))


@lru_cache(maxsize=KEPT)
def _page(scope: Scope, filtered: tuple[str, ...], *, follows: bool) -> WrittenOnce:
    return WrittenOnce(page_query(READ, scope, filtered, follows=follows))


def page_query(read: Select[Any], scope: Scope, filtered: tuple[str, ...], *, follows: bool) -> Select[Any]:
    """Of `read`; given when it is asked are `most`, `after` where it follows, and each filter's value."""
    conditions = [FILTERED[name] == given(name, FILTERED[name].type) for name in filtered]
    if follows:
        conditions.append(top_ups.c.id > given("after", top_ups.c.id.type))
    query = read.where(*within(scope), *conditions).order_by(top_ups.c.id)
    return query.limit(given("most", BigInteger()))


async def count(session: AsyncSession, scope: Scope, wanted: TopUpFilter) -> int:
    query = (
        select(func.count())
        .select_from(top_ups)
        .where(*within(scope), *(FILTERED[name] == value for name, value in filters_of(wanted).items()))
    )
    return int((await session.execute(query)).scalar_one())


async def of_entrepreneurs(
    session: AsyncSession, ids: Collection[EntrepreneurId], scope: Scope
) -> dict[EntrepreneurId, list[TopUp]]:
    """Every dossier of several persons by one query; a person without one has an empty list."""
    query = READ.where(top_ups.c.entrepreneur_id.in_(ids), *within(scope)).order_by(top_ups.c.id)
    grouped: dict[EntrepreneurId, list[TopUp]] = {entrepreneur_id: [] for entrepreneur_id in ids}
    for top_up in await load(session, query):
        grouped[top_up.entrepreneur.id].append(top_up)
    return grouped


async def references_served(session: AsyncSession, scheme_id: UUID, cae_siren: Siren) -> set[str]:
    """The persons of a CAE with an award of the scheme or a request that keeps room, by its own references.

    A dossier that came along from another CAE has that one's reference, which may be anybody's in this one.
    """
    came_along = select(former_caes.c.top_up_id).where(former_caes.c.top_up_id == top_ups.c.id)
    query = select(top_ups.c.entrepreneur_reference).where(
        ~came_along.exists(),
        top_ups.c.scheme_id == scheme_id,
        top_ups.c.cae_siren == cae_siren,
        top_ups.c.reserved_cents.is_not(None) | top_ups.c.status.in_([status.value for status in AWARDED]),
    )
    return set((await session.execute(query)).scalars())


async def persons_served(
    session: AsyncSession, scheme_id: UUID, asking: Collection[TopUp]
) -> set[EntrepreneurId]:
    """Of whom another dossier than these is awarded, keeps room or waits for some."""
    serving = [status.value for status in AWARDED | {TopUpStatus.WAITING}]
    query = select(top_ups.c.entrepreneur_id).where(
        top_ups.c.scheme_id == scheme_id,
        top_ups.c.entrepreneur_id.in_({top_up.entrepreneur.id for top_up in asking}),
        top_ups.c.id.not_in([top_up.id for top_up in asking]),
        top_ups.c.reserved_cents.is_not(None) | top_ups.c.status.in_(serving),
    )
    return {EntrepreneurId(person) for person in (await session.execute(query)).scalars()}


async def requested_since(session: AsyncSession, scheme_id: UUID, paid_up_from: date) -> list[TopUp]:
    """Requests still open whose contribution was paid up on a day or later, locked in order."""
    query = select(top_ups).where(
        top_ups.c.scheme_id == scheme_id,
        top_ups.c.paid_up_on >= paid_up_from,
        top_ups.c.status.in_([TopUpStatus.REQUESTED.value, TopUpStatus.WAITING.value]),
    )
    return await load(session, query.order_by(top_ups.c.id).with_for_update())


async def validities(session: AsyncSession) -> list[int]:
    """The days that rules give before an undecided request expires, each once."""
    days = select(scheme_versions.c.request_valid_days).where(
        scheme_versions.c.request_valid_days.is_not(None)
    )
    return sorted((await session.execute(days.distinct())).scalars())


async def lock_undecided(
    session: AsyncSession, valid_days: int, recorded_until: date, *, limit: int
) -> list[TopUp]:
    """Requests of rules that give so many days, recorded until a day; who decides one now keeps it."""
    wanted = {"days": valid_days, "until": recorded_until, "limit": limit, "paris": PARIS.key}
    return [top_up_of(row) for row in await session.execute(_LOCK_UNDECIDED, wanted)]


async def count_following(session: AsyncSession, scheme_id: UUID, version_id: UUID) -> int:
    """Dossiers of any status that a version decides."""
    query = select(func.count()).where(top_ups.c.scheme_id == scheme_id, top_ups.c.version_id == version_id)
    return int((await session.execute(query)).scalar_one())


async def save_assessments(session: AsyncSession, assessed: Sequence[TopUp]) -> None:
    """What a new version changes for requests still open."""
    values = {
        "ids": [top_up.id for top_up in assessed],
        "versions": [top_up.version_id for top_up in assessed],
        "entitlements": [top_up.entitlement_cents for top_up in assessed],
        "reserved": [top_up.reserved_cents for top_up in assessed],
        "reserved_on": [top_up.reserved_on for top_up in assessed],
        "statuses": [top_up.status.value for top_up in assessed],
        "numbers": [top_up.waiting_number for top_up in assessed],
        "promoted_on": [top_up.promoted_on for top_up in assessed],
    }
    await session.execute(_ASSESS, values)


async def save_outcome(session: AsyncSession, top_up: TopUp) -> None:
    """What a refusal or a cancellation decides."""
    await session.execute(
        update(top_ups)
        .where(top_ups.c.id == top_up.id)
        .values(
            status=top_up.status.value,
            decided_on=top_up.decided_on,
            reason=top_up.reason,
            reserved_cents=top_up.reserved_cents,
            reserved_on=top_up.reserved_on,
            waiting_number=top_up.waiting_number,
            revision=top_up.revision,
        )
    )


async def save_clawback(session: AsyncSession, top_up: TopUp) -> None:
    """Where its clawback stands, and what came back."""
    await session.execute(
        update(top_ups)
        .where(top_ups.c.id == top_up.id)
        .values(
            status=top_up.status.value,
            clawed_back_cents=top_up.clawed_back_cents,
            revision=top_up.revision,
        )
    )


async def mark_paid(session: AsyncSession, ids: Collection[UUID]) -> None:
    await session.execute(
        update(top_ups)
        .where(top_ups.c.id.in_(ids))
        .values(status=TopUpStatus.PAID.value, revision=top_ups.c.revision + 1)
    )


async def mark_to_pay(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Their payment came back."""
    await session.execute(
        update(top_ups)
        .where(top_ups.c.id.in_(ids))
        .values(status=TopUpStatus.GRANTED.value, revision=top_ups.c.revision + 1)
    )


def within(scope: Scope) -> Sequence[ColumnElement[bool]]:
    narrowed: list[ColumnElement[bool]] = []
    if scope.regions is not None:
        narrowed.append(top_ups.c.region.in_(scope.regions))
    if scope.cae_siren is not None:
        narrowed.append(top_ups.c.cae_siren == scope.cae_siren)
    return narrowed


def filters_of(wanted: TopUpFilter) -> dict[str, Any]:
    """Those that are asked, by their column."""
    values = {**asdict(wanted), "status": wanted.status and wanted.status.value}
    return {name: value for name, value in values.items() if value is not None}


async def load(session: AsyncSession, query: Select[Any]) -> list[TopUp]:
    return [top_up_of(row) for row in await session.execute(query)]


def top_up_of(row: Any) -> TopUp:
    """From a row of `top_ups`, with or without its payment."""
    contract = Contract(
        ContractKind(row.contract_kind), row.contract_started_on, row.cape_started_on, row.cape_ended_on
    )
    return TopUp(
        id=row.id,
        scheme_id=row.scheme_id,
        version_id=row.version_id,
        region=row.region,
        cae=Cae(siret=Siret(row.cae_siret), siren=Siren(row.cae_siren), name=row.cae_name),
        entrepreneur=Entrepreneur(
            id=EntrepreneurId(row.entrepreneur_id),
            reference=row.entrepreneur_reference,
            given_name=row.given_name,
            family_name=row.family_name,
            email=row.email,
            phone=row.phone,
            birth_date=row.birth_date,
            address=row.address,
            contract=contract,
            member_since=row.member_since,
        ),
        subscribed_cents=row.subscribed_cents,
        paid_up_cents=row.paid_up_cents,
        paid_up_on=row.paid_up_on,
        admitted_on=row.admitted_on,
        requested_on=row.requested_on,
        priority_criterion=row.priority_criterion,
        priority_evidence=row.priority_evidence,
        status=TopUpStatus(row.status),
        entitlement_cents=row.entitlement_cents,
        reserved_cents=row.reserved_cents,
        reserved_on=row.reserved_on,
        waiting_number=row.waiting_number,
        promoted_on=row.promoted_on,
        award_cents=row.award_cents,
        clawed_back_cents=row.clawed_back_cents,
        proven_months=row.proven_months,
        decided_on=row.decided_on,
        decision_reference=row.decision_reference,
        reason=row.reason,
        payment_id=getattr(row, "payment_id", None),
        membership_due_on=row.membership_due_on,
        revision=row.revision,
        created_at=row.created_at,
    )


def _values(top_up: TopUp) -> dict[str, object]:
    person, contract = top_up.entrepreneur, top_up.entrepreneur.contract
    return {
        "id": top_up.id,
        "scheme_id": top_up.scheme_id,
        "version_id": top_up.version_id,
        "region": top_up.region,
        "cae_siren": top_up.cae.siren,
        "cae_siret": top_up.cae.siret,
        "cae_name": top_up.cae.name,
        "entrepreneur_id": person.id,
        "entrepreneur_reference": person.reference,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "phone": person.phone,
        "birth_date": person.birth_date,
        "address": person.address,
        "contract_kind": contract.kind.value,
        "contract_started_on": contract.started_on,
        "cape_started_on": contract.cape_started_on,
        "cape_ended_on": contract.cape_ended_on,
        "member_since": person.member_since,
        "membership_due_on": top_up.membership_due_on,
        "subscribed_cents": top_up.subscribed_cents,
        "paid_up_cents": top_up.paid_up_cents,
        "paid_up_on": top_up.paid_up_on,
        "admitted_on": top_up.admitted_on,
        "requested_on": top_up.requested_on,
        "priority_criterion": top_up.priority_criterion,
        "priority_evidence": top_up.priority_evidence,
        "status": top_up.status.value,
        "entitlement_cents": top_up.entitlement_cents,
        "reserved_cents": top_up.reserved_cents,
        "reserved_on": top_up.reserved_on,
        "waiting_number": top_up.waiting_number,
        "created_at": top_up.created_at,
    }

"""A CAE, or an operator for it, asks for the top-up of a contribution: one, or several at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.claims import entitlement_of, require_known_priority
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.membership import check_contract, membership_deadline
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.schemes import Scheme, require_version
from services.capital.domain.successions import Succession, require_standing
from services.capital.domain.top_ups import Cae, Entrepreneur, TopUp, check_priority, check_request_dates
from services.capital.persistence import schemes, successions, top_ups
from services.capital.usecases import dossiers
from services.capital.usecases.keep_room import keep_room
from services.kernel.access import Caller
from services.kernel.calendar import require_past
from services.kernel.contracts import Contract
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren, Siret, entrepreneur_id, new_id, siren_of
from services.kernel.refusals import Element, NotFound, Refusal
from services.runtime.history.facts import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPerson:
    """`reference` is the CAE's own for the person: with its SIREN, it gives their id in both services."""

    reference: str
    given_name: str
    family_name: str
    email: str | None = None
    phone: str | None = None
    birth_date: date | None = None
    address: str | None = None
    contract: Contract
    member_since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTopUp:
    scheme_id: UUID
    cae_siret: Siret
    cae_name: str
    entrepreneur: DeclaredPerson
    subscribed_cents: int
    paid_up_cents: int
    paid_up_on: date
    admitted_on: date | None = None
    requested_on: date | None = None
    priority_criterion: str | None = None
    priority_evidence: str | None = None


async def request_top_up(
    session: AsyncSession, caller: Caller, order: RequestTopUp, *, today: date, entrepreneur_key: bytes
) -> TopUp:
    [top_up] = await request_top_ups(session, caller, [order], today=today, entrepreneur_key=entrepreneur_key)
    return top_up


async def request_top_ups(
    session: AsyncSession,
    caller: Caller,
    orders: Sequence[RequestTopUp],
    *,
    today: date,
    entrepreneur_key: bytes,
) -> list[TopUp]:
    """All or none. A request keeps room where its rules reserve at request, or waits; else it takes none."""
    require(caller, CapitalAct.REQUEST_TOP_UP)
    held = await schemes.hold(session, {order.scheme_id for order in orders}, caller.scope)
    succeeded = await successions.of_regions(session, {scheme.region for scheme in held.values()})
    asked = [
        requested_by(caller, held, succeeded, order, today=today, key=entrepreneur_key) for order in orders
    ]
    requested: list[TopUp] = []
    for outcome in await keep_room(session, held, asked, today=today):
        if isinstance(outcome, Refusal):
            raise outcome
        requested.append(outcome)
    await record(session, requested)
    return requested


async def record(session: AsyncSession, requested: Sequence[TopUp]) -> None:
    if requested:
        await top_ups.insert(session, requested)
        tell(session, *(fact for top_up in requested for fact in dossiers.asked_and_placed(top_up)))


def requested_by(
    caller: Caller,
    held: Mapping[UUID, Scheme],
    succeeded: Sequence[Succession],
    order: RequestTopUp,
    *,
    today: date,
    key: bytes,
) -> TopUp:
    """The dossier as it would be recorded, or the refusal of what it declares.

    `succeeded` are the successions of the schemes' regions, read once the schemes are held.
    """
    scheme = held.get(order.scheme_id)
    if scheme is None:
        raise NotFound(what=CapitalElement.SCHEME, id=order.scheme_id)
    siren = siren_of(order.cae_siret)
    if not caller.scope.sees_cae(siren):
        raise NotFound(what=Element.CAE, id=siren)
    require_standing((one for one in succeeded if one.region == scheme.region), siren)
    _check(order, today)
    version = require_version(scheme.versions, order.paid_up_on)
    top_up = TopUp(
        id=new_id(),
        scheme_id=scheme.id,
        version_id=version.id,
        region=scheme.region,
        cae=Cae(siret=order.cae_siret, siren=siren, name=order.cae_name),
        entrepreneur=_declared(order.entrepreneur, siren, key),
        subscribed_cents=order.subscribed_cents,
        paid_up_cents=order.paid_up_cents,
        paid_up_on=order.paid_up_on,
        admitted_on=order.admitted_on,
        requested_on=order.requested_on,
        priority_criterion=order.priority_criterion,
        priority_evidence=order.priority_evidence,
        status=TopUpStatus.REQUESTED,
        entitlement_cents=0,
        award_cents=None,
        decided_on=None,
        decision_reference=None,
        reason=None,
        payment_id=None,
        membership_due_on=membership_deadline(order.entrepreneur.contract),
        revision=1,
        created_at=datetime.now(UTC),
    )
    require_known_priority(version, top_up.claim)
    return replace(top_up, entitlement_cents=entitlement_of(version, top_up.claim).amount_cents)


def _check(order: RequestTopUp, today: date) -> None:
    check_contract(order.entrepreneur.contract, "/entrepreneur/contract")
    if order.entrepreneur.member_since is not None:
        require_past(DateField.MEMBER_SINCE, order.entrepreneur.member_since, today)
    check_request_dates(order.paid_up_on, order.requested_on, order.admitted_on, today)
    check_priority(order.priority_criterion, order.priority_evidence)


def _declared(person: DeclaredPerson, siren: Siren, key: bytes) -> Entrepreneur:
    return Entrepreneur(
        id=entrepreneur_id(key, siren, person.reference),
        reference=person.reference,
        given_name=person.given_name,
        family_name=person.family_name,
        email=person.email,
        phone=person.phone,
        birth_date=person.birth_date,
        address=person.address,
        contract=person.contract,
        member_since=person.member_since,
    )

"""A region votes new rules from a date; what was granted before stays as it was."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.claims import entitlement_of
from services.capital.domain.events import CapitalEvent
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.scheme_checks import check_terms
from services.capital.domain.schemes import (
    Scheme,
    Terms,
    Version,
    require_free_date,
    require_version,
)
from services.capital.persistence import counters, schemes, top_ups
from services.capital.persistence.counters import Counted
from services.capital.usecases.create_scheme import rules_of, version_of
from services.capital.usecases.dossiers import moved, of_scheme
from services.kernel.access import Caller
from services.kernel.refusals import NotFound
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVersion:
    scheme_id: UUID
    terms: Terms


async def add_version(session: AsyncSession, caller: Caller, order: AddVersion) -> Version:
    require(caller, CapitalAct.ADD_VERSION)
    scheme = await schemes.lock(session, order.scheme_id, caller.scope)
    if scheme is None:
        raise NotFound(what=CapitalElement.SCHEME, id=order.scheme_id)
    check_terms(order.terms)
    require_free_date(scheme.versions, order.terms.valid_from)
    version = version_of(order.terms)
    versions = (*scheme.versions, version)
    await schemes.add_version(session, replace(scheme, versions=versions), version)
    await counters.start_counting(session, scheme.id, Counted.by(scheme.versions), Counted.by(versions))
    reassessed = await _reassess(session, scheme, version, versions)
    tell(
        session,
        Fact(
            dossier=of_scheme(scheme),
            act=CapitalAct.ADD_VERSION,
            event=CapitalEvent.SCHEME_VERSION_ADDED,
            subject_id=version.id,
            after=rules_of(version),
        ),
        *reassessed,
    )
    return version


async def _reassess(
    session: AsyncSession, scheme: Scheme, added: Version, versions: tuple[Version, ...]
) -> list[Fact]:
    """Requests still open whose contribution was paid up under the new version now follow it."""
    open_requests = await top_ups.requested_since(session, scheme.id, added.valid_from)
    assessed = [
        (
            top_up,
            replace(
                top_up,
                version_id=added.id,
                entitlement_cents=entitlement_of(added, top_up.claim).amount_cents,
            ),
        )
        for top_up in open_requests
        if require_version(versions, top_up.paid_up_on) is added
    ]
    if assessed:
        await top_ups.save_assessments(session, [after for _, after in assessed])
    return [
        moved(CapitalAct.ADD_VERSION, CapitalEvent.TOP_UP_REASSESSED, before, after, subject_id=added.id)
        for before, after in assessed
    ]

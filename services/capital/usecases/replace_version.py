"""A region corrects rules that nobody has counted on yet: neither a request nor a day that is past."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.scheme_checks import check_terms
from services.capital.domain.schemes import Scheme, Terms, Version
from services.capital.domain.version_dates import check_succession, require_unused
from services.capital.persistence import counters, schemes, top_ups
from services.capital.persistence.counters import Counted
from services.capital.usecases.create_scheme import rules_of, version_of
from services.capital.usecases.dossiers import of_scheme
from services.capital.usecases.reassess_requests import reassess_requests
from services.kernel.access import Caller
from services.kernel.refusals import NotFound
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceVersion:
    scheme_id: UUID
    version_id: UUID
    terms: Terms


async def replace_version(
    session: AsyncSession, caller: Caller, order: ReplaceVersion, *, today: date
) -> Version:
    require(caller, CapitalAct.REPLACE_VERSION)
    scheme, before = await _locked(session, caller, order.scheme_id, order.version_id)
    check_terms(order.terms)
    followers = await top_ups.count_following(session, scheme.id, before.id)
    require_unused(before, requests=followers, today=today)
    version = replace(version_of(order.terms), id=before.id, created_at=before.created_at)
    others = (other for other in scheme.versions if other.id != before.id)
    in_order = sorted((*others, version), key=lambda each: each.valid_from)
    after = replace(scheme, versions=tuple(in_order))
    check_succession(after.versions)
    await schemes.replace_version(session, after, version)
    await counters.count_in(session, scheme.id, Counted.by(scheme.versions), Counted.by(after.versions))
    reassessed = await reassess_requests(session, after, version, CapitalAct.REPLACE_VERSION, today=today)
    tell(
        session,
        Fact(
            dossier=of_scheme(scheme),
            act=CapitalAct.REPLACE_VERSION,
            event=CapitalEvent.SCHEME_VERSION_REPLACED,
            subject_id=version.id,
            before=rules_of(before),
            after=rules_of(version),
        ),
        *reassessed,
    )
    return version


async def hold_version(session: AsyncSession, caller: Caller, scheme_id: UUID, version_id: UUID) -> Version:
    """As it stands, and as it stays until the transaction ends."""
    require(caller, CapitalAct.REPLACE_VERSION)
    _, version = await _locked(session, caller, scheme_id, version_id)
    return version


async def _locked(
    session: AsyncSession, caller: Caller, scheme_id: UUID, version_id: UUID
) -> tuple[Scheme, Version]:
    """Alone: a request that arrives meanwhile waits, and follows what is decided here."""
    scheme = await schemes.lock(session, scheme_id, caller.scope)
    if scheme is None:
        raise NotFound(what=CapitalElement.SCHEME, id=scheme_id)
    found = next((version for version in scheme.versions if version.id == version_id), None)
    if found is None:
        raise NotFound(what=CapitalElement.VERSION, id=version_id)
    return scheme, found

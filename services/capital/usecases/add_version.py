"""A region votes new rules from a date; what was granted before stays as it was."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.events import CapitalEvent
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.scheme_checks import check_terms
from services.capital.domain.schemes import Terms, Version
from services.capital.domain.version_dates import check_succession
from services.capital.persistence import counters, schemes
from services.capital.persistence.counters import Counted
from services.capital.usecases.create_scheme import rules_of, version_of
from services.capital.usecases.dossiers import of_scheme
from services.capital.usecases.reassess_requests import reassess_requests
from services.kernel.access import Caller
from services.kernel.refusals import NotFound
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVersion:
    scheme_id: UUID
    terms: Terms


async def add_version(session: AsyncSession, caller: Caller, order: AddVersion, *, today: date) -> Version:
    require(caller, CapitalAct.ADD_VERSION)
    scheme = await schemes.lock(session, order.scheme_id, caller.scope)
    if scheme is None:
        raise NotFound(what=CapitalElement.SCHEME, id=order.scheme_id)
    check_terms(order.terms)
    version = version_of(order.terms)
    after = replace(scheme, versions=(*scheme.versions, version))
    check_succession(after.versions)
    await schemes.add_version(session, after, version)
    await counters.count_in(session, scheme.id, Counted.by(scheme.versions), Counted.by(after.versions))
    reassessed = await reassess_requests(session, after, version, CapitalAct.ADD_VERSION, today=today)
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

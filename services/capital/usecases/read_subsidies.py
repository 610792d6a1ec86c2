"""What the public is told of the awards of a year: each co-funder's part, and where a convention is due."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.subsidies import (
    CONVENTION_OVER_CENTS,
    MOST_AWARDS,
    ConventionDue,
    Subsidy,
    conventions_due,
    require_exportable,
    subsidies,
)
from services.capital.persistence import schemes
from services.capital.persistence.subsidies import awards_by_cae, awards_of_scheme
from services.kernel.access import Caller
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound


async def export_subsidies(
    session: AsyncSession, caller: Caller, scheme_id: UUID, year: int, *, today: date
) -> tuple[Subsidy, ...]:
    """By year of decision. A co-funder gets its own parts, a CAE those of its own awards."""
    require(caller, CapitalAct.READ_SUBSIDIES)
    scheme = await schemes.find(session, scheme_id, caller.scope)
    if scheme is None:
        raise NotFound(what=CapitalElement.SCHEME, id=scheme_id)
    awards = await awards_of_scheme(session, caller.scope, scheme_id, year, limit=MOST_AWARDS + 1)
    require_exportable(awards)
    return subsidies(scheme, awards, of=caller.scope.funder_siren, today=today)


async def list_conventions_due(
    session: AsyncSession, caller: Caller, year: int, *, cae_siren: Siren | None
) -> list[ConventionDue]:
    """Over all the schemes that the caller sees: the law counts by authority, not by scheme."""
    require(caller, CapitalAct.READ_SUBSIDIES)
    awards = await awards_by_cae(
        session, caller.scope, year, over_cents=CONVENTION_OVER_CENTS, cae_siren=cae_siren
    )
    versions = await schemes.versions_of(session, {group.scheme_id for group in awards}) if awards else {}
    funders = {version.id: version.funders for several in versions.values() for version in several}
    return conventions_due(awards, funders, of=caller.scope.funder_siren)

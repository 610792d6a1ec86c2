"""What became of each co-funder's euros, as it stood on a day."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.refusals import CapitalElement
from services.capital.domain.schemes import Scheme
from services.capital.domain.statements import Statements, check_as_of, draw_up
from services.capital.persistence import schemes, statements
from services.kernel.access import Caller
from services.kernel.identifiers import Siren
from services.kernel.refusals import NotFound


async def read_statements(
    session: AsyncSession,
    caller: Caller,
    scheme_id: UUID,
    *,
    as_of: date,
    year: int | None,
    today: date,
    siren: Siren | None = None,
) -> Statements:
    """Of all its co-funders, or of one; a co-funder reads its own."""
    require(caller, CapitalAct.READ_STATEMENT)
    scheme = await schemes.find(session, scheme_id, caller.scope)
    if scheme is None:
        raise NotFound(what=CapitalElement.SCHEME, id=scheme_id)
    own = caller.scope.funder_siren
    if siren is not None and (siren not in scheme.funder_sirens or own not in {None, siren}):
        raise NotFound(what=CapitalElement.FUNDER, id=siren)
    return await statements_of(session, scheme, as_of=as_of, year=year, today=today, of=siren or own)


async def statements_of(
    session: AsyncSession, scheme: Scheme, *, as_of: date, year: int | None, today: date, of: Siren | None
) -> Statements:
    """Of a scheme that the caller has read."""
    check_as_of(as_of, today)
    facts = await statements.facts(session, scheme.id, as_of)
    return draw_up(scheme, facts, as_of=as_of, year=year, of=of)

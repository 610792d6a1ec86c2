"""A CAE, or an operator for it, declares de minimis aid that somebody else granted to the company."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.de_minimis import Declaration, DeclaredBy
from services.capital.domain.events import CapitalEvent
from services.capital.domain.successions import require_standing
from services.capital.persistence import de_minimis, de_minimis_declarations, successions
from services.capital.usecases.dossiers import of_declaration
from services.kernel.access import Caller, Role
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.identifiers import Siren, new_id
from services.kernel.refusals import Element, NotFound
from services.runtime.history.facts import Fact, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareDeMinimisAid:
    """`region` is that of the operator whom it is declared to; the aid counts in every region."""

    region: str
    cae_siren: Siren
    granted_on: date
    amount_cents: int
    grantor: str
    reference: str


async def declare_de_minimis_aid(
    session: AsyncSession, caller: Caller, order: DeclareDeMinimisAid, *, today: date
) -> Declaration:
    """A fact, and never refused for the ceiling: it may leave no room, and takes no award back."""
    require(caller, CapitalAct.DECLARE_DE_MINIMIS_AID)
    if not caller.scope.sees_region(order.region):
        raise NotFound(what=Element.REGION, id=order.region)
    if not caller.scope.sees_cae(order.cae_siren):
        raise NotFound(what=Element.CAE, id=order.cae_siren)
    require_past(DateField.GRANTED_ON, order.granted_on, today)
    declaration = Declaration(
        id=new_id(),
        region=order.region,
        cae_siren=order.cae_siren,
        granted_on=order.granted_on,
        amount_cents=order.amount_cents,
        grantor=order.grantor,
        reference=order.reference,
        declared_by=DeclaredBy.CAE if caller.role is Role.CAE else DeclaredBy.OPERATOR,
        created_at=datetime.now(UTC),
    )
    await de_minimis.lock(session, [declaration.cae_siren])
    require_standing(await successions.of_regions(session, {order.region}), order.cae_siren)
    await de_minimis_declarations.insert(session, declaration)
    await de_minimis.add(session, {declaration.cae_siren: declaration.amount_cents})
    tell(
        session,
        Fact(
            dossier=of_declaration(declaration),
            act=CapitalAct.DECLARE_DE_MINIMIS_AID,
            event=CapitalEvent.DE_MINIMIS_DECLARED,
            after={"granted_on": declaration.granted_on, "amount_cents": declaration.amount_cents},
        ),
    )
    return declaration

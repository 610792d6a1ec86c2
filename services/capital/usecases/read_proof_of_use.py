"""What is proven of a scheme's paid awards: all of them, or a CAE's own for a CAE."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct, require
from services.capital.domain.proof_of_use import ProofOfUse, proof_of_use
from services.capital.domain.refusals import CapitalElement
from services.capital.persistence import proofs_of_use, schemes
from services.kernel.access import Caller
from services.kernel.calendar import require_past
from services.kernel.date_fields import DateField
from services.kernel.refusals import NotFound


async def read_proof_of_use(
    session: AsyncSession, caller: Caller, scheme_id: UUID, *, as_of: date | None, today: date
) -> ProofOfUse:
    """No person is named; figures are the scheme's, not a co-funder's share of them."""
    require(caller, CapitalAct.READ_PROOF_OF_USE)
    day = as_of or today
    require_past(DateField.AS_OF, day, today)
    if await schemes.find(session, scheme_id, caller.scope) is None:
        raise NotFound(what=CapitalElement.SCHEME, id=scheme_id)
    caes = await proofs_of_use.by_cae(session, caller.scope, scheme_id, day)
    return proof_of_use(scheme_id, day, caes)

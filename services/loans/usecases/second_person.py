"""Whether the one who acts may, where the fund asks for another person than the one who decided."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.access import Caller
from services.kernel.officers import Officer
from services.loans.domain.fund_access import FundAccess, SecondPersonAct, check_second_person
from services.loans.domain.loan import Loan
from services.loans.persistence import applications


def officer_of(caller: Caller) -> Officer:
    return Officer(caller.client, caller.person)


async def check_who_writes_off(
    session: AsyncSession, caller: Caller, access: FundAccess, loans: Sequence[Loan]
) -> None:
    """Of one fund. Most funds ask for nobody: then nothing more is read."""
    if SecondPersonAct.WRITE_OFF not in access.second_person_for:
        return
    decided = [loan.application_id for loan in loans if loan.application_id is not None]
    deciders = await applications.deciders_of(session, decided)
    for loan in loans:
        decided_by = deciders.get(loan.application_id) if loan.application_id else None
        check_second_person(access, SecondPersonAct.WRITE_OFF, officer_of(caller), decided_by=decided_by)

"""The worker compares, once a night, the counters of caps and budgets with the awards that they count."""

from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct
from services.capital.domain.events import CapitalEvent
from services.capital.domain.nightly_checks import NightlyCheck
from services.capital.persistence import ledger_proof, nightly_checks, schemes
from services.capital.usecases.dossiers import of_scheme
from services.kernel.access import Scope
from services.runtime.history.facts import Fact, tell


async def compare_counters(session: AsyncSession, *, today: date) -> NightlyCheck | None:
    """In one snapshot, so that no grant under way looks like a difference; None where today's is done."""
    if await nightly_checks.is_done(session, today):
        return None
    proof = await ledger_proof.prove_counters(session)
    return NightlyCheck(
        checked_on=today,
        checked_at=datetime.now(UTC),
        counters=proof.compared["counters"],
        awards=proof.compared["awards"],
        differences=proof.differences,
    )


async def record_check(session: AsyncSession, check: NightlyCheck) -> bool:
    """Whether it is this one that was kept, and told: of several workers at once, the first one's is."""
    if not await nightly_checks.add(session, check):
        return False
    by_scheme = check.by_scheme()
    found = await schemes.find_many(session, by_scheme, Scope())
    for scheme_id, differences in by_scheme.items():
        # A counter of a scheme that is not there would be a difference that no key lets happen.
        scheme = found[scheme_id]
        tell(
            session,
            Fact(
                dossier=of_scheme(scheme),
                act=CapitalAct.CHECK_COUNTERS,
                event=CapitalEvent.SCHEME_COUNTERS_DIFFER,
                after={"differences": len(differences)},
            ),
        )
    return True

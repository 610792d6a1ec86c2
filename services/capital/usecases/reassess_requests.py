"""Requests still open follow the rules of the day their contribution was paid up, voted late or not."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.domain.access import CapitalAct
from services.capital.domain.claims import entitlement_of
from services.capital.domain.events import CapitalEvent
from services.capital.domain.schemes import Scheme, Version, require_version
from services.capital.domain.top_ups import TopUp
from services.capital.domain.version_dates import require_rules_for
from services.capital.persistence import top_ups
from services.capital.usecases.dossiers import moved
from services.runtime.history.facts import Fact


async def reassess_requests(
    session: AsyncSession, scheme: Scheme, changed: Version, act: CapitalAct
) -> list[Fact]:
    """`scheme` is as the change leaves it, and locked; `changed` is the version that is new in it."""
    open_requests = await top_ups.requested_since(session, scheme.id, changed.valid_from)
    require_rules_for(scheme.versions, (top_up.paid_up_on for top_up in open_requests))
    assessed = [
        (
            top_up,
            replace(
                top_up,
                version_id=changed.id,
                entitlement_cents=entitlement_of(changed, top_up.claim).amount_cents,
            ),
        )
        for top_up in open_requests
        if require_version(scheme.versions, top_up.paid_up_on) is changed
    ]
    if assessed:
        await top_ups.save_assessments(session, [after for _, after in assessed])
    return [_told(act, before, after, changed.id) for before, after in assessed]


def _told(act: CapitalAct, before: TopUp, after: TopUp, version_id: UUID) -> Fact:
    return moved(act, CapitalEvent.TOP_UP_REASSESSED, before, after, subject_id=version_id)

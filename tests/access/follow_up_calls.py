"""One call of each route on follow-ups, and on the clawbacks that come of them."""

from tests.access import clawback_calls
from tests.access.building import Build, Json, Request, call
from tests.access.worlds import Tenant

CALLS: dict[str, Build] = dict(clawback_calls.CALLS)
FOLLOW_UPS = "/v1/top-ups/{top_up_id}/follow-ups"


def seen(tenant: Tenant) -> Json:
    return {
        "checked_on": "2026-06-01",
        "still_member": True,
        "capital_kept_cents": 1_500_00,
        "evidence": f"Motif {tenant.mark}",
    }


async def followed_up(tenant: Tenant) -> str:
    """A paid top-up, once its capital was seen."""
    top_up_id = str((await tenant.paid())["top_up_ids"][0])
    await tenant.post("capital", f"/top-ups/{top_up_id}/follow-ups", seen(tenant))
    return top_up_id


async def followed_and_taken_back(tenant: Tenant, top_up_id: str) -> None:
    await tenant.post("capital", f"/top-ups/{top_up_id}/follow-ups", seen(tenant))
    await clawback_calls.taken_back(tenant, top_up_id)


@call(CALLS, f"POST {FOLLOW_UPS}")
async def _recorded(tenant: Tenant) -> Request:
    paid = await tenant.paid()
    return Request(f"/v1/top-ups/{paid['top_up_ids'][0]}/follow-ups", seen(tenant))


@call(CALLS, f"GET {FOLLOW_UPS}")
async def _listed(tenant: Tenant) -> Request:
    return Request(f"/v1/top-ups/{await followed_up(tenant)}/follow-ups")

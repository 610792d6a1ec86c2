"""One call of each route on clawbacks."""

from tests.access.building import Build, Request, call
from tests.access.worlds import Tenant

CALLS: dict[str, Build] = {}
CLAWBACK = "/v1/top-ups/{top_up_id}/clawback"


async def _paid(tenant: Tenant) -> str:
    """The address of the clawback of a paid top-up that nothing is asked back of yet."""
    paid = await tenant.paid()
    return f"/top-ups/{paid['top_up_ids'][0]}/clawback"


async def _proposed(tenant: Tenant) -> str:
    path = await _paid(tenant)
    await tenant.post("capital", path, {"reason": f"Motif {tenant.mark}"})
    return path


async def taken_back(tenant: Tenant, top_up_id: str) -> str:
    """A part of a paid top-up."""
    path = f"/top-ups/{top_up_id}/clawback"
    await tenant.post("capital", path, {"reason": f"Motif {tenant.mark}"})
    body = {"amount_cents": 100, "received_on": "2026-06-01", "reference": f"Virement {tenant.mark}"}
    await tenant.post("capital", f"{path}/receipt", body)
    return path


@call(CALLS, f"GET {CLAWBACK}")
async def _read(tenant: Tenant) -> Request:
    paid = await tenant.paid()
    return Request(f"/v1{await taken_back(tenant, paid['top_up_ids'][0])}")


@call(CALLS, f"POST {CLAWBACK}")
async def _proposal(tenant: Tenant) -> Request:
    return Request(f"/v1{await _paid(tenant)}", {"reason": "Départ"})


@call(CALLS, f"POST {CLAWBACK}/confirmation")
async def _confirmation(tenant: Tenant) -> Request:
    return Request(f"/v1{await _proposed(tenant)}/confirmation", {})


@call(CALLS, f"POST {CLAWBACK}/receipt")
async def _receipt(tenant: Tenant) -> Request:
    body = {"amount_cents": 100, "received_on": "2026-06-01", "reference": "Virement"}
    return Request(f"/v1{await _proposed(tenant)}/receipt", body)


@call(CALLS, f"POST {CLAWBACK}/waiver")
async def _waiver(tenant: Tenant) -> Request:
    return Request(f"/v1{await _proposed(tenant)}/waiver", {"reason": "Décès"})


@call(CALLS, f"POST {CLAWBACK}/withdrawal")
async def _withdrawal(tenant: Tenant) -> Request:
    return Request(f"/v1{await _proposed(tenant)}/withdrawal", {"reason": "Erreur"})

"""Calls of the routes about de minimis aid: the sums are of a company, the declarations of a region too."""

from uuid import uuid4

from services.kernel.calendar import today_in_paris
from tests.access.building import Build, Json, Request, call
from tests.access.worlds import Tenant

CALLS: dict[str, Build] = {}
DECLARATIONS = "/v1/de-minimis-declarations"


def _body(tenant: Tenant) -> Json:
    return {
        "region": tenant.region,
        "cae": tenant.cae,
        "granted_on": today_in_paris().isoformat(),  # within any window that is asked for today
        "amount_cents": 1_500_00,
        "grantor": f"Ville de {tenant.mark}",
        "reference": f"DEL {uuid4().hex[:8]}",
    }


async def declared(tenant: Tenant) -> str:
    """By the CAE, which may take it back as its operator may."""
    return str((await tenant.post("capital", "/de-minimis-declarations", _body(tenant), "cae"))["id"])


@call(CALLS, "GET /v1/de-minimis")
async def _received(tenant: Tenant) -> Request:
    await tenant.paid(await tenant.fresh_scheme())
    # Any operator may ask of any company: the ceiling is one for all. It is told sums, and its own schemes.
    return Request(f"/v1/de-minimis?cae={tenant.cae}&on=2026-03-01", names_nobody=True)


@call(CALLS, "POST /v1/de-minimis-declarations")
async def _declaration(tenant: Tenant) -> Request:
    return Request(DECLARATIONS, _body(tenant))


@call(CALLS, "GET /v1/de-minimis-declarations")
async def _declarations(tenant: Tenant) -> Request:
    await declared(tenant)
    return Request(DECLARATIONS, is_list=True, names_nobody=True)


@call(CALLS, "GET /v1/de-minimis-declarations/{declaration_id}")
async def _one(tenant: Tenant) -> Request:
    return Request(f"{DECLARATIONS}/{await declared(tenant)}")


@call(CALLS, "POST /v1/de-minimis-declarations/{declaration_id}/cancellation")
async def _cancellation(tenant: Tenant) -> Request:
    return Request(f"{DECLARATIONS}/{await declared(tenant)}/cancellation", {"reason": "Aide retirée"})

"""One call of each route on successions: the tenant's CAE takes another's dossiers along."""

from tests.access.building import Build, Request, call
from tests.access.worlds import Json, Tenant
from tests.factories.capital import new_siren

CALLS: dict[str, Build] = {}


async def _body(tenant: Tenant) -> Json:
    await tenant.scheme()
    return {
        "region": tenant.region,
        "from_siren": new_siren(),
        "to_siret": tenant.company["siret"],
        "to_name": tenant.company["name"],
        "effective_on": "2026-04-01",
        "reason": f"Traité {tenant.mark}",
    }


async def _recorded(tenant: Tenant) -> str:
    return str((await tenant.post("capital", "/successions", await _body(tenant)))["id"])


@call(CALLS, "POST /v1/successions")
async def _record(tenant: Tenant) -> Request:
    return Request("/v1/successions", await _body(tenant))


@call(CALLS, "GET /v1/successions")
async def _listed(tenant: Tenant) -> Request:
    await _recorded(tenant)
    return Request(f"/v1/successions?limit=100&cae={tenant.cae}", is_list=True, names_nobody=True)


@call(CALLS, "GET /v1/successions/{succession_id}")
async def _read(tenant: Tenant) -> Request:
    return Request(f"/v1/successions/{await _recorded(tenant)}")

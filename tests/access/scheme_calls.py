"""One call of each route of schemes and of their versions."""

from tests.access.building import Build, Request, call
from tests.access.worlds import Tenant

CALLS: dict[str, Build] = {}
VERSION_TO_COME = "2099-01-01"


async def _version_to_come(tenant: Tenant) -> str:
    """The address of rules that nothing follows yet."""
    scheme = await tenant.fresh_scheme()
    body = tenant.version_body(valid_from=VERSION_TO_COME)
    added = await tenant.post("capital", f"/schemes/{scheme}/versions", body)
    return f"/v1/schemes/{scheme}/versions/{added['id']}"


@call(CALLS, "POST /v1/schemes")
async def _scheme(tenant: Tenant) -> Request:
    return Request("/v1/schemes", tenant.scheme_body())


@call(CALLS, "POST /v1/schemes/{scheme_id}/versions")
async def _version(tenant: Tenant) -> Request:
    body = tenant.version_body(valid_from="2027-01-01")
    return Request(f"/v1/schemes/{await tenant.fresh_scheme()}/versions", body)


@call(CALLS, "GET /v1/scheme-presets")
async def _presets(_: Tenant) -> Request:
    return Request("/v1/scheme-presets", names_nobody=True)


@call(CALLS, "GET /v1/schemes/{scheme_id}/versions/{version_id}")
async def _one_version(tenant: Tenant) -> Request:
    return Request(await _version_to_come(tenant))


@call(CALLS, "PUT /v1/schemes/{scheme_id}/versions/{version_id}")
async def _replaced_version(tenant: Tenant) -> Request:
    path = await _version_to_come(tenant)
    read = await tenant.as_("capital", "operator").get(path)
    body = tenant.version_body(valid_from=VERSION_TO_COME, ceiling_cents=2_500_00)
    return Request(path, body, {"If-Match": read.headers["ETag"]})


@call(CALLS, "GET /v1/schemes/{scheme_id}/waiting-list")
async def _waiting_list(tenant: Tenant) -> Request:
    return Request(f"/v1/schemes/{await tenant.scheme()}/waiting-list?cae={tenant.cae}")


@call(CALLS, "POST /v1/schemes/{scheme_id}/simulations")
async def _simulation(tenant: Tenant) -> Request:
    contribution = {"reference": "E1", "paid_up_cents": 1_500_00, "paid_up_on": "2026-01-15"}
    body = {"cae": {"siret": tenant.company["siret"]}, "contributions": [contribution]}
    return Request(f"/v1/schemes/{await tenant.scheme()}/simulations", body)


@call(CALLS, "POST /v1/schemes/{scheme_id}/grants")
async def _grants(tenant: Tenant) -> Request:
    scheme = await tenant.fresh_scheme()
    decisions = [{"top_up_id": await tenant.top_up(scheme)}]
    body = {"decisions": decisions, "decided_on": "2026-02-01", "reference": "CP 1"}
    return Request(f"/v1/schemes/{scheme}/grants", body)

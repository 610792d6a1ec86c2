"""Calls of the routes that name nobody: what is awarded, what measures would cost, what a night found."""

from tests.access.building import Build, Request, call
from tests.access.worlds import Tenant

CALLS: dict[str, Build] = {}


@call(CALLS, "GET /v1/exports/scdl-subventions.csv")
async def _subsidies(tenant: Tenant) -> Request:
    scheme = await tenant.fresh_scheme()
    await tenant.paid(scheme)
    # A CAE may read any scheme, of which the file has its own awards.
    return Request(f"/v1/exports/scdl-subventions.csv?scheme_id={scheme}&year=2026", names_nobody=True)


@call(CALLS, "GET /v1/schemes/{scheme_id}/statements")
async def _statements(tenant: Tenant) -> Request:
    return Request(f"/v1/schemes/{await tenant.fresh_scheme()}/statements")


@call(CALLS, "GET /v1/schemes/{scheme_id}/statements.csv")
async def _statements_file(tenant: Tenant) -> Request:
    return Request(f"/v1/schemes/{await tenant.fresh_scheme()}/statements.csv")


@call(CALLS, "GET /v1/schemes/{scheme_id}/statements/{siren}")
async def _statement(tenant: Tenant) -> Request:
    return Request(f"/v1/schemes/{await tenant.fresh_scheme()}/statements/{tenant.funder}")


@call(CALLS, "GET /v1/conventions-due")
async def _conventions_due(tenant: Tenant) -> Request:
    body = tenant.scheme_body()
    body["version"] |= {"ceiling_cents": 30_000_00, "cae_cap_cents": 30_000_00, "priority_groups": []}
    scheme = str((await tenant.post("capital", "/schemes", body))["id"])
    asked = {**tenant.top_up_body(scheme), "subscribed_cents": 25_000_00, "paid_up_cents": 25_000_00}
    made = (await tenant.post("capital", "/top-ups", asked))["id"]
    decision = {"decided_on": "2026-02-01", "reference": f"Délibération {tenant.mark}"}
    await tenant.post("capital", f"/top-ups/{made}/grant", decision)
    return Request("/v1/conventions-due?year=2026", is_list=True, names_nobody=True)


@call(CALLS, "GET /v1/schemes/{scheme_id}/proof-of-use")
async def _proof_of_use(tenant: Tenant) -> Request:
    scheme = await tenant.fresh_scheme()
    await tenant.paid(scheme)
    # A CAE may read any scheme, of which this has its own awards.
    return Request(f"/v1/schemes/{scheme}/proof-of-use", names_nobody=True)


@call(CALLS, "GET /v1/budget-projection")
async def _projection(_: Tenant) -> Request:
    return Request("/v1/budget-projection", names_nobody=True)


@call(CALLS, "GET /v1/nightly-checks")
async def _nightly_checks(_: Tenant) -> Request:
    return Request("/v1/nightly-checks", names_nobody=True)

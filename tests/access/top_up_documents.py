"""One call of each route on the documents of top-ups."""

from tests.access.building import Build, Request, call
from tests.access.worlds import Tenant, done
from tests.api import once
from tests.factories.documents import PDF

CALLS: dict[str, Build] = {}
DOCUMENTS = "/v1/top-ups/{top_up_id}/documents"


async def _attached(tenant: Tenant) -> tuple[str, str]:
    """The address of a top-up's documents, and the id of one of them."""
    path = f"/v1/top-ups/{await tenant.top_up()}/documents"
    sent = await tenant.as_("capital", "operator").post(
        path,
        files={"file": (f"{tenant.mark}.pdf", PDF)},
        data={"kind": "admission", "label": f"Motif {tenant.mark}"},
        headers=once(),
    )
    made = str((await done(sent))["id"])
    tenant.made.add(made)
    return path, made


@call(CALLS, f"GET {DOCUMENTS}")
async def _listed(tenant: Tenant) -> Request:
    path, _ = await _attached(tenant)
    return Request(path, is_list=True)


@call(CALLS, f"POST {DOCUMENTS}")
async def _attachment(tenant: Tenant) -> Request:
    path = f"/v1/top-ups/{await tenant.top_up()}/documents"
    return Request(path, form={"kind": "admission"}, files={"file": ("pv.pdf", PDF)})


@call(CALLS, f"GET {DOCUMENTS}/{{document_id}}")
async def _read(tenant: Tenant) -> Request:
    return Request("/".join(await _attached(tenant)))


@call(CALLS, f"GET {DOCUMENTS}/{{document_id}}/content")
async def _content(tenant: Tenant) -> Request:
    return Request("/".join(await _attached(tenant)) + "/content")


@call(CALLS, f"DELETE {DOCUMENTS}/{{document_id}}")
async def _removal(tenant: Tenant) -> Request:
    return Request("/".join(await _attached(tenant)))

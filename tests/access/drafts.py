"""One call of each route on drafts, documents and questions, as `rest_calls` has them of the rest."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.access.worlds import Tenant, done
from tests.api import once
from tests.factories.documents import PDF

APPLICATION = "/v1/applications/{application_id}"
DOCUMENT = f"{APPLICATION}/documents/{{document_id}}"
Make = Callable[..., Any]
"""Makes the request of a walk."""
Build = Callable[[Tenant, str], Awaitable[Any]]


async def draft(tenant: Tenant) -> str:
    """Whole: it may be submitted."""
    body = {**await tenant.application_body(), "draft": True}
    return str((await tenant.post("loans", "/applications", body))["id"])


async def document(tenant: Tenant) -> tuple[str, str]:
    application = await tenant.application()
    sent = await tenant.as_("loans", "operator").post(
        f"/v1/applications/{application}/documents",
        files={"file": (f"{tenant.mark}.pdf", PDF)},
        data={"kind": "other", "label": f"Motif {tenant.mark}"},
        headers=once(),
    )
    made = str((await done(sent))["id"])
    tenant.made.add(made)
    return application, made


async def question(tenant: Tenant, asked_by: str) -> tuple[str, str]:
    application = await tenant.application()
    body = {"text": f"Objet {tenant.mark}"}
    made = await tenant.post("loans", f"/applications/{application}/questions", body, asked_by)
    return application, str(made["id"])


def calls(make: Make) -> dict[str, Build]:
    return {**_of_drafts(make), **_of_documents(make), **_of_questions(make)}


def _of_drafts(make: Make) -> dict[str, Build]:
    async def change(tenant: Tenant, _: str) -> Any:
        path = f"/v1/applications/{await draft(tenant)}"
        read = await tenant.as_("loans", "operator").get(path)
        return make(path, {"months": 24}, {"If-Match": read.headers["ETag"]})

    async def submission(tenant: Tenant, _: str) -> Any:
        return make(f"/v1/applications/{await draft(tenant)}/submission", {})

    async def cancellation(tenant: Tenant, _: str) -> Any:
        body = {"cancelled_on": "2024-02-15", "reason": "Abandon"}
        return make(f"/v1/applications/{await tenant.signed()}/cancellation", body)

    return {
        f"PATCH {APPLICATION}": change,
        f"POST {APPLICATION}/submission": submission,
        f"POST {APPLICATION}/cancellation": cancellation,
    }


def _of_documents(make: Make) -> dict[str, Build]:
    def of_one(tail: str) -> Build:
        async def build(tenant: Tenant, _: str) -> Any:
            application, made = await document(tenant)
            return make(f"/v1/applications/{application}/documents/{made}{tail}")

        return build

    async def listed(tenant: Tenant, _: str) -> Any:
        application, _made = await document(tenant)
        return make(f"/v1/applications/{application}/documents", is_list=True)

    async def attachment(tenant: Tenant, _: str) -> Any:
        return make(
            f"/v1/applications/{await tenant.application()}/documents",
            form={"kind": "other"},
            files={"file": ("devis.pdf", PDF)},
        )

    return {
        f"GET {DOCUMENT}": of_one(""),
        f"GET {DOCUMENT}/content": of_one("/content"),
        f"DELETE {DOCUMENT}": of_one(""),
        f"GET {APPLICATION}/documents": listed,
        f"POST {APPLICATION}/documents": attachment,
    }


def _of_questions(make: Make) -> dict[str, Build]:
    async def listed(tenant: Tenant, _: str) -> Any:
        application, _made = await question(tenant, "operator")
        return make(f"/v1/applications/{application}/questions", is_list=True)

    async def asked(tenant: Tenant, _: str) -> Any:
        return make(f"/v1/applications/{await tenant.application()}/questions", {"text": "Et le devis ?"})

    async def answered(tenant: Tenant, role: str) -> Any:
        """Of the other side: one's own is not to be answered."""
        _application, made = await question(tenant, "cae" if role == "operator" else "operator")
        return make(f"/v1/questions/{made}/answers", {"text": "Le voici"})

    return {
        f"GET {APPLICATION}/questions": listed,
        f"POST {APPLICATION}/questions": asked,
        "POST /v1/questions/{question_id}/answers": answered,
    }

"""An application that a CAE fills over several days, with papers and a question, until it is decided."""

from typing import Any

import httpx

from tests.api import once
from tests.factories.capital import new_siren, siret_of
from tests.factories.documents import DOCX, PDF
from tests.journeys.conftest import Caller, Essor
from tests.journeys.test_loans import open_fund

COMMITTEE = {
    "held_on": "2025-01-28",
    "present": [{"name": name, "organisation": "Comité"} for name in ("Ana Roy", "Luc Petit", "Zoé Blanc")],
    "votes_for": 3,
    "votes_against": 0,
}


async def fill(caller: Caller, process: str, draft: str, patch: dict[str, Any]) -> dict[str, Any]:
    """Read, then changed with the tag of what was read; by any process of the service."""
    path = f"{process}/v1/applications/{draft}"
    read = await caller.client.get(path)
    response = await caller.client.patch(path, json=patch, headers={"If-Match": read.headers["ETag"]})
    assert response.is_success, response.text
    answer = response.json()
    assert isinstance(answer, dict)
    return answer


async def attach(caller: Caller, process: str, draft: str, kind: str, content: bytes) -> httpx.Response:
    response = await caller.client.post(
        f"{process}/v1/applications/{draft}/documents",
        files={"file": (f"{kind}.pdf", content)},
        data={"kind": kind},
        headers=once(),
    )
    assert response.is_success, response.text
    return response


async def test_a_draft_filled_over_several_calls_becomes_an_offer(essor: Essor) -> None:
    siren = new_siren()
    first, second = essor.loans
    async with essor.as_("operator", regions=["84"]) as operator, essor.as_("cae", siren=siren) as cae:
        fund = await open_fund(
            operator, f"Fonds des brouillons {siren}", region_cents=40_000_00, state_cents=10_000_00
        )
        body = {"draft": True, "fund_id": fund, "cae": {"siret": siret_of(siren)}}
        draft = (await cae.post("loans", "/applications", body))["id"]
        person = {"reference": "E-31", "given_name": "Awa", "family_name": "Le Goff"}
        await fill(cae, second, draft, {"cae": {"name": "Coopérative"}, "entrepreneur": person})
        plan = (await attach(cae, first, draft, "business_plan", DOCX)).json()
        wrong = (await attach(cae, second, draft, "quote", PDF)).json()

        asked = await operator.post("loans", f"/applications/{draft}/questions", {"text": "Et le devis ?"})
        seen = await cae.get("loans", f"/applications/{draft}")
        assert (seen["status"], seen["open_questions"]) == ("draft", 1)
        assert [one["pointer"] for one in seen["missing"]] == [
            "/entrepreneur/contract",
            "/amount_cents",
            "/months",
            "/purpose",
        ]
        gone = await cae.client.delete(f"{first}/v1/applications/{draft}/documents/{wrong['id']}")
        assert gone.is_success
        await cae.post("loans", f"/questions/{asked['id']}/answers", {"text": "Il vient d'être remplacé"})
        whole = await fill(
            cae,
            second,
            draft,
            {
                "entrepreneur": {"contract": {"kind": "CESA", "started_on": "2024-03-01"}},
                "amount_cents": 6_000_00,
                "months": 24,
                "purpose": "Un four et un pétrin",
            },
        )
        assert (whole["missing"], whole["obstacles"], whole["open_questions"]) == ([], [], 0)

        submitted = await cae.post("loans", f"/applications/{draft}/submission", {})
        assert (submitted["id"], submitted["status"]) == (draft, "submitted")
        await operator.post("loans", f"/applications/{draft}/review", {})
        decision = {"outcome": "approved", "committee": COMMITTEE}
        approved = await operator.post("loans", f"/applications/{draft}/decision", decision)

        assert approved["status"] == "approved"
        listed = await operator.get("loans", f"/applications/{draft}/documents")
        assert [(one["id"], one["removed_on"] is None) for one in listed["items"]] == [
            (plan["id"], True),
            (wrong["id"], False),
        ]
        # What one process stored, the other gives: they share the directory.
        content = await operator.client.get(
            f"{second}/v1/applications/{draft}/documents/{plan['id']}/content"
        )
        assert content.content == DOCX
        said = await operator.get("loans", f"/applications/{draft}/questions")
        assert [[one["text"] for one in question["answers"]] for question in said["items"]] == [
            ["Il vient d'être remplacé"]
        ]

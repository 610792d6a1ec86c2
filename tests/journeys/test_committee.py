"""A full committee session over HTTP, from its agenda to the first payment: as its secretary holds it."""

from typing import Any

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from services.runtime.database.transactions import asyncpg_url
from tests.factories.capital import new_siren, siret_of
from tests.journeys.conftest import Caller, Essor

REGION = {"siren": "200053767", "name": "Région", "kind": "region"}
SESSION = """query ($id: ID!) { committeeSession(id: $id) {
    status grantedCents minutesHash
    members { name present }
    items {
      number outcome hasQuorum mustStandAside vote { votesFor }
      application { status conditions { text } }
    }
} }"""


class Story:
    """One operator, one fund with a quorum of three, three applications of two CAEs."""

    def __init__(self, operator: Caller) -> None:
        self.operator = operator
        self.tied_cae, self.other_cae = new_siren(), new_siren()
        self.fund = ""
        self.session = ""

    async def post(self, path: str, body: Any, status: int | None = None) -> Any:
        response = await self.operator.send("loans", path, body)
        assert response.status_code == status if status else response.is_success, response.text
        return response.json()

    async def open_fund(self) -> None:
        body = {"region": "84", "name": f"Comité {self.tied_cae}", "opened_on": "2025-01-06"}
        self.fund = (await self.post("/funds", {**body, "settings": {"quorum": 3}}))["id"]
        paid = {"funder": REGION, "convention": "2025", "amount_cents": 30_000_00, "paid_on": "2025-01-10"}
        await self.post(f"/funds/{self.fund}/contributions", paid)

    async def application(self, cae: str, reference: str) -> str:
        body = {
            "fund_id": self.fund,
            "cae": {"siret": siret_of(cae), "name": "Coopérative des Essais"},
            "entrepreneur": {
                "reference": reference,
                "given_name": "Awa",
                "family_name": "Le Goff",
                "contract": {"kind": "CESA", "started_on": "2024-03-01"},
            },
            "amount_cents": 8_000_00,
            "months": 36,
            "grace_months": 0,
            "purpose": "Un four et un pétrin",
            "submitted_on": "2025-01-20",
        }
        dossier = (await self.post("/applications", body))["id"]
        await self.post(f"/applications/{dossier}/review", {})
        return str(dossier)

    async def standing_members(self) -> None:
        for name in ("Ana Roy", "Luc Petit", "Zoé Blanc"):
            body = {"name": name, "organisation": "Région", "from_on": "2025-01-06"}
            await self.post(f"/funds/{self.fund}/committee-members", body)
        tied = {"name": "Denise Noir", "organisation": "Union", "tied_to": [self.tied_cae]}
        await self.post(f"/funds/{self.fund}/committee-members", {**tied, "from_on": "2025-01-06"})

    async def at_session(self, verb: str, body: Any = None, status: int | None = None) -> Any:
        return await self.post(f"/committee-sessions/{self.session}/{verb}", body or {}, status)

    async def vote(self, dossier: str, status: int | None = None, **said: Any) -> Any:
        return await self.at_session(f"items/{dossier}/vote", {"outcome": "approved", **said}, status)


async def test_a_full_committee_session(essor: Essor) -> None:
    async with essor.as_("operator", regions=["84"], person="sonia.petit") as operator:
        story = Story(operator)
        await story.open_fund()
        await story.standing_members()
        approved = await story.application(story.other_cae, "E-1")
        refused = await story.application(story.other_cae, "E-2")
        conflicted = await story.application(story.tied_cae, "E-3")

        planned = await story.post("/committee-sessions", {"fund_id": story.fund, "held_on": "2025-02-04"})
        story.session = planned["id"]
        who = {member["name"]: member["id"] for member in planned["members"]}
        await story.at_session("agenda", {"application_ids": [approved, refused, conflicted]})
        await story.at_session("opening")
        # Zoé Blanc is absent: three sit, and are just enough.
        presences = [{"member_id": one, "present": name != "Zoé Blanc"} for name, one in who.items()]
        held = await story.at_session("attendance", {"attendance": presences})
        assert [item["has_quorum"] for item in held["items"]] == [True, True, False]
        assert held["items"][2]["must_stand_aside"] == [who["Denise Noir"]]

        conditions = ["Attestation d'assurance", {"text": "Formation", "precedent": False}]
        terms = {"amount_cents": 6_000_00, "months": 24, "conditions": conditions}
        await story.vote(approved, votes_for=2, votes_against=1, reason="Au devis", **terms)
        await story.vote(refused, outcome="refused", votes_for=0, votes_against=3)
        # The third is of the CAE that Denise Noir is tied to: she stands aside, and the quorum is lost.
        tied = await story.vote(conflicted, 409, votes_for=3, votes_against=0)
        assert (tied["code"], tied["members"]) == ("conflict-of-interest", ["Denise Noir"])
        aside = {"stood_aside": [who["Denise Noir"]]}
        without = await story.vote(conflicted, 409, votes_for=2, votes_against=0, **aside)
        assert (without["code"], without["voters"], without["quorum"]) == ("no-quorum", 2, 3)

        closed = await story.at_session("closing")
        assert [item["outcome"] for item in closed["items"]] == ["approved", "refused", "deferred"]
        assert closed["granted_cents"] == 6_000_00
        position = await operator.get("loans", f"/funds/{story.fund}/position")
        assert position["committed_cents"] == 6_000_00
        following = await story.post("/committee-sessions", {"fund_id": story.fund, "held_on": "2025-03-04"})
        assert [item["application_id"] for item in following["items"]] == [conflicted]

        await minutes_stand(essor, story, closed["minutes_hash"])
        await the_graph_says_the_same(story, closed["minutes_hash"])
        await money_leaves_once_conditions_are_lifted(story, approved)


async def minutes_stand(essor: Essor, story: Story, minutes_hash: str) -> None:
    path = f"/committee-sessions/{story.session}/minutes"
    assert (await story.operator.get("loans", path))["hash"] == minutes_hash
    owner = create_async_engine(asyncpg_url(str(essor.settings.database_url)), poolclass=NullPool)
    tamper = text("UPDATE loans.session_items SET votes_for = 9 WHERE session_id = :id")
    with pytest.raises(DBAPIError, match="never changed"):
        async with owner.begin() as connection:
            await connection.execute(tamper, {"id": story.session})
    await owner.dispose()
    proof = await story.operator.get("loans", f"{path}/proof")
    assert (proof["stands"], proof["found_hash"], proof["differing"]) == (True, minutes_hash, [])


async def the_graph_says_the_same(story: Story, minutes_hash: str) -> None:
    found = (await story.operator.graphql(SESSION, id=story.session))["committeeSession"]
    assert (found["status"], found["grantedCents"], found["minutesHash"]) == (
        "CLOSED",
        6_000_00,
        minutes_hash,
    )
    assert [item["outcome"] for item in found["items"]] == ["APPROVED", "REFUSED", "DEFERRED"]
    assert found["items"][0]["vote"] == {"votesFor": 2}
    assert found["items"][0]["application"]["status"] == "APPROVED"
    assert found["items"][0]["application"]["conditions"][0]["text"] == "Attestation d'assurance"
    assert {"name": "Zoé Blanc", "present": False} in found["members"]


async def money_leaves_once_conditions_are_lifted(story: Story, approved: str) -> None:
    await story.post(f"/applications/{approved}/signature", {"signed_on": "2025-02-10"})
    payment = {"disbursed_on": "2025-02-20", "reference": "VIR-1"}
    held_back = await story.post(f"/applications/{approved}/disbursement", payment, 409)
    assert (held_back["code"], held_back["conditions"]) == (
        "conditions-not-lifted",
        ["Attestation d'assurance"],
    )
    dossier = await story.operator.get("loans", f"/applications/{approved}")
    lifting = {"lifted_on": "2025-02-15", "evidence": "Attestation de la MAIF"}
    condition = dossier["conditions"][0]["id"]
    await story.post(f"/applications/{approved}/conditions/{condition}/lifting", lifting)
    loan = await story.post(f"/applications/{approved}/disbursement", payment, 201)
    assert (loan["principal_cents"], len(loan["schedule"])) == (6_000_00, 24)

"""What the secretary of a fund's committee does, over REST: one call, one line."""

from typing import Any

from tests.api import once
from tests.services.loans.conftest import Json, Lending, answered

HELD_ON = "2024-01-10"
MEMBERS = [{"name": name, "organisation": "France Active"} for name in ("Ada", "Léo", "Zoé")]


class Secretary:
    """What the secretary of a fund's committee does."""

    def __init__(self, lending: Lending, fund_id: str) -> None:
        self.lending, self.fund_id = lending, fund_id

    async def post(self, path: str, body: Json | None = None, status: int = 200) -> Json:
        response = await self.lending.operator.post(f"/v1/{path}", json=body or {}, headers=once())
        return answered(response, status)

    async def plan(self, held_on: str = HELD_ON, **more: Any) -> Json:
        body = {"fund_id": self.fund_id, "held_on": held_on, "members": MEMBERS, **more}
        return await self.post("committee-sessions", body, 201)

    async def act(self, session: Json, verb: str, body: Json | None = None, status: int = 200) -> Json:
        return await self.post(f"committee-sessions/{session['id']}/{verb}", body, status)

    async def opened(self, *applications: Json, **more: Any) -> Json:
        """Held, with everybody there and these applications on its agenda."""
        session = await self.plan(**more)
        await self.agenda(session, *applications)
        await self.act(session, "opening")
        return await self.everybody(session)

    async def agenda(self, session: Json, *applications: Json, status: int = 200) -> Json:
        body = {"application_ids": [application["id"] for application in applications]}
        return await self.act(session, "agenda", body, status)

    async def everybody(self, session: Json, **absent: bool) -> Json:
        attendance = [
            {"member_id": member["id"], "present": not absent.get(member["name"], False)}
            for member in session["members"]
        ]
        return await self.act(session, "attendance", {"attendance": attendance})

    async def vote(self, session: Json, application: Json, status: int = 200, **changed: Any) -> Json:
        body = {"votes_for": 3, "votes_against": 0, "outcome": "approved", **changed}
        return await self.act(session, f"items/{application['id']}/vote", body, status)

    async def read(self, session: Json) -> Json:
        return await self.lending.read(f"committee-sessions/{session['id']}")


async def under_review(secretary: Secretary, **asked: Any) -> Json:
    return await secretary.lending.under_review(secretary.fund_id, **asked)


def member(session: Json, name: str) -> str:
    (found,) = [one["id"] for one in session["members"] if one["name"] == name]
    return str(found)

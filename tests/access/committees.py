"""A tenant's committee: members and sessions, each in a state in which the rules take a call."""

from dataclasses import dataclass
from typing import Any

from tests.access.worlds import Tenant, done

Json = dict[str, Any]


def member_body(tenant: Tenant) -> Json:
    return {"name": f"Membre {tenant.mark}", "organisation": f"Organisme {tenant.mark}"}


def vote_body(tenant: Tenant) -> Json:
    return {
        "outcome": "approved",
        "votes_for": 1,
        "votes_against": 0,
        "conditions": [{"text": f"Condition {tenant.mark}", "precedent": True}],
        "reason": f"Motif {tenant.mark}",
    }


def lifting_body(tenant: Tenant) -> Json:
    return {"lifted_on": "2024-01-20", "evidence": f"Motif {tenant.mark}"}


async def standing(tenant: Tenant) -> str:
    body = {**member_body(tenant), "from_on": "2020-01-01"}
    path = f"/funds/{await tenant.fund()}/committee-members"
    return str((await tenant.post("loans", path, body))["id"])


async def session_body(tenant: Tenant) -> Json:
    return {
        "fund_id": await tenant.fund(),
        "held_on": "2024-01-10",
        "member_ids": [],
        "members": [member_body(tenant)],
    }


@dataclass(frozen=True)
class Held:
    """A session with one application on its agenda."""

    session: str
    application: str
    member: str


async def planned(tenant: Tenant) -> Held:
    session = await tenant.post("loans", "/committee-sessions", await session_body(tenant))
    application = await tenant.application("review")
    path = f"/committee-sessions/{session['id']}"
    # What an earlier session of the fund left may stand on it already.
    on_it = [item["application_id"] for item in session["items"]]
    await tenant.post("loans", f"{path}/agenda", {"application_ids": [application, *on_it]})
    return Held(session["id"], application, session["members"][0]["id"])


async def opened(tenant: Tenant) -> Held:
    held = await planned(tenant)
    path = f"/committee-sessions/{held.session}"
    await tenant.post("loans", f"{path}/opening", {})
    attendance = [{"member_id": held.member, "present": True}]
    await tenant.post("loans", f"{path}/attendance", {"attendance": attendance})
    return held


async def voted(tenant: Tenant) -> Held:
    held = await opened(tenant)
    path = f"/committee-sessions/{held.session}/items/{held.application}/vote"
    await tenant.post("loans", path, vote_body(tenant))
    return held


async def closed(tenant: Tenant) -> Held:
    held = await voted(tenant)
    await tenant.post("loans", f"/committee-sessions/{held.session}/closing", {})
    return held


async def condition(tenant: Tenant) -> tuple[str, str]:
    """(application, condition) of an offer."""
    application = await tenant.application("review", "decision")
    read = await done(await tenant.as_("loans", "operator").get(f"/v1/applications/{application}"))
    return application, read["conditions"][0]["id"]

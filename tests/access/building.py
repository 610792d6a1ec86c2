"""How the calls of a walk are built: on a tenant's own dossiers, in a state in which the rules take them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.access.worlds import Tenant

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """`names_nobody`: no dossier of others is asked for; they are looked for in its answer only.

    `is_batch`: what is not seen is told of its line, and the batch is refused for it.
    """

    path: str
    body: Json | None = None
    headers: dict[str, str] | None = None
    form: dict[str, str] | None = None
    files: dict[str, tuple[str, bytes]] | None = None
    is_list: bool = False
    names_nobody: bool = False
    is_batch: bool = False


Build = Callable[[Tenant, str], Awaitable[Request]]
"""Of a tenant, for the role that is going to call."""
LOANS: dict[str, Build] = {}
CAPITAL: dict[str, Build] = {}
OF_ITS_ROLE: set[str] = set()
"""Routes of which each role calls another dossier."""


def call(calls: dict[str, Build], route: str) -> Callable[[Callable[[Tenant], Awaitable[Request]]], None]:
    def add(build: Callable[[Tenant], Awaitable[Request]]) -> None:
        async def whoever_calls(tenant: Tenant, _: str) -> Request:
            return await build(tenant)

        calls[route] = whoever_calls

    return add


def simple(calls: dict[str, Build], route: str, name: str, body: Json | None = None) -> None:
    """`name` is the method of the tenant that makes what the path's one parameter names."""

    async def build(tenant: Tenant, _: str) -> Request:
        made = await getattr(tenant, name)()
        head, _, tail = route.partition(" ")[2].partition("{")
        return Request(head + made + tail.partition("}")[2], body)

    calls[route] = build


def listing(calls: dict[str, Build], route: str, name: str, query: str = "") -> None:
    """What the tenant has just made, by its method `name`, stands on the first page."""

    async def build(tenant: Tenant, _: str) -> Request:
        await getattr(tenant, name)()
        return Request(route.partition(" ")[2] + query, is_list=True, names_nobody=True)

    calls[route] = build


def of_webhooks(calls: dict[str, Build], service: str) -> None:
    """A webhook belongs to the role that registers it: each role is tried on its own."""

    async def registered(tenant: Tenant, role: str) -> str:
        return await tenant.webhook(service, role if role in {"operator", "cae", "partner"} else "operator")

    async def register(tenant: Tenant, _: str) -> Request:
        return Request("/v1/webhooks", tenant.webhook_body(), names_nobody=True)

    async def listed(tenant: Tenant, role: str) -> Request:
        await registered(tenant, role)
        return Request("/v1/webhooks", is_list=True, names_nobody=True)

    calls["POST /v1/webhooks"], calls["GET /v1/webhooks"] = register, listed
    for method, tail in (
        ("GET", ""),
        ("GET", "/deliveries"),
        ("POST", "/pause"),
        ("POST", "/resumption"),
        ("POST", "/revocation"),
        ("POST", "/secret-rotation"),
        ("POST", "/replays"),
    ):
        calls[f"{method} /v1/webhooks/{{webhook_id}}{tail}"] = _act_on_a_webhook(registered, method, tail)
    OF_ITS_ROLE.update(route for route in calls if "/webhooks" in route)


def _act_on_a_webhook(registered: Callable[[Tenant, str], Awaitable[str]], method: str, tail: str) -> Build:
    bodies: dict[str, Json] = {"/replays": {"since": "2026-01-01T00:00:00Z"}}

    async def build(tenant: Tenant, role: str) -> Request:
        webhook = await registered(tenant, role)
        body = None if method == "GET" else bodies.get(tail, {})
        return Request(f"/v1/webhooks/{webhook}{tail}", body)

    return build

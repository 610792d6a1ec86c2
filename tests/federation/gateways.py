"""Several gateways before the same services: each question is asked of all, and their answers compared."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.journeys.conftest import Caller, Essor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    Path = tuple[str | int, ...]


UNAVAILABLE = "SUBGRAPH_UNAVAILABLE"
CODES = {UNAVAILABLE: "INTERNAL_SERVER_ERROR"}
"""Hive's for ours, where it has another: it tells of a service that is away as of any error of its own."""


@dataclass
class ComparedEssor(Essor):
    """An Essor with other gateways beside its own."""

    others: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def as_(self, role: str, **who: Any) -> AsyncIterator[ComparedCaller]:
        async with super().as_(role, **who) as caller:
            yield ComparedCaller(self, caller.client)


@dataclass
class ComparedCaller(Caller):
    """Whoever asks one gateway in a journey asks them all."""

    async def graphql(self, query: str, **variables: Any) -> Any:
        answer = await self.compared(query, variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def compared(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The answer that all gave."""
        answer, differences = await self.differences(query, variables)
        assert differences == {}
        return answer

    async def differences(
        self, query: str, variables: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """The answer of Essor's own gateway, and by name of another what that one says instead."""
        assert isinstance(self.essor, ComparedEssor)
        body = {"query": query, "variables": _asked_once(query, variables)}
        ours = await self._ask(self.essor.gateway, body)
        differing = {}
        for name, address in self.essor.others.items():
            theirs = await self._ask(address, body)
            if not answers_agree(ours, theirs):  # perhaps an event was told meanwhile: then both know it now
                ours, theirs = await self._ask(self.essor.gateway, body), await self._ask(address, body)
            if not answers_agree(ours, theirs):
                differing[name] = f"{query}\n{variables}\nours   {ours}\ntheirs {theirs}"
        return ours, differing

    async def ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of Essor's own gateway."""
        return await self._ask(self.essor.gateway, {"query": query, "variables": dict(variables)})

    async def _ask(self, gateway: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.client.post(f"{gateway}/graphql", json=body)).json()
        return answer


def _asked_once(query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """A change that every gateway asks for must be one change: the services know it by its key."""
    if not query.lstrip().startswith("mutation"):
        return dict(variables)
    return {**variables, "input": {"idempotencyKey": str(uuid4()), **variables["input"]}}


def _in_order(value: Any) -> Any:
    """Equal where fields have the same order too; 80.0 and 80 are one number."""
    if isinstance(value, dict):
        return [(name, _in_order(below)) for name, below in value.items()]
    return [_in_order(each) for each in value] if isinstance(value, list) else value


def answers_agree(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    return _in_order(ours.get("data")) == _in_order(theirs.get("data")) and errors_agree(ours, theirs)


def errors_agree(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Alike by path and code, where Hive tells a code.

    Of a service that is away Hive tells once, where its answer would have stood; Essor's gateway tells at
    each field that it would have filled.
    """
    told = {(path, CODES.get(code, code)) for path, code in _errors(ours)}
    away = {path for path, code in _errors(ours) if code == UNAVAILABLE}
    matched = set()
    for path, code in _errors(theirs):
        if code == CODES[UNAVAILABLE]:
            found = {(below, code) for below in away if below[: len(path)] == path}
        else:
            found = {(at, own) for at, own in told if at == path and code in {own, None}}
        if not found:
            return False
        matched |= found
    return matched == told


def _errors(answer: Mapping[str, Any]) -> set[tuple[Path, str | None]]:
    return {
        (tuple(error.get("path", ())), error.get("extensions", {}).get("code"))
        for error in answer.get("errors", ())
    }

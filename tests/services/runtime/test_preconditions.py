"""Lost edits: what a caller read is compared with what is there, under the lock of its change."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.identifiers import new_id
from services.kernel.refusals import Element, NotFound
from services.runtime.call import Call, get_call, read
from services.runtime.fields import Answer, Body
from services.runtime.idempotency import perform
from services.runtime.preconditions import IfMatch, tag
from services.runtime.service import make_service
from services.runtime.settings import Settings
from tests.api import Api, once
from tests.services.runtime.conftest import metadata

router = APIRouter(prefix="/pots")
ACall = Annotated[Call, Depends(get_call)]


class Pot(Answer):
    id: UUID
    cents: int


class PotBody(Body):
    cents: int


async def find(session: AsyncSession, pot_id: UUID, lock: str = "") -> Pot:
    query = text(f"SELECT id, cents FROM probe.deposits WHERE id = :id {lock}")
    found = (await session.execute(query, {"id": pot_id})).first()
    if found is None:
        raise NotFound(what=Element.CAE, id=pot_id)
    return Pot(id=found.id, cents=found.cents)


@router.get("/{pot_id}")
async def get_pot(pot_id: UUID, call: ACall, response: Response) -> Pot:
    answer = await read(call, lambda session: find(session, pot_id))
    tag(response, answer)
    return answer


@router.patch("/{pot_id}", response_model=Pot)
@router.post("/{pot_id}", response_model=Pot)
async def put_pot(pot_id: UUID, body: PotBody, call: ACall, match: IfMatch) -> Response:
    async def effect(session: AsyncSession) -> Pot:
        query = text("UPDATE probe.deposits SET cents = :cents WHERE id = :id")
        await session.execute(query, {"id": pot_id, "cents": body.cents})
        return await find(session, pot_id)

    return await perform(
        call, match.before(effect, lambda session: find(session, pot_id, "FOR UPDATE")), status=200
    )


@pytest.fixture(scope="module")
async def pots(
    probe_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    state = tmp_path_factory.mktemp("pots")
    settings = Settings(state=state, database_url=probe_database_url, entrepreneur_key="a key for tests")
    app = make_service(
        title="Pots",
        description="For tests",
        metadata=metadata,
        routers=[router],
        settings=settings,
        database_url=probe_database_url,
    )
    async with Api.of(app, settings) as api:
        yield api.as_("operator", regions=["84"])


@pytest.fixture
async def path(probe: Api) -> str:
    pot_id = new_id()
    async with probe.database.of_all_tenants() as session:
        await session.execute(text("INSERT INTO probe.deposits VALUES (:id, 1)"), {"id": pot_id})
    return f"/v1/pots/{pot_id}"


async def tag_of(pots: httpx.AsyncClient, path: str) -> str:
    return (await pots.get(path)).headers["ETag"]


async def test_a_patch_needs_the_tag_of_what_was_read(pots: httpx.AsyncClient, path: str) -> None:
    absent = await pots.patch(path, json={"cents": 2})
    assert (absent.status_code, absent.json()["code"]) == (428, "precondition-required")
    assert absent.json()["title"] == "En-tête If-Match absent"

    taken = await pots.patch(path, json={"cents": 2}, headers={"If-Match": await tag_of(pots, path)})
    assert (taken.status_code, taken.json()["cents"]) == (200, 2)


@pytest.mark.parametrize("method", ["PATCH", "POST"])
async def test_a_stale_tag_changes_nothing(pots: httpx.AsyncClient, path: str, method: str) -> None:
    stale = {"If-Match": await tag_of(pots, path)}
    await pots.post(path, json={"cents": 5})

    refused = await pots.request(method, path, json={"cents": 9}, headers=stale)

    assert (refused.status_code, refused.json()["code"]) == (412, "stale-dossier")
    assert (await pots.get(path)).json()["cents"] == 5


async def test_a_post_may_leave_it_out(pots: httpx.AsyncClient, path: str) -> None:
    assert (await pots.post(path, json={"cents": 3})).status_code == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("*", 200),
        ("{tag}", 200),
        ('"other", {tag}', 200),
        ('"other",{tag} ,W/"third"', 200),
        ("W/{tag}", 412),
        ('"other"', 412),
        ('""', 412),
        ("{bare}", 422),
        ("", 422),
        ('"other", *', 422),
    ],
)
async def test_tags_are_compared_as_rfc_9110_says(
    pots: httpx.AsyncClient, path: str, given: str, status: int
) -> None:
    tag = await tag_of(pots, path)
    headers = {"If-Match": given.format(tag=tag, bare=tag.strip('"'))}
    assert (await pots.post(path, json={"cents": 4}, headers=headers)).status_code == status


async def test_two_lines_are_one_list(pots: httpx.AsyncClient, path: str) -> None:
    lines = [("If-Match", '"other"'), ("If-Match", await tag_of(pots, path))]
    assert (await pots.post(path, json={"cents": 4}, headers=lines)).status_code == 200


async def test_what_is_not_there_is_not_found_whatever_the_tag(pots: httpx.AsyncClient) -> None:
    for method in ("PATCH", "POST"):
        for headers in ({"If-Match": "*"}, {"If-Match": '"x"'}):
            answer = await pots.request(method, f"/v1/pots/{new_id()}", json={"cents": 1}, headers=headers)
            assert answer.status_code == 404


async def test_of_two_edits_of_one_reading_only_one_is_taken(pots: httpx.AsyncClient, path: str) -> None:
    read_once = {"If-Match": await tag_of(pots, path)}
    edits = [pots.patch(path, json={"cents": 10 + edit}, headers=read_once) for edit in range(8)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*edits))
    assert statuses == [200] + [412] * 7


async def test_a_retry_is_answered_again_though_its_tag_is_now_stale(
    pots: httpx.AsyncClient, path: str
) -> None:
    headers = {"If-Match": await tag_of(pots, path), **once()}
    first, again = [await pots.post(path, json={"cents": 6}, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_the_document_tells_of_it(tmp_path: Path) -> None:
    app = make_service(
        title="Pots",
        description="For tests",
        metadata=metadata,
        routers=[router],
        settings=Settings(state=tmp_path),
        database_url=None,
    )
    operations = app.openapi()["paths"]["/v1/pots/{pot_id}"]
    told = {
        method: {status for status in ("412", "428") if status in operation["responses"]}
        for method, operation in operations.items()
    }
    assert told == {"get": set(), "post": {"412"}, "patch": {"412", "428"}}

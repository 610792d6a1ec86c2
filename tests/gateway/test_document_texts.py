"""Documents that are named: trusted ones, and those that clients told before."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from gateway.settings import GatewaySettings
from gateway.trusted_documents import TrustedDocuments, UnreadableManifestError
from tests.gateway.conftest import SUPERGRAPHS, federated
from tests.gateway.shop import make_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.gateway.conftest import FederatedGraph

ME = "{ me { name } }"
ADA = {"data": {"me": {"name": "Ada"}}}
BOOK = 'query Book { item(upc: "b1") { title } }'


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(text: str, *, told: bool = False, **more: Any) -> dict[str, Any]:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest(text), **more}}
    return {"extensions": extensions, **({"query": text} if told else {})}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Apollo's, with a name that is no hash."""
    path = tmp_path_factory.mktemp("manifest") / "apollo.json"
    operations = [
        {"id": "a-name", "name": "Me", "type": "query", "body": ME},
        {"id": digest(BOOK), "name": "Book", "type": "query", "body": BOOK},
    ]
    content = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    path.write_text(json.dumps(content))
    return path


@pytest.fixture(scope="module")
async def open_shop(manifest: Path) -> AsyncIterator[FederatedGraph]:
    settings = {"gateway_trusted_documents": manifest, "gateway_persisted_queries": 2}
    async with federated(SUPERGRAPHS / "shop", make_shop(), **settings) as graph:
        yield graph


@pytest.fixture(scope="module")
async def closed_shop(manifest: Path) -> AsyncIterator[FederatedGraph]:
    settings = {"gateway_trusted_documents": manifest, "gateway_only_trusted_documents": True}
    async with federated(SUPERGRAPHS / "shop", make_shop(), **settings) as graph:
        yield graph


async def post(shop: FederatedGraph, content: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await shop.client.post("/graphql", json=content)).json()
    return answer


def codes(answer: dict[str, Any]) -> list[str]:
    assert "data" not in answer
    return [error["extensions"]["code"] for error in answer["errors"]]


async def test_a_hash_is_told_with_its_document_once(open_shop: FederatedGraph) -> None:
    text = "{ me { name } }  # told"
    unknown = await post(open_shop, persisted(text))
    assert unknown["errors"][0]["message"] == "PersistedQueryNotFound"
    assert codes(unknown) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert await post(open_shop, persisted(text, told=True)) == ADA
    assert await post(open_shop, persisted(text)) == ADA


async def test_a_hash_of_another_document_is_refused(open_shop: FederatedGraph) -> None:
    wrong = {**persisted(ME + " # other"), "query": ME}
    assert codes(await post(open_shop, wrong)) == ["PERSISTED_QUERY_HASH_MISMATCH"]
    assert codes(await post(open_shop, persisted(ME + " # other"))) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_what_is_not_valid_is_not_kept(open_shop: FederatedGraph) -> None:
    assert codes(await post(open_shop, persisted("{ nothing }", told=True))) == ["GRAPHQL_VALIDATION_FAILED"]
    assert codes(await post(open_shop, persisted("{ nothing }"))) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_the_oldest_told_document_makes_room(open_shop: FederatedGraph) -> None:
    texts = [f"{{ me {{ name }} }} # {number}" for number in range(3)]
    for text in texts:
        assert await post(open_shop, persisted(text, told=True)) == ADA
    assert codes(await post(open_shop, persisted(texts[0]))) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert await post(open_shop, persisted(texts[2])) == ADA


@pytest.mark.parametrize(
    "extensions",
    [
        "text",
        {"persistedQuery": "text"},
        {"persistedQuery": {"sha256Hash": "a"}},
        {"persistedQuery": {"version": 2, "sha256Hash": "a"}},
        {"persistedQuery": {"version": 1, "sha256Hash": 1}},
    ],
)
async def test_a_hash_that_cannot_be_read_is_a_problem(open_shop: FederatedGraph, extensions: Any) -> None:
    response = await open_shop.client.post("/graphql", json={"extensions": extensions})
    assert (response.status_code, response.json()["code"]) == (422, "invalid-input")


async def test_none_are_kept_where_the_setting_says_so(start_shop: Callable[..., Any]) -> None:
    async with start_shop(gateway_persisted_queries=0) as shop:
        assert codes(await post(shop, persisted(ME))) == ["PERSISTED_QUERY_NOT_SUPPORTED"]
        assert await post(shop, persisted(ME, told=True)) == ADA
        assert codes(await post(shop, persisted(ME))) == ["PERSISTED_QUERY_NOT_SUPPORTED"]
        assert codes(await post(shop, {"documentId": "a-name"})) == ["DOCUMENT_NOT_FOUND"]


@pytest.mark.parametrize(
    "content",
    [
        {"documentId": "a-name"},
        {"documentId": digest(ME)},
        {"documentId": f"sha256:{digest(ME)}"},
        {"documentId": "a-name", "query": ME},
        persisted(ME),
        persisted(ME, told=True),
        {"query": ME},
    ],
    ids=["name", "hash", "prefix", "name and text", "apollo", "apollo and text", "text"],
)
async def test_a_trusted_document_is_carried_out_however_it_is_named(
    closed_shop: FederatedGraph, content: dict[str, Any]
) -> None:
    assert await post(closed_shop, content) == ADA


OTHER = "{ me { id } }"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"query": OTHER}, "DOCUMENT_NOT_TRUSTED"),
        ({"query": f"{ME} "}, "DOCUMENT_NOT_TRUSTED"),
        ({"query": "{ __schema { types { name } } }"}, "DOCUMENT_NOT_TRUSTED"),
        (persisted(OTHER), "DOCUMENT_NOT_TRUSTED"),
        (persisted(OTHER, told=True), "DOCUMENT_NOT_TRUSTED"),
        ({**persisted(ME), "query": OTHER}, "PERSISTED_QUERY_HASH_MISMATCH"),
        ({"documentId": "another"}, "DOCUMENT_NOT_FOUND"),
        ({"documentId": "a-name", "query": OTHER}, "DOCUMENT_NOT_FOUND"),
    ],
)
async def test_every_other_document_is_refused_where_only_trusted_ones_are_taken(
    closed_shop: FederatedGraph, content: dict[str, Any], code: str
) -> None:
    before = len(closed_shop.requests)
    assert codes(await post(closed_shop, content)) == [code]
    assert len(closed_shop.requests) == before


async def test_a_hash_may_be_written_in_capitals_and_a_name_is_taken_as_it_is(
    start_shop: Callable[..., Any], tmp_path: Path
) -> None:
    """A build may name its documents as it likes; a client then tells the name where others tell the hash."""
    path = tmp_path / "named.json"
    path.write_text(json.dumps({"GetMe-V1": ME}))
    named = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "GetMe-V1"}}}
    capitals = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(BOOK).upper()}}}
    async with start_shop(gateway_trusted_documents=path) as shop:
        assert await post(shop, named) == ADA
        assert "errors" not in await post(shop, {**capitals, "query": BOOK})
        assert "errors" not in await post(shop, capitals)
        assert "errors" not in await post(shop, persisted(BOOK))


def test_a_plain_object_of_names_and_documents_is_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "plain.json"
    path.write_text(json.dumps({f"sha256:{digest(ME)}": ME, "b": BOOK}))
    trusted = TrustedDocuments.read(path)
    assert (len(trusted), trusted.named(digest(ME)), trusted.named("b")) == (2, ME, BOOK)
    assert trusted.named("c") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"a": 1}',
        '{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
        '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a"}]}',
        '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [1]}',
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(text)
    with pytest.raises(UnreadableManifestError):
        TrustedDocuments.read(path)


def test_trusting_nothing_but_no_file_is_a_mistake() -> None:
    with pytest.raises(ValidationError, match="ESSOR_GATEWAY_TRUSTED_DOCUMENTS"):
        GatewaySettings(gateway_only_trusted_documents=True)

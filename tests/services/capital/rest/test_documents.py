"""Documents of a top-up: who attaches them and while what, who reads them, what stays of them."""

import asyncio
import hashlib
import os
import time
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.capital.persistence.documents import DOCUMENTS
from services.runtime.documents.check import Holding, check_documents
from services.runtime.documents.duty import sweeping
from services.runtime.documents.storage import DirectoryStorage
from tests.api import Api, once
from tests.factories import documents as files
from tests.factories.capital import grant, new_siren, scheme, top_up

Json = dict[str, Any]


def operator(api: Api) -> httpx.AsyncClient:
    return api.as_("operator", regions=["75"])


def office(api: Api, request: Json) -> httpx.AsyncClient:
    """The CAE's own."""
    return api.as_("cae", siren=request["cae"]["siren"])


async def send(
    client: httpx.AsyncClient,
    top_up_id: str,
    content: bytes = files.PDF,
    *,
    key: str | None = None,
    **said: Any,
) -> httpx.Response:
    return await client.post(
        f"/v1/top-ups/{top_up_id}/documents",
        files={"file": ("pv.pdf", content)},
        data={"kind": "admission", **said},
        headers=once(key),
    )


async def asked(api: Api) -> Json:
    opened = await operator(api).post("/v1/schemes", json=scheme())
    made = await operator(api).post("/v1/top-ups", json=top_up(opened.json()["id"], new_siren()))
    assert made.status_code == 201, made.text
    found: Json = made.json()
    return found


async def act(api: Api, top_up_id: str, verb: str, body: Json) -> None:
    done = await operator(api).post(f"/v1/top-ups/{top_up_id}/{verb}", json=body, headers=once())
    assert done.status_code == 200, done.text


@pytest.fixture
async def request_made(capital_api: Api) -> Json:
    return await asked(capital_api)


def holding(api: Api) -> Holding:
    return Holding(api.database, DOCUMENTS, DirectoryStorage(api.settings.documents_directory, "capital"))


async def test_a_cae_proves_the_admission_and_the_operator_reads_it_to_the_byte(
    capital_api: Api, request_made: Json
) -> None:
    sent = await send(office(capital_api, request_made), request_made["id"], label="AG de juin")

    assert sent.status_code == 201, sent.text
    document = sent.json()
    assert (document["kind"], document["label"], document["name"]) == ("admission", "AG de juin", "pv.pdf")
    assert document["sha256"] == hashlib.sha256(files.PDF).hexdigest()
    path = f"/v1/top-ups/{request_made['id']}/documents"
    listed = (await operator(capital_api).get(path, params={"count": "true"})).json()
    assert (listed["items"], listed["total"]) == ([document], 1)
    content = await operator(capital_api).get(f"{path}/{document['id']}/content")
    assert (content.content, content.headers["Content-Type"]) == (files.PDF, "application/pdf")
    feed = (await operator(capital_api).get("/v1/audit", params={"dossier_id": request_made["id"]})).json()
    trail = [entry for entry in feed["items"] if entry["act"] == "attach_document"]
    assert [entry["subject_id"] for entry in trail] == [document["id"]]
    assert "AG de juin" not in str(feed), "what a person's file is called is told to nobody"


async def test_documents_are_between_a_cae_and_its_operator(capital_api: Api, request_made: Json) -> None:
    document = (await send(operator(capital_api), request_made["id"])).json()
    path = f"/v1/top-ups/{request_made['id']}/documents"

    for stranger in (capital_api.as_("cae", siren=new_siren()), capital_api.as_("operator", regions=["53"])):
        for tail in ("", f"/{document['id']}", f"/{document['id']}/content"):
            assert (await stranger.get(path + tail)).status_code == 404
        assert (await send(stranger, request_made["id"])).status_code == 404
        assert (await stranger.delete(f"{path}/{document['id']}")).status_code == 404
    assert (await capital_api.as_("partner", regions=["75"]).get(path)).status_code == 403
    assert (await send(capital_api.as_("admin"), request_made["id"])).status_code == 403
    elsewhere = f"/v1/top-ups/{(await asked(capital_api))['id']}/documents/{document['id']}"
    assert (await operator(capital_api).get(elsewhere)).status_code == 404


async def test_what_a_decision_was_taken_on_stays_and_more_may_come(
    capital_api: Api, request_made: Json
) -> None:
    cae = office(capital_api, request_made)
    wrong, right = [(await send(cae, request_made["id"], one)).json() for one in (files.PNG, files.PDF)]
    path = f"/v1/top-ups/{request_made['id']}/documents"

    removed = await cae.delete(f"{path}/{wrong['id']}")

    assert removed.status_code == 200
    assert removed.json()["removed_on"] is not None
    assert (await cae.get(f"{path}/{wrong['id']}/content")).status_code == 404
    assert (await cae.delete(f"{path}/{wrong['id']}")).status_code == 404
    with pytest.raises(FileNotFoundError):
        holding(capital_api).storage.open(UUID(wrong["id"]))
    await act(capital_api, request_made["id"], "grant", grant())
    too_late = await cae.delete(f"{path}/{right['id']}")
    assert (too_late.status_code, too_late.json()["code"]) == (409, "status-forbids")
    assert (await send(cae, request_made["id"], kind="follow_up")).status_code == 201


async def test_what_came_to_nothing_has_nothing_to_prove(capital_api: Api, request_made: Json) -> None:
    await act(
        capital_api, request_made["id"], "refusal", {"reason": "Non libéré", "decided_on": "2026-02-01"}
    )

    refused = await send(office(capital_api, request_made), request_made["id"])

    assert (refused.status_code, refused.json()["code"]) == (409, "status-forbids")
    assert "requested" in refused.json()["possible_from"]


async def test_what_it_is_its_content_tells(capital_api: Api, request_made: Json) -> None:
    disguised = await send(operator(capital_api), request_made["id"], files.HTML)
    unknown = await send(operator(capital_api), request_made["id"], kind="business_plan")

    assert (disguised.status_code, disguised.json()["code"]) == (415, "document-type-refused")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/kind")


async def test_a_document_is_large_and_no_other_call_is(capital_api: Api, request_made: Json) -> None:
    large = files.PDF + bytes(capital_api.settings.max_body_bytes * 2)

    taken = await send(operator(capital_api), request_made["id"], large)
    elsewhere = await operator(capital_api).post(
        f"/v1/top-ups/{request_made['id']}/withdrawal",
        content=large,
        headers={"Content-Type": "application/json"},
    )

    assert (taken.status_code, elsewhere.status_code) == (201, 413)


async def test_the_same_call_again_attaches_nothing_twice(capital_api: Api, request_made: Json) -> None:
    cae = office(capital_api, request_made)
    first = await send(cae, request_made["id"], key=f"pv-{request_made['id']}")
    again = await send(cae, request_made["id"], key=f"pv-{request_made['id']}")

    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    listed = (await cae.get(f"/v1/top-ups/{request_made['id']}/documents")).json()
    assert len(listed["items"]) == 1


async def test_documents_sent_at_once_do_not_pass_the_limit(capital_api: Api, request_made: Json) -> None:
    """By the CAE after the grant: it holds a dossier that it may not change any more."""
    await act(capital_api, request_made["id"], "grant", grant())
    cae, most = office(capital_api, request_made), capital_api.settings.documents_of_dossier
    for _ in range(most - 2):
        assert (await send(cae, request_made["id"])).status_code == 201

    answers = await asyncio.gather(*(send(cae, request_made["id"]) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["limit"]) == ("too-many-documents", most)


async def test_contents_are_checked_and_swept_in_this_service_too(
    capital_api: Api, request_made: Json
) -> None:
    whole, missing = [
        (await send(operator(capital_api), request_made["id"], one)).json()["id"]
        for one in (files.PDF, files.PNG)
    ]
    root = capital_api.settings.documents_directory / "capital"
    (path_of_missing,) = root.glob(f"*/{missing}")
    path_of_missing.unlink()
    stray = root / "00" / "0193aaaa-0000-7000-8000-000000000000"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"never committed")

    found = await check_documents(holding(capital_api), removes_orphans=False)
    os.utime(stray, (time.time() - 7_200,) * 2)
    await sweeping(holding(capital_api)).run()

    told = {str(one) for one in found.missing}
    assert missing in told
    assert whole not in told
    assert not stray.exists()

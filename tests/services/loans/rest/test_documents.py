"""Documents of an application: what is taken, who reads it, what stays of it."""

import hashlib
import io
import os
import time
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.kernel.access import Caller, Role
from services.loans.domain.application_document import DocumentKind
from services.loans.persistence.documents import DOCUMENTS
from services.loans.usecases.attach_document import AttachDocument, attach_document
from services.runtime.documents.check import Holding, check_documents
from services.runtime.documents.duty import sweeping
from services.runtime.documents.storage import DirectoryStorage
from services.runtime.documents.uploads import Upload
from tests.api import once
from tests.factories import documents as files
from tests.factories.capital import new_siren
from tests.services.loans.conftest import Json, Lending, answered, together

SHA256_OF_PDF = hashlib.sha256(files.PDF).hexdigest()


async def send(
    client: httpx.AsyncClient,
    application_id: str,
    content: bytes = files.PDF,
    *,
    name: str = "plan.pdf",
    key: str | None = None,
    **said: Any,
) -> httpx.Response:
    return await client.post(
        f"/v1/applications/{application_id}/documents",
        files={"file": (name, content)},
        data={"kind": "business_plan", **said},
        headers=once(key),
    )


@pytest.fixture
async def application(lending: Lending) -> Json:
    return await lending.application((await lending.fund())["id"])


def holding(lending: Lending) -> Holding:
    root = lending.api.settings.documents_directory
    return Holding(lending.api.database, DOCUMENTS, DirectoryStorage(root, "loans"))


async def test_a_document_is_attached_listed_and_read_back_to_the_byte(
    lending: Lending, application: Json
) -> None:
    sent = await send(lending.operator, application["id"], label="Version de mars", name="Été €.pdf")
    document = answered(sent, 201)

    assert (document["kind"], document["label"], document["name"]) == (
        "business_plan",
        "Version de mars",
        "Été €.pdf",
    )
    assert (document["media_type"], document["size_bytes"]) == ("application/pdf", len(files.PDF))
    assert document["sha256"] == hashlib.sha256(files.PDF).hexdigest()
    path = f"/v1/applications/{application['id']}/documents"
    listed = answered(await lending.operator.get(path, params={"count": "true"}), 200)
    assert (listed["items"], listed["total"]) == ([document], 1)
    assert answered(await lending.operator.get(f"{path}/{document['id']}"), 200) == document
    content = await lending.operator.get(f"{path}/{document['id']}/content")
    assert content.content == files.PDF
    assert content.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''%C3%89t%C3%A9%20%E2%82%AC.pdf"
    )
    assert content.headers["X-Content-Type-Options"] == "nosniff"
    assert content.headers["Content-Type"] == "application/pdf"


async def test_what_a_file_is_called_or_said_to_be_changes_nothing(
    lending: Lending, application: Json
) -> None:
    disguised = await send(lending.operator, application["id"], files.HTML, name="plan.pdf")
    honest = await send(lending.operator, application["id"], files.PDF, name="plan.html")

    assert (disguised.status_code, disguised.json()["code"]) == (415, "document-type-refused")
    assert honest.json()["media_type"] == "application/pdf"
    assert (await send(lending.operator, application["id"], b"")).json()["code"] == "document-empty"


async def test_a_document_is_large_and_no_other_call_is(lending: Lending, application: Json) -> None:
    settings = lending.api.settings
    large = files.PDF + bytes(settings.max_body_bytes * 2)

    taken = await send(lending.operator, application["id"], large)
    path = f"/v1/applications/{application['id']}"
    elsewhere = await lending.operator.post(
        f"{path}/questions", content=large, headers={"Content-Type": "application/json"}
    )
    below = await lending.operator.post(
        f"{path}/documents/x", files={"file": ("a", large)}, data={"kind": "other"}
    )

    assert answered(taken, 201)["size_bytes"] == len(large)
    assert [elsewhere.status_code, below.status_code] == [413, 413]
    too_large = await send(lending.operator, application["id"], files.PDF + bytes(settings.document_bytes))
    assert (too_large.status_code, too_large.json()["code"]) == (413, "document-too-large")
    beyond = await send(
        lending.operator, application["id"], files.PDF + bytes(settings.document_bytes + 100_000)
    )
    assert (beyond.status_code, beyond.json()["code"]) == (413, "body-too-large")


async def test_one_dossier_has_room_for_so_much(lending: Lending, application: Json) -> None:
    limits = lending.api.settings
    most = files.PDF + bytes(limits.document_bytes - len(files.PDF))
    for _ in range(limits.documents_of_dossier_bytes // limits.document_bytes):
        answered(await send(lending.operator, application["id"], most), 201)

    refused = await send(lending.operator, application["id"])

    assert (refused.status_code, refused.json()["code"]) == (409, "documents-too-large")
    assert refused.json()["room_bytes"] == 0


async def test_the_same_call_again_attaches_nothing_twice(lending: Lending, application: Json) -> None:
    first = await send(lending.operator, application["id"], key="once-and-for-all")
    again = await send(lending.operator, application["id"], key="once-and-for-all")
    other = await send(lending.operator, application["id"], files.PNG, key="once-and-for-all")

    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    listed = await lending.read(f"applications/{application['id']}/documents")
    assert len(listed["items"]) == 1


async def test_documents_are_between_a_cae_and_its_operator(lending: Lending, application: Json) -> None:
    document = answered(await send(lending.operator, application["id"]), 201)
    path = f"/v1/applications/{application['id']}/documents"
    own = lending.api.as_("cae", siren=application["cae"]["siren"])
    strangers = [
        lending.api.as_("cae", siren=new_siren()),
        lending.api.as_("operator", regions=["53"]),
    ]
    partner = lending.api.as_("partner", regions=["84"])

    assert (await own.get(f"{path}/{document['id']}/content")).content == files.PDF
    for stranger in strangers:
        for tail in ("", f"/{document['id']}", f"/{document['id']}/content"):
            assert (await stranger.get(path + tail)).status_code == 404
        assert (await send(stranger, application["id"])).status_code == 404
        assert (await stranger.delete(f"{path}/{document['id']}")).status_code == 404
    assert (await partner.get(path)).status_code == 403
    # A document of another application is none of this one's.
    other = await lending.application(application["fund_id"])
    elsewhere = f"/v1/applications/{other['id']}/documents/{document['id']}"
    assert (await lending.operator.get(elsewhere)).status_code == 404


async def test_a_document_is_removed_before_the_decision_and_its_row_stays(
    lending: Lending, application: Json
) -> None:
    document = answered(await send(lending.operator, application["id"]), 201)
    kept = answered(await send(lending.operator, application["id"], files.PNG), 201)
    path = f"/v1/applications/{application['id']}/documents"

    removed = answered(await lending.operator.delete(f"{path}/{document['id']}"), 200)

    assert removed["removed_on"] is not None
    assert [one["removed_on"] is None for one in (await lending.read(path[4:]))["items"]] == [False, True]
    assert (await lending.operator.get(f"{path}/{document['id']}/content")).status_code == 404
    assert (await lending.operator.delete(f"{path}/{document['id']}")).status_code == 404
    with pytest.raises(FileNotFoundError):
        holding(lending).storage.open(UUID(document["id"]))
    await lending.act(application["id"], "review", {})
    await lending.act(application["id"], "decision", lending.approval())
    too_late = await lending.operator.delete(f"{path}/{kept['id']}")
    assert (too_late.status_code, too_late.json()["code"]) == (409, "status-forbids")
    # The proof that a condition is lifted comes after the decision.
    assert (await send(lending.operator, application["id"], kind="proof")).status_code == 201


async def test_what_was_the_drafts_is_the_applications_and_then_the_loans(lending: Lending) -> None:
    fund = await lending.fund()
    body = {**lending.asking(fund["id"]), "draft": True}
    draft = answered(await lending.operator.post("/v1/applications", json=body), 201)
    document = answered(await send(lending.operator, draft["id"]), 201)
    path = f"applications/{draft['id']}/documents"

    await lending.act(draft["id"], "submission", {})
    assert (await lending.read(path))["items"] == [document]
    await lending.act(draft["id"], "review", {})
    await lending.act(draft["id"], "decision", lending.approval())
    await lending.act(draft["id"], "signature", {"signed_on": "2024-01-20"})
    paid = {"disbursed_on": "2024-01-31", "reference": "VIR"}
    loan = await lending.act(draft["id"], "disbursement", paid, status=201)

    assert (await lending.read(path))["items"] == [document]
    assert loan["application_id"] == draft["id"]
    assert (await send(lending.operator, draft["id"])).status_code == 201


async def test_the_check_finds_what_is_missing_altered_or_nobodys(
    lending: Lending, application: Json
) -> None:
    whole, altered, missing = [
        answered(await send(lending.operator, application["id"], one), 201)["id"]
        for one in (files.PDF, files.PNG, files.ODT)
    ]
    root = lending.api.settings.documents_directory / "loans"
    (path_of_altered,) = root.glob(f"*/{altered}")
    path_of_altered.write_bytes(b"%PDF-1.4 other")
    (path_of_missing,) = root.glob(f"*/{missing}")
    path_of_missing.unlink()
    stray = root / "00" / "0193aaaa-0000-7000-8000-000000000000"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"never committed")

    young = await check_documents(holding(lending), removes_orphans=True)
    found = await check_documents(holding(lending), removes_orphans=True, spared_seconds=0)

    assert str(stray) not in young.orphans
    assert {str(one) for one in found.missing} >= {missing}
    assert {str(one) for one in found.altered} >= {altered}
    assert str(stray) in found.orphans
    assert not found.is_sound
    assert stray not in list(root.glob("*/*"))
    assert whole not in {str(one) for one in (*found.missing, *found.altered)}
    content = await lending.operator.get(f"/v1/applications/{application['id']}/documents/{whole}/content")
    assert content.content == files.PDF


async def test_what_dies_before_its_row_is_committed_leaves_a_content_that_the_worker_removes(
    lending: Lending, application: Json
) -> None:
    held = holding(lending)
    operator = Caller(Role.OPERATOR, "tests", frozenset({"84"}))
    upload = Upload(io.BytesIO(files.PDF), "plan.pdf", "application/pdf", len(files.PDF), SHA256_OF_PDF)
    order = AttachDocument(UUID(application["id"]), DocumentKind.OTHER, None, upload)
    limits = lending.api.app.state.document_limits
    died: list[UUID] = []

    async def attach_and_die() -> None:
        async with lending.api.database.transaction(operator) as session:
            died.append((await attach_document(session, operator, order, held.storage, limits)).id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await attach_and_die()

    (left,) = (kept for kept in held.storage.kept() if kept.key == died[0])
    assert (await lending.read(f"applications/{application['id']}/documents"))["items"] == []
    await sweeping(held).run()
    assert died[0] in {kept.key for kept in held.storage.kept()}, "its row may be on its way"
    os.utime(left.path, (time.time() - 7_200,) * 2)
    await sweeping(held).run()
    assert died[0] not in {kept.key for kept in held.storage.kept()}


async def test_documents_sent_at_once_do_not_pass_the_limit(lending: Lending, application: Json) -> None:
    most = lending.api.settings.documents_of_dossier
    for _ in range(most - 2):
        answered(await send(lending.operator, application["id"]), 201)

    answers = await together(*(send(lending.operator, application["id"]) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["limit"]) == ("too-many-documents", most)

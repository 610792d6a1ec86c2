"""A draft over several calls: what is missing, what is refused, what it becomes."""

import asyncio

import httpx

from tests.api import once
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import Json, Lending, answered


def cae_of(lending: Lending, siren: str) -> httpx.AsyncClient:
    return lending.api.as_("cae", siren=siren)


async def begin(lending: Lending, siren: str | None = None, **more: object) -> tuple[httpx.AsyncClient, Json]:
    siren = siren or new_siren()
    fund = await lending.fund(**more)  # type: ignore[arg-type]
    cae = cae_of(lending, siren)
    body = {"draft": True, "fund_id": fund["id"], "cae": {"siret": siret_of(siren)}}
    return cae, answered(await cae.post("/v1/applications", json=body), 201)


async def fill(client: httpx.AsyncClient, draft_id: str, patch: Json, status: int = 200) -> Json:
    read = await client.get(f"/v1/applications/{draft_id}")
    tag = {"If-Match": read.headers["ETag"]}
    return answered(await client.patch(f"/v1/applications/{draft_id}", json=patch, headers=tag), status)


PERSON = {
    "reference": "E0042",
    "given_name": "Inès",
    "family_name": "Maître",
    "contract": {"kind": "CESA", "started_on": "2019-05-15"},
}


def pointers(draft: Json) -> list[str]:
    return [one["pointer"] for one in draft["missing"]]


async def test_a_draft_is_filled_over_several_calls_and_says_what_is_missing(lending: Lending) -> None:
    cae, draft = await begin(lending)

    assert draft["status"] == "draft"
    assert pointers(draft) == ["/cae/name", "/entrepreneur", "/amount_cents", "/months", "/purpose"]
    assert {one["code"] for one in draft["missing"]} == {"missing"}
    person = {"given_name": "Inès", "contract": {"kind": "CESA"}}
    named = await fill(cae, draft["id"], {"cae": {"name": "Graines"}, "entrepreneur": person})
    assert pointers(named) == [
        "/entrepreneur/reference",
        "/entrepreneur/family_name",
        "/entrepreneur/contract/started_on",
        "/amount_cents",
        "/months",
        "/purpose",
    ]
    whole = await fill(
        cae,
        draft["id"],
        {"entrepreneur": PERSON, "amount_cents": 8_000_00, "months": 36, "purpose": "Un four"},
    )
    assert (whole["missing"], whole["obstacles"]) == ([], [])
    assert whole["entrepreneur"]["contract"]["started_on"] == "2019-05-15"

    submitted = answered(await cae.post(f"/v1/applications/{draft['id']}/submission", json={}), 200)

    assert (submitted["id"], submitted["status"]) == (draft["id"], "submitted")
    assert submitted["created_at"] == draft["created_at"]
    assert (await cae.get(f"/v1/applications/{draft['id']}")).json() == submitted
    assert (await lending.act(draft["id"], "review", {}))["status"] == "under_review"


async def test_null_empties_and_what_is_absent_stays(lending: Lending) -> None:
    cae, draft = await begin(lending)
    await fill(cae, draft["id"], {"purpose": "Un four", "months": 36, "entrepreneur": PERSON})

    emptied = await fill(cae, draft["id"], {"purpose": None, "entrepreneur": {"given_name": None}})

    assert (emptied["purpose"], emptied["months"]) == (None, 36)
    assert (emptied["entrepreneur"]["given_name"], emptied["entrepreneur"]["family_name"]) == (None, "Maître")


async def test_a_value_that_no_submission_could_have_is_refused_at_once(lending: Lending) -> None:
    cae, draft = await begin(lending)

    refused = await fill(
        cae, draft["id"], {"amount_cents": -1, "bank": {"iban": "FR00"}, "unknown": 1}, status=422
    )

    assert sorted(error["pointer"] for error in refused["errors"]) == [
        "/amount_cents",
        "/bank/iban",
        "/unknown",
    ]
    other = {"cae": {"siret": siret_of(new_siren())}}
    assert [one["pointer"] for one in (await fill(cae, draft["id"], other, status=422))["errors"]] == [
        "/cae/siret"
    ]


async def test_a_submission_of_what_is_not_whole_is_refused_as_a_malformed_one(lending: Lending) -> None:
    cae, draft = await begin(lending)

    refused = answered(await cae.post(f"/v1/applications/{draft['id']}/submission", json={}), 422)

    direct = {"fund_id": draft["fund_id"], "cae": {"siret": draft["cae"]["siret"]}}
    same = answered(await cae.post("/v1/applications", json=direct), 422)
    assert refused["errors"] == draft["missing"] == same["errors"]
    assert refused["code"] == same["code"]
    english = await cae.get(f"/v1/applications/{draft['id']}", headers={"Accept-Language": "en"})
    assert english.json()["missing"][0]["message"] == "A required field is missing."
    assert draft["missing"][0]["message"] == "Champ obligatoire absent."
    french = await cae.get(f"/v1/applications/{draft['id']}")
    assert english.headers["ETag"] == french.headers["ETag"]


async def test_what_the_fund_would_refuse_is_told_before_and_refused_then(lending: Lending) -> None:
    limits = {"max_amount_cents": 5_000_00, "eligible_contracts": ["CAPE"]}
    cae, draft = await begin(lending, settings=limits)

    filled = await fill(
        cae,
        draft["id"],
        {
            "cae": {"name": "Graines"},
            "entrepreneur": PERSON,
            "amount_cents": 8_000_00,
            "months": 36,
            "purpose": "x",
        },
    )

    assert [one["code"] for one in filled["obstacles"]] == ["contract-not-eligible", "amount-above-maximum"]
    refused = answered(await cae.post(f"/v1/applications/{draft['id']}/submission", json={}), 409)
    assert refused["code"] == "contract-not-eligible"
    assert (await cae.get(f"/v1/applications/{draft['id']}")).json()["status"] == "draft"


async def test_two_changes_of_one_reading_are_one(lending: Lending) -> None:
    cae, draft = await begin(lending)
    path = f"/v1/applications/{draft['id']}"
    tag = {"If-Match": (await cae.get(path)).headers["ETag"]}

    answers = await asyncio.gather(
        *(cae.patch(path, json={"months": months}, headers=tag) for months in (24, 36))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412]
    kept = next(answer.json()["months"] for answer in answers if answer.status_code == 200)
    assert (await cae.get(path)).json()["months"] == kept
    assert (await cae.patch(path, json={"months": 12})).status_code == 428


async def test_a_draft_submitted_twice_at_once_is_one_application(lending: Lending) -> None:
    cae, draft = await begin(lending)
    whole = {"cae": {"name": "G"}, "entrepreneur": PERSON, "amount_cents": 1_00, "months": 1, "purpose": "x"}
    await fill(cae, draft["id"], whole)
    path = f"/v1/applications/{draft['id']}"

    answers = await asyncio.gather(*(cae.post(f"{path}/submission", json={}) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["possible_from"]) == ("status-forbids", ["draft"])
    tag = {"If-Match": (await cae.get(path)).headers["ETag"]}
    assert (await cae.patch(path, json={"months": 2}, headers=tag)).json()["code"] == "status-forbids"


async def test_a_draft_is_its_caes_and_its_operators_and_no_partners(lending: Lending) -> None:
    cae, draft = await begin(lending)
    path = f"/v1/applications/{draft['id']}"
    partner = lending.api.as_("partner", regions=["84"])
    strangers = (partner, cae_of(lending, new_siren()), lending.api.as_("operator", regions=["53"]))

    assert [(await one.get(path)).status_code for one in (cae, lending.operator)] == [200, 200]
    assert [(await one.get(path)).status_code for one in strangers] == [404, 404, 404]
    query = {"status": "draft", "fund_id": draft["fund_id"], "count": "true"}
    assert [
        (await one.get("/v1/applications", params=query)).json()["total"]
        for one in (cae, lending.operator, *strangers)
    ] == [1, 1, 0, 0, 0]
    assert (await strangers[1].post(f"{path}/submission", json={})).status_code == 404
    review = await lending.operator.post(f"{path}/review", json={}, headers=once())
    assert (review.status_code, review.json()["code"]) == (409, "application-is-draft")


async def test_drafts_and_applications_are_one_list_and_a_cursor_holds(lending: Lending) -> None:
    siren = new_siren()
    cae, first = await begin(lending, siren)
    ids = [first["id"]]
    for number in range(5):
        if number % 2:
            body = {"draft": True, "fund_id": first["fund_id"], "cae": {"siret": siret_of(siren)}}
        else:
            body = lending.asking(
                first["fund_id"], amount_cents=1_00, months=1, cae={"siret": siret_of(siren), "name": "G"}
            )
        ids.append(answered(await cae.post("/v1/applications", json=body), 201)["id"])

    seen: list[str] = []
    after = None
    while True:
        query = {"limit": 2, **({} if after is None else {"after": after})}
        page = answered(await cae.get("/v1/applications", params=query), 200)
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break

    assert seen == ids[::-1]
    whole = {"cae": {"name": "G"}, "entrepreneur": PERSON, "amount_cents": 1_00, "months": 1, "purpose": "x"}
    await fill(cae, ids[0], whole)
    answered(await cae.post(f"/v1/applications/{ids[0]}/submission", json={}), 200)
    listed = answered(await cae.get("/v1/applications", params={"count": "true"}), 200)
    assert [item["id"] for item in listed["items"]] == ids[::-1]
    assert listed["total"] == 6


async def test_of_a_withdrawn_draft_only_the_trace_stays(lending: Lending) -> None:
    cae, draft = await begin(lending)
    await fill(cae, draft["id"], {"entrepreneur": PERSON, "purpose": "Un four"})
    path = f"/v1/applications/{draft['id']}"

    withdrawn = answered(await cae.post(f"{path}/withdrawal", json={"reason": "Finalement non"}), 200)

    assert (withdrawn["status"], withdrawn["ended_reason"]) == ("withdrawn", "Finalement non")
    assert (withdrawn["entrepreneur"], withdrawn["purpose"], withdrawn["missing"]) == (None, None, [])
    listed = answered(await cae.get("/v1/applications", params={"status": "withdrawn"}), 200)
    assert [item["id"] for item in listed["items"]] == [draft["id"]]
    again = await fill(cae, draft["id"], {"purpose": "Si"}, status=409)
    assert again["code"] == "status-forbids"

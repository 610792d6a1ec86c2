"""A draft over the graph: filled, missing this and that, submitted; and a signed offer that is cancelled."""

from tests.factories.capital import new_siren, siret_of
from tests.graph import Json, data
from tests.services.loans.conftest import Lending
from tests.services.loans.graphql.test_life_of_a_loan import act

DRAFT = (
    "... on ApplicationDraft { id status months amountCents cae { siren }"
    " missing { pointer code message } obstacles { code } }"
)
APPLICATION = "... on LoanApplication { id status openQuestions }"
EITHER = f"{DRAFT} {APPLICATION.replace('status', 'standing: status')}"
WHOLE = {
    "cae": {"name": "Graines"},
    "entrepreneur": {
        "reference": "E0042",
        "given_name": "Inès",
        "family_name": "Maître",
        "contract": {"kind": "CESA", "started_on": "2019-05-15"},
    },
    "amount_cents": 8_000_00,
    "months": 36,
    "purpose": "Un four",
}


async def begun(lending: Lending, siren: str) -> Json:
    content = {"fund_id": (await lending.fund())["id"], "cae": {"siret": siret_of(siren)}}
    return await act(lending, "saveDraft", DRAFT, content=content)


async def test_a_draft_is_filled_and_submitted(lending: Lending) -> None:
    siren = new_siren()
    draft = await begun(lending, siren)

    assert (draft["status"], draft["cae"]["siren"]) == ("DRAFT", siren)
    assert [one["pointer"] for one in draft["missing"]] == [
        "/cae/name",
        "/entrepreneur",
        "/amountCents",
        "/months",
        "/purpose",
    ]
    early = await act(lending, "submitDraft", APPLICATION, draftId=draft["id"])
    assert (early["code"], early["facts"]["errors"]) == ("invalid-input", draft["missing"])
    filled = await act(lending, "saveDraft", DRAFT, draftId=draft["id"], content=WHOLE)
    assert (filled["missing"], filled["obstacles"], filled["months"]) == ([], [], 36)
    emptied = await act(lending, "saveDraft", DRAFT, draftId=draft["id"], content={"months": None})
    assert [one["pointer"] for one in emptied["missing"]] == ["/months"]
    await act(lending, "saveDraft", DRAFT, draftId=draft["id"], content={"months": 24})

    submitted = await act(lending, "submitDraft", APPLICATION, draftId=draft["id"])

    assert (submitted["id"], submitted["status"], submitted["openQuestions"]) == (
        draft["id"],
        "SUBMITTED",
        0,
    )
    again = await act(lending, "submitDraft", APPLICATION, draftId=draft["id"])
    assert again["code"] == "status-forbids"


async def test_a_value_that_no_submission_could_have_is_refused(lending: Lending) -> None:
    draft = await begun(lending, new_siren())

    refused = await act(
        lending, "saveDraft", DRAFT, draftId=draft["id"], content={"amount_cents": -1, "unknown": 1}
    )

    assert [one["pointer"] for one in refused["facts"]["errors"]] == ["/amountCents", "/unknown"]
    nothing = await act(lending, "saveDraft", DRAFT, content={})
    assert {one["pointer"] for one in nothing["facts"]["errors"]} == {"/fundId", "/cae"}


async def test_a_persons_drafts_are_listed_until_they_are_submitted(lending: Lending) -> None:
    draft = await begun(lending, new_siren())
    await act(lending, "saveDraft", DRAFT, draftId=draft["id"], content=WHOLE)
    read = await lending.read(f"applications/{draft['id']}")
    other = await lending.application(
        read["fund_id"], cae={"siret": read["cae"]["siret"], "name": "Graines"}, amount_cents=1_00, months=1
    )
    query = "query ($id: ID!) { entrepreneur(id: $id) { applicationDrafts { id } applications { id } } }"

    person = other["entrepreneur"]["id"]
    before = (await data(lending.operator, query, id=person))["entrepreneur"]
    await act(lending, "submitDraft", APPLICATION, draftId=draft["id"])
    after = (await data(lending.operator, query, id=person))["entrepreneur"]

    assert before == {"applicationDrafts": [{"id": draft["id"]}], "applications": [{"id": other["id"]}]}
    assert after["applicationDrafts"] == []
    assert {one["id"] for one in after["applications"]} == {draft["id"], other["id"]}


async def test_a_draft_is_withdrawn_as_an_application_is(lending: Lending) -> None:
    draft = await begun(lending, new_siren())

    withdrawn = await act(lending, "withdrawApplication", EITHER, applicationId=draft["id"])

    assert (withdrawn["__typename"], withdrawn["status"]) == ("ApplicationDraft", "WITHDRAWN")


async def test_a_signed_offer_is_cancelled(lending: Lending) -> None:
    fund = await lending.fund()
    offer = await lending.approved(fund["id"])
    await lending.act(offer["id"], "signature", {"signed_on": "2024-01-20"})

    cancelled = await act(
        lending,
        "cancelApplication",
        APPLICATION,
        applicationId=offer["id"],
        cancelledOn="2024-02-15",
        reason="Projet abandonné",
    )

    assert cancelled["status"] == "CANCELLED"
    assert (await lending.position(fund["id"]))["committed_cents"] == 0

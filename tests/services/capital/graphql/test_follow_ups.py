"""What was seen of a paid top-up, over the graph. Paid on 1 March 2026, followed up after 1 and 36 months."""

from tests.factories.capital import new_siren
from tests.graph import data
from tests.services.capital.graphql.conftest import Granting

TOLD = (
    "... on TopUpFollowUp { id provenMonths endedEarly unearnedCents corrects topUp { status provenMonths } }"
)
SEEN = {"stillMember": True, "capitalKeptCents": 2_000_00, "evidence": "Registre nommant Awa"}


async def paid(granting: Granting) -> tuple[str, str]:
    scheme_id, siren = await granting.scheme(follow_up_months=[1, 36]), new_siren()
    top_up = str((await granting.granted(scheme_id, siren))["id"])
    paying = {"schemeId": scheme_id, "cae": siren, "topUpIds": [top_up], "paidOn": "2026-03-01"}
    await granting.act("payTopUps", "... on TopUpPayment { id }", **paying, reference="Mandat 7")
    return scheme_id, top_up


async def test_the_same_verb_as_rest(granting: Granting) -> None:
    _, top_up = await paid(granting)

    good = await granting.act("recordFollowUp", TOLD, topUpId=top_up, checkedOn="2026-04-01", **SEEN)
    gone = {"stillMember": False, "capitalKeptCents": 0, "leftOn": "2026-05-01", "evidence": "Lettre"}
    left = await granting.act("recordFollowUp", TOLD, topUpId=top_up, checkedOn="2026-06-01", **gone)
    more = await granting.act("recordFollowUp", TOLD, topUpId=top_up, checkedOn="2026-07-01", **SEEN)
    right = await granting.act(
        "recordFollowUp", TOLD, topUpId=top_up, checkedOn="2026-06-01", corrects=left["id"], **SEEN
    )

    assert (good["provenMonths"], good["topUp"]) == (1, {"status": "PAID", "provenMonths": 1})
    assert (left["endedEarly"], left["unearnedCents"]) == (True, 2_000_00)
    assert left["topUp"]["status"] == "CLAWBACK_PROPOSED"
    assert more["code"] == "status-forbids"
    assert (right["corrects"], right["topUp"]["status"]) == (left["id"], "PAID")


async def test_a_replayed_call_answers_what_it_did_and_keeps_no_word(granting: Granting) -> None:
    _, top_up = await paid(granting)
    call = {"topUpId": top_up, "checkedOn": "2026-04-01", "idempotencyKey": top_up, **SEEN}

    first, again = [await granting.act("recordFollowUp", TOLD, **call) for _ in range(2)]

    assert again == first
    assert first["provenMonths"] == 1


async def test_it_stands_on_the_top_up_and_on_the_scheme(granting: Granting) -> None:
    scheme_id, top_up = await paid(granting)
    await granting.act("recordFollowUp", TOLD, topUpId=top_up, checkedOn="2026-04-01", **SEEN)
    query = """query ($top_up: ID!, $scheme: ID!) {
      _entities(representations: [{__typename: "TopUp", id: $top_up}]) {
        ... on TopUp { provenMonths followUps { checkedOn stillMember capitalKeptCents correctedBy } } }
      topUpScheme(id: $scheme) { proofOfUse { months due proven ended late keptPercent } } }"""

    read = await data(granting.operator, query, top_up=top_up, scheme=scheme_id)

    [dossier] = read["_entities"]
    assert dossier["provenMonths"] == 1
    assert dossier["followUps"] == [
        {"checkedOn": "2026-04-01", "stillMember": True, "capitalKeptCents": 2_000_00, "correctedBy": None}
    ]
    assert read["topUpScheme"]["proofOfUse"] == [
        {"months": 1, "due": 1, "proven": 1, "ended": 0, "late": 0, "keptPercent": 100.0}
    ]

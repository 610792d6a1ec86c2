"""What is taken back of a paid top-up, over the graph."""

from tests.factories.capital import new_siren
from tests.graph import Json, data
from tests.services.capital.graphql.conftest import Granting

TOLD = "... on TopUpClawback { status amountCents owedCents receivedCents waivedCents topUp { id status } }"


async def paid(granting: Granting, **version: object) -> str:
    scheme_id, siren = await granting.scheme(**version), new_siren()
    top_up = str((await granting.granted(scheme_id, siren))["id"])
    paying = {"schemeId": scheme_id, "cae": siren, "topUpIds": [top_up], "paidOn": "2026-03-01"}
    await granting.act("payTopUps", "... on TopUpPayment { id }", **paying, reference="Mandat 7")
    return top_up


def told(answer: Json) -> tuple[object, ...]:
    names = ("status", "amountCents", "owedCents", "receivedCents", "waivedCents")
    return (*(answer[name] for name in names), answer["topUp"]["status"])


async def test_the_same_verbs_as_rest(granting: Granting) -> None:
    top_up = await paid(granting)
    asked = {"topUpId": top_up, "reason": "Départ"}

    first = await granting.act("proposeClawback", TOLD, **asked)
    gone = await granting.act("withdrawClawback", TOLD, topUpId=top_up, reason="Erreur")
    await granting.act("proposeClawback", TOLD, **asked, amountCents=1_500_00)
    owed = await granting.act("confirmClawback", TOLD, topUpId=top_up)
    money = {"topUpId": top_up, "receivedOn": "2026-06-01", "reference": "VIR 1"}
    some = await granting.act("receiveClawback", TOLD, **money, amountCents=500_00)
    more = await granting.act("receiveClawback", TOLD, **money, amountCents=1_000_01)
    over = await granting.act("waiveClawback", TOLD, topUpId=top_up, reason="Décès")

    assert told(first) == ("PROPOSED", 2_000_00, 2_000_00, 0, 0, "CLAWBACK_PROPOSED")
    assert told(gone) == ("WITHDRAWN", 2_000_00, 0, 0, 0, "PAID")
    assert told(owed) == ("CONFIRMED", 1_500_00, 1_500_00, 0, 0, "CLAWBACK_PROPOSED")
    assert told(some) == ("CONFIRMED", 1_500_00, 1_000_00, 500_00, 0, "CLAWBACK_PROPOSED")
    assert (more["code"], more["facts"]["owed_cents"]) == ("clawback-exceeded", 1_000_00)
    assert told(over) == ("WAIVED", 1_500_00, 0, 500_00, 1_000_00, "WAIVED")


async def test_a_replayed_call_answers_what_it_did_and_keeps_no_word(granting: Granting) -> None:
    top_up = await paid(granting)
    call = {"topUpId": top_up, "reason": "Motif nommant Awa", "idempotencyKey": top_up}

    first, again = [await granting.act("proposeClawback", TOLD, **call) for _ in range(2)]

    assert again == first
    assert told(first)[0] == "PROPOSED"


async def test_it_stands_on_the_top_up_with_its_parts(granting: Granting) -> None:
    top_up = await paid(granting, clawback_rule="pro_rata")
    given = {"topUpId": top_up, "reason": "Départ", "stayedUntil": "2026-03-01"}
    await granting.act("proposeClawback", TOLD, **given)
    money = {"topUpId": top_up, "amountCents": 2_000_00, "receivedOn": "2026-06-01", "reference": "VIR 1"}
    await granting.act("receiveClawback", TOLD, **money)
    query = """query ($id: ID!) { _entities(representations: [{__typename: "TopUp", id: $id}]) {
      ... on TopUp { status clawedBackCents clawback {
        computation { rule formula daysStayed daysPromised amountCents } confirmedOn
        receipts { amountCents byFunder { name amountCents } } } } } }"""

    [read] = (await data(granting.operator, query, id=top_up))["_entities"]

    assert (read["status"], read["clawedBackCents"]) == ("CLAWED_BACK", 2_000_00)
    assert read["clawback"]["computation"] == {
        "rule": "PRO_RATA",
        "formula": "unearned_cents * (days_promised - days_stayed) / days_promised",
        "daysStayed": 0,
        "daysPromised": 1_096,
        "amountCents": 2_000_00,
    }
    assert [part["amountCents"] for part in read["clawback"]["receipts"][0]["byFunder"]] == [1_600_00, 400_00]


async def test_statements_add_up_and_a_co_funder_reads_its_own(granting: Granting) -> None:
    top_up = await paid(granting)
    await granting.act("proposeClawback", TOLD, topUpId=top_up, reason="Départ")
    money = {"topUpId": top_up, "amountCents": 500_00, "receivedOn": "2026-06-01", "reference": "VIR 1"}
    await granting.act("receiveClawback", TOLD, **money)
    query = """query ($id: ID!) { _entities(representations: [{__typename: "TopUp", id: $id}]) {
      ... on TopUp { scheme { id } } } }"""
    scheme_id = (await data(granting.operator, query, id=top_up))["_entities"][0]["scheme"]["id"]
    asked = """query ($id: ID!) { topUpScheme(id: $id) { statements(year: 2026) {
      paidCents clawedBackCents toComeBackCents borneCents byFunder { siren borneCents } } } }"""

    whole = (await data(granting.operator, asked, id=scheme_id))["topUpScheme"]["statements"]
    funder = granting.api.as_("funder", siren="200053759")
    own = (await data(funder, asked, id=scheme_id))["topUpScheme"]["statements"]

    assert (whole["paidCents"], whole["clawedBackCents"], whole["toComeBackCents"], whole["borneCents"]) == (
        2_000_00,
        500_00,
        1_500_00,
        1_500_00,
    )
    assert [part["borneCents"] for part in whole["byFunder"]] == [1_200_00, 300_00]
    assert own["byFunder"] == [{"siren": "200053759", "borneCents": 1_200_00}]
    assert (own["paidCents"], own["borneCents"]) == (1_600_00, 1_200_00)

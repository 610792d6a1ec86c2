"""De minimis aid over the graph: what REST tells, and the same verbs."""

from typing import Any

from tests.factories.capital import new_siren
from tests.graph import Json, data
from tests.services.capital.graphql.conftest import Granting

DECLARATION = """... on DeMinimisDeclaration { id grantedOn amountCents grantor reference declaredBy status
  cancelledOn cae { siren } }"""
AID = """query ($cae: ID!, $on: Date) { cae(siren: $cae) {
  deMinimis(on: $on) { on countedFrom receivedCents roomCents
    rule { regulation validFrom ceilingCents window windowYears }
    sources { source amountCents scheme { id } } }
  deMinimisDeclarations(first: 1) { totalCount nodes { reference status } pageInfo { hasNextPage } } } }"""


async def declared(granting: Granting, cae: str, **changed: Any) -> Json:
    given = {
        "region": "75",
        "cae": cae,
        "grantedOn": "2025-04-14",
        "amountCents": 15_000_00,
        "grantor": "Ville de Limoges",
        "reference": "DEL 1",
    }
    return await granting.act("declareDeMinimisAid", DECLARATION, **{**given, **changed})


async def test_aid_is_declared_told_and_taken_back(granting: Granting) -> None:
    cae = new_siren()
    scheme_id = await granting.scheme()
    await granting.granted(scheme_id, cae)
    made = await declared(granting, cae)
    await declared(granting, cae, reference="DEL 2", amountCents=5_000_00)
    assert (made["status"], made["declaredBy"], made["cae"]) == ("DECLARED", "OPERATOR", {"siren": cae})

    told = (await data(granting.operator, AID, cae=cae, on="2026-03-01"))["cae"]

    assert told["deMinimis"] == {
        "on": "2026-03-01",
        "countedFrom": "2023-03-01",
        "receivedCents": 22_000_00,
        "roomCents": 278_000_00,
        "rule": {
            "regulation": "règlement (UE) 2023/2831",
            "validFrom": "2024-01-01",
            "ceilingCents": 300_000_00,
            "window": "ROLLING",
            "windowYears": 3,
        },
        "sources": [
            {"source": "SCHEME", "amountCents": 2_000_00, "scheme": {"id": scheme_id}},
            {"source": "DECLARED", "amountCents": 20_000_00, "scheme": None},
        ],
    }
    assert told["deMinimisDeclarations"] == {
        "totalCount": 2,
        "nodes": [{"reference": "DEL 1", "status": "DECLARED"}],
        "pageInfo": {"hasNextPage": True},
    }
    taken = {"declarationId": made["id"], "reason": "Retirée"}
    cancelled = await granting.act("cancelDeMinimisDeclaration", DECLARATION, **taken)
    assert (cancelled["id"], cancelled["status"]) == (made["id"], "CANCELLED")
    again = await granting.act("cancelDeMinimisDeclaration", DECLARATION, **taken)
    assert (again["__typename"], again["code"]) == ("Refusal", "declaration-already-cancelled")


async def test_an_award_over_the_ceiling_is_refused_with_its_facts(granting: Granting) -> None:
    cae = new_siren()
    await declared(granting, cae, amountCents=299_000_00, grantedOn="2025-12-01")

    refused = await granting.granted(await granting.scheme(), cae)

    assert (refused["code"], refused["facts"]["room_cents"]) == ("de-minimis-ceiling-reached", 1_000_00)


async def test_a_retry_is_answered_as_the_first_time(granting: Granting) -> None:
    cae = new_siren()
    key = f"declared for {cae}"

    first = await declared(granting, cae, idempotencyKey=key)

    assert await declared(granting, cae, idempotencyKey=key) == first
    other = await declared(granting, cae)
    assert other["code"] == "de-minimis-aid-already-declared"


async def test_no_caller_is_told_of_a_company_that_it_may_not_see(granting: Granting) -> None:
    cae, stranger = new_siren(), granting.api.as_("cae", siren=new_siren())
    await declared(granting, cae)

    told = (await data(stranger, AID, cae=cae))["cae"]

    assert told["deMinimis"] is None
    assert told["deMinimisDeclarations"]["nodes"] == []

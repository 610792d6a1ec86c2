"""What partners, CAEs and operators read of the top-ups, and how many queries it costs."""

from uuid import uuid4

from tests.factories.capital import BPIFRANCE, REGION_SIREN, new_siren
from tests.graph import ask, codes, data
from tests.services.capital.graphql.conftest import Granting
from tests.statements import recorded

ENTITIES = """query ($of: [_Any!]!) { _entities(representations: $of) { __typename
  ... on TopUp { id status } ... on TopUpScheme { id versions { floorCents funders { sharePercent } } }
  ... on Cae { siren } ... on Region { name } ... on Entrepreneur { id }
} }"""


async def test_a_batch_of_top_ups_is_one_query(granting: Granting) -> None:
    scheme_id, siren = await granting.scheme(), new_siren()
    ids = [(await granting.request(scheme_id, siren))["id"] for _ in range(5)]

    with recorded(granting.api.database) as statements:
        found = await data(
            granting.operator, ENTITIES, of=[{"__typename": "TopUp", "id": id_} for id_ in ids]
        )

    assert [entity["id"] for entity in found["_entities"]] == ids
    assert len(statements) == 1


async def test_a_batch_of_schemes_is_one_query(granting: Granting) -> None:
    ids = [await granting.scheme() for _ in range(3)]

    with recorded(granting.api.database) as statements:
        found = await data(
            granting.operator, ENTITIES, of=[{"__typename": "TopUpScheme", "id": id_} for id_ in ids]
        )

    assert [entity["id"] for entity in found["_entities"]] == ids
    assert found["_entities"][0]["versions"] == [
        {"floorCents": 1_000_00, "funders": [{"sharePercent": 80}, {"sharePercent": 20}]}
    ]
    assert len(statements) == 1


async def test_wrong_and_unseen_representations_fail_alone(granting: Granting) -> None:
    top_up = await granting.request(await granting.scheme())
    siren, person = new_siren(), str(uuid4())
    of = [
        {"__typename": "TopUp", "id": str(uuid4())},
        {"__typename": "TopUp", "id": "12"},
        {"__typename": "Loan", "id": top_up["id"]},
        {"__typename": "Cae", "siren": siren},
        {"__typename": "Region", "code": "75"},
        {"__typename": "Entrepreneur", "id": person},
        {"__typename": "TopUp", "id": top_up["id"]},
    ]

    answer = await ask(granting.operator, ENTITIES, of=of)
    elsewhere = await ask(granting.api.as_("partner", regions=["84"]), ENTITIES, of=of[-1:])

    assert answer["data"]["_entities"] == [
        None,
        None,
        None,
        {"__typename": "Cae", "siren": siren},
        {"__typename": "Region", "name": "Nouvelle-Aquitaine"},
        {"__typename": "Entrepreneur", "id": person},
        {"__typename": "TopUp", "id": top_up["id"], "status": "REQUESTED"},
    ]
    assert codes(answer) == [
        (["_entities", 1], "malformed-key"),
        (["_entities", 2], "unknown-entity-type"),
    ]
    assert elsewhere == {"data": {"_entities": [None]}}


async def test_the_top_ups_of_several_caes_cost_what_those_of_one_cost(granting: Granting) -> None:
    scheme_id, siren = await granting.scheme(), new_siren()
    ids = [(await granting.granted(scheme_id, siren))["id"] for _ in range(3)]
    others = [new_siren() for _ in range(4)]
    query = """query ($of: [_Any!]!) { _entities(representations: $of) { ... on Cae {
      name topUps(first: 2) { totalCount nodes { id scheme { id } region { code } } pageInfo { hasNextPage } }
      caps { scheme { id } period capCents usedCents roomCents }
    } } }"""

    counts = []
    for sirens in ([siren], [siren, *others]):
        with recorded(granting.api.database) as statements:
            found = await data(
                granting.operator, query, of=[{"__typename": "Cae", "siren": s} for s in sirens]
            )
        counts.append(len(statements))

    first, *rest = found["_entities"]
    assert first["name"] == "Coopérative Tournesol"
    assert first["topUps"]["totalCount"] == 3
    assert [node["id"] for node in first["topUps"]["nodes"]] == ids[:2]
    assert first["topUps"]["nodes"][0]["scheme"] == {"id": scheme_id}
    assert first["topUps"]["pageInfo"] == {"hasNextPage": True}
    assert first["caps"] == [
        {
            "scheme": {"id": scheme_id},
            "period": "scheme",
            "capCents": 20_000_00,
            "usedCents": 6_000_00,
            "roomCents": 14_000_00,
        }
    ]
    assert {(one["name"], one["topUps"]["totalCount"], len(one["caps"])) for one in rest} == {(None, 0, 0)}
    assert counts[0] == counts[1]


async def test_the_cap_of_a_cae_in_a_scheme(granting: Granting) -> None:
    scheme_id, siren, other = await granting.scheme(), new_siren(), new_siren()
    await granting.granted(scheme_id, siren)
    query = """query ($id: ID!, $cae: ID!) { topUpScheme(id: $id) {
      version { capPeriod matchRatio }
      totals { awardedCents toPayCents paidCents byFunder { siren amountCents } }
      caps(cae: $cae) { usedCents roomCents cae { siren } } } }"""

    used = await data(granting.operator, query, id=scheme_id, cae=siren)
    unused = await data(granting.operator, query, id=scheme_id, cae=other)
    unseen = await data(granting.api.as_("cae", siren=other), query, id=scheme_id, cae=siren)

    assert used["topUpScheme"]["caps"] == {
        "usedCents": 2_000_00,
        "roomCents": 18_000_00,
        "cae": {"siren": siren},
    }
    assert unused["topUpScheme"]["caps"] == {
        "usedCents": 0,
        "roomCents": 20_000_00,
        "cae": {"siren": other},
    }
    assert unseen["topUpScheme"]["caps"] is None
    assert used["topUpScheme"]["version"] == {"capPeriod": "SCHEME", "matchRatio": 1}
    assert used["topUpScheme"]["totals"] == {
        "awardedCents": 2_000_00,
        "toPayCents": 2_000_00,
        "paidCents": 0,
        "byFunder": [{"siren": REGION_SIREN, "amountCents": 0}, {"siren": BPIFRANCE, "amountCents": 0}],
    }


async def test_top_ups_are_listed_page_by_page(granting: Granting) -> None:
    scheme_id, siren = await granting.scheme(), new_siren()
    ids = [(await granting.request(scheme_id, siren))["id"] for _ in range(3)]
    await granting.grant(ids[1])
    query = """query ($scheme: ID!, $after: String, $status: TopUpStatus) {
      topUps(schemeId: $scheme, first: 2, after: $after, status: $status) {
        totalCount nodes { id } pageInfo { hasNextPage endCursor } } }"""

    first = (await data(granting.operator, query, scheme=scheme_id))["topUps"]
    end = first["pageInfo"]["endCursor"]
    second = (await data(granting.operator, query, scheme=scheme_id, after=end))["topUps"]
    awarded = (await data(granting.operator, query, scheme=scheme_id, status="GRANTED"))["topUps"]

    assert [node["id"] for node in (*first["nodes"], *second["nodes"])] == ids
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert first["totalCount"] == second["totalCount"] == 3
    assert awarded["nodes"] == [{"id": ids[1]}]


PERSON = """query ($id: ID!) { topUps(schemeId: $id) { nodes { entrepreneurReference entrepreneur {
  id membershipDeadline topUps { id membershipDueOn } } } } }"""


async def test_a_person_has_a_deadline_until_they_are_a_member(granting: Granting) -> None:
    scheme_id = await granting.scheme()
    waiting = await granting.request(scheme_id)
    admitted = await granting.request(scheme_id, admittedOn="2026-01-10")

    nodes = (await data(granting.operator, PERSON, id=scheme_id))["topUps"]["nodes"]

    assert [node["entrepreneur"]["membershipDeadline"] for node in nodes] == ["2028-03-01", None]
    assert [node["entrepreneur"]["topUps"] for node in nodes] == [
        [{"id": waiting["id"], "membershipDueOn": "2028-03-01"}],
        [{"id": admitted["id"], "membershipDueOn": "2028-03-01"}],
    ]
    assert all(node["entrepreneurReference"] for node in nodes)


async def test_a_partner_reads_top_ups_without_knowing_whose(granting: Granting) -> None:
    scheme_id = await granting.scheme()
    await granting.request(scheme_id)
    known = (await data(granting.operator, PERSON, id=scheme_id))["topUps"]["nodes"]

    nodes = (await data(granting.api.as_("partner", regions=["75"]), PERSON, id=scheme_id))["topUps"]["nodes"]

    assert nodes == known
    assert nodes[0]["entrepreneur"]["membershipDeadline"] == "2028-03-01"


async def test_a_funder_reads_its_schemes_and_no_dossier(granting: Granting) -> None:
    scheme_id = await granting.scheme()
    await granting.request(scheme_id)
    bpifrance, stranger = (granting.api.as_("funder", siren=siren) for siren in (BPIFRANCE, new_siren()))
    query = """query ($of: [_Any!]!) { _entities(representations: $of) {
      ... on Funder { topUpSchemes { id } } ... on Region { topUpSchemes { id } } } }"""
    of = [{"__typename": "Funder", "siren": BPIFRANCE}, {"__typename": "Region", "code": "75"}]

    own = await data(bpifrance, query, of=of)
    others = await data(stranger, query, of=of)
    refused = await ask(
        bpifrance, "query ($id: ID!) { topUps(schemeId: $id) { nodes { id } } }", id=scheme_id
    )

    assert all({"id": scheme_id} in entity["topUpSchemes"] for entity in own["_entities"])
    assert others == {"_entities": [{"topUpSchemes": []}, {"topUpSchemes": []}]}
    assert (refused["data"], codes(refused)) == (None, [(["topUps"], "not-allowed")])


async def test_a_request_that_waits_tells_its_place(granting: Granting) -> None:
    scheme_id = await granting.scheme(waiting_list=True, cae_cap_cents=2_000_00)
    siren = new_siren()
    kept, *waiting = [await granting.request(scheme_id, siren) for _ in range(3)]
    query = """query ($scheme: ID!) { topUps(schemeId: $scheme) { edges { node {
      id status reservedCents waitingPlace } } } }"""

    found = await data(granting.operator, query, scheme=scheme_id)

    assert [edge["node"] for edge in found["topUps"]["edges"]] == [
        {"id": kept["id"], "status": "REQUESTED", "reservedCents": 2_000_00, "waitingPlace": None},
        {"id": waiting[0]["id"], "status": "WAITING", "reservedCents": None, "waitingPlace": 1},
        {"id": waiting[1]["id"], "status": "WAITING", "reservedCents": None, "waitingPlace": 2},
    ]

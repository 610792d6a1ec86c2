"""What partners, CAEs and operators read of the loans, and how many queries it costs."""

from uuid import uuid4

import pytest

from services.kernel.identifiers import Siren, entrepreneur_id
from tests.factories.capital import new_siren, siret_of
from tests.graph import Json, ask, codes, data
from tests.services.loans.conftest import REGION, REGION_COUNCIL, STATE, Lending
from tests.statements import recorded

EIGHTY_TWENTY = ((REGION_COUNCIL, 80_000_00, "2020-01-01"), (STATE, 20_000_00, "2020-01-02"))
ENTITIES = """query ($of: [_Any!]!) { _entities(representations: $of) { __typename
  ... on Loan { number outstandingCents schedule { rank dueOn amountCents paidCents } }
  ... on LoanFund { name } ... on Cae { siren } ... on Region { code regionName: name }
  ... on Entrepreneur { id } ... on Funder { siren }
} }"""


async def loans_of_one_cae(lending: Lending, count: int) -> tuple[str, list[Json]]:
    fund, cae = await lending.fund(), new_siren()
    whose = {"siret": siret_of(cae), "name": "Graines d'Activité"}
    return cae, [await lending.loan(fund["id"], cae=whose, amount_cents=2_000_00) for _ in range(count)]


async def test_a_batch_of_loans_is_one_query(lending: Lending) -> None:
    _, loans = await loans_of_one_cae(lending, 3)

    with recorded(lending.api.database) as statements:
        found = await data(
            lending.operator, ENTITIES, of=[{"__typename": "Loan", "id": o["id"]} for o in loans]
        )

    assert [entity["number"] for entity in found["_entities"]] == [loan["number"] for loan in loans]
    assert [instalment["amountCents"] for instalment in found["_entities"][0]["schedule"]] == [
        instalment["amount_cents"] for instalment in loans[0]["schedule"]
    ]
    assert len(statements) == 1


async def test_a_batch_of_funds_is_one_query_with_their_settings(lending: Lending) -> None:
    funds = [await lending.fund(contributions=()) for _ in range(3)]

    with recorded(lending.api.database) as statements:
        found = await data(
            lending.operator, ENTITIES, of=[{"__typename": "LoanFund", "id": fund["id"]} for fund in funds]
        )

    assert [entity["name"] for entity in found["_entities"]] == [fund["name"] for fund in funds]
    assert len(statements) == 1


async def test_shared_entities_answer_for_any_key_and_read_nothing(lending: Lending) -> None:
    cae, person = new_siren(), str(entrepreneur_id(b"key", Siren("732829320"), "E1"))

    with recorded(lending.api.database) as statements:
        found = await data(
            lending.operator,
            ENTITIES,
            of=[
                {"__typename": "Cae", "siren": cae},
                {"__typename": "Region", "code": "53"},
                {"__typename": "Region", "code": "99"},
                {"__typename": "Entrepreneur", "id": person},
                {"__typename": "Funder", "siren": STATE["siren"]},
            ],
        )

    assert found["_entities"] == [
        {"__typename": "Cae", "siren": cae},
        {"__typename": "Region", "code": "53", "regionName": "Bretagne"},
        None,
        {"__typename": "Entrepreneur", "id": person},
        {"__typename": "Funder", "siren": STATE["siren"]},
    ]
    assert statements == []


async def test_wrong_and_unseen_representations_fail_alone(lending: Lending) -> None:
    _, (loan,) = await loans_of_one_cae(lending, 1)
    of = [
        {"__typename": "Loan", "id": str(uuid4())},
        {"__typename": "Loan", "id": "PH-84-0001"},
        {"__typename": "Cae", "siren": "732829321"},
        {"__typename": "TopUp", "id": loan["id"]},
        {"__typename": "Loan", "id": loan["id"]},
    ]

    answer = await ask(lending.operator, ENTITIES, of=of)
    elsewhere = await ask(lending.api.as_("partner", regions=["53"]), ENTITIES, of=of[-1:])

    assert [entity and entity["__typename"] for entity in answer["data"]["_entities"]] == [None] * 4 + [
        "Loan"
    ]
    assert codes(answer) == [
        (["_entities", 1], "malformed-key"),
        (["_entities", 2], "malformed-key"),
        (["_entities", 3], "unknown-entity-type"),
    ]
    assert elsewhere == {"data": {"_entities": [None]}}


async def test_the_loans_of_several_caes_cost_what_those_of_one_cost(lending: Lending) -> None:
    siren, _ = await loans_of_one_cae(lending, 3)
    others = [new_siren() for _ in range(4)]
    query = """query ($of: [_Any!]!) { _entities(representations: $of) { ... on Cae {
      name exposureCents repaymentRate { denominatorCents }
      loans(first: 2) { totalCount pageInfo { hasNextPage }
        edges { node { outstandingCents cae { siren } } } }
    } } }"""

    counts = []
    for sirens in ([siren], [siren, *others]):
        with recorded(lending.api.database) as statements:
            found = await data(
                lending.operator, query, of=[{"__typename": "Cae", "siren": s} for s in sirens]
            )
        counts.append(len(statements))

    first, *rest = found["_entities"]
    assert (first["name"], first["exposureCents"]) == ("Graines d'Activité", 6_000_00)
    assert first["loans"]["totalCount"] == 3
    assert first["loans"]["pageInfo"]["hasNextPage"] is True
    assert [edge["node"]["cae"]["siren"] for edge in first["loans"]["edges"]] == [siren, siren]
    assert {(one["name"], one["exposureCents"], one["loans"]["totalCount"]) for one in rest} == {(None, 0, 0)}
    assert counts[0] == counts[1]


async def test_loans_are_read_page_by_page(lending: Lending) -> None:
    siren, loans = await loans_of_one_cae(lending, 3)
    query = """query ($cae: ID!, $after: String) { loans(cae: $cae, first: 2, after: $after) {
      totalCount nodes { id caeName } pageInfo { hasNextPage endCursor } } }"""

    first = (await data(lending.operator, query, cae=siren))["loans"]
    second = (await data(lending.operator, query, cae=siren, after=first["pageInfo"]["endCursor"]))["loans"]

    newest_first = [{"id": loan["id"], "caeName": "Graines d'Activité"} for loan in reversed(loans)]
    assert (first["nodes"], second["nodes"]) == (newest_first[:2], newest_first[2:])
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert first["totalCount"] == second["totalCount"] == 3


async def test_loans_are_filtered(lending: Lending) -> None:
    fund = await lending.fund()
    late = await lending.loan(fund["id"], disbursed_on="2024-01-31")
    repaid = await lending.loan(fund["id"])
    await lending.repay(repaid["id"], 8_000_00, "2024-02-01")
    query = """query ($fund: ID!, $status: LoanStatus, $late: Boolean) {
      loans(fundId: $fund, status: $status, late: $late) { nodes { id daysLate arrearsCents } } }"""

    async def ids(**wanted: object) -> list[str]:
        found = await data(lending.operator, query, fund=fund["id"], **wanted)
        return [node["id"] for node in found["loans"]["nodes"]]

    assert await ids() == [repaid["id"], late["id"]]
    assert await ids(late=True) == [late["id"]]
    assert await ids(status="REPAID") == [repaid["id"]]


async def test_a_fund_gives_the_same_figures_as_rest(lending: Lending) -> None:
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    loan = await lending.loan(fund["id"])
    await lending.repay(loan["id"], 300_00, "2024-02-29")
    query = """query ($id: ID!) { loanFund(id: $id) { region { code }
      position { paidInCents availableCents outstandingCents
        byFunder { name funder { siren } disbursedCents outstandingCents } }
      indicators(asOf: "2024-03-31") { repaymentRate { value numeratorCents denominatorCents asOf formula } }
    } }"""

    found = (await data(lending.operator, query, id=fund["id"]))["loanFund"]

    over_rest = await lending.position(fund["id"])
    by_funder = found["position"].pop("byFunder")
    assert found["position"] == {
        "paidInCents": over_rest["paid_in_cents"],
        "availableCents": over_rest["available_cents"],
        "outstandingCents": over_rest["outstanding_cents"],
    }
    assert [(part["funder"]["siren"], part["outstandingCents"]) for part in by_funder] == [
        (part["siren"], part["outstanding_cents"]) for part in over_rest["by_funder"]
    ]
    rate = (await lending.read("indicators", fund_id=fund["id"], as_of="2024-03-31"))["repayment_rate"]
    assert found["indicators"]["repaymentRate"]["numeratorCents"] == rate["numerator_cents"] == 300_00
    assert found["indicators"]["repaymentRate"]["denominatorCents"] == rate["denominator_cents"]
    assert found["indicators"]["repaymentRate"]["asOf"] == "2024-03-31"


async def test_a_region_has_its_funds_by_two_queries(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    query = '{ _entities(representations: [{__typename: "Region", code: "84"},\
      {__typename: "Region", code: "53"}]) { ... on Region { loanFunds { id } } } }'

    with recorded(lending.api.database) as statements:
        found = await data(lending.operator, query)

    auvergne, brittany = found["_entities"]
    assert {"id": fund["id"]} in auvergne["loanFunds"]
    assert brittany == {"loanFunds": []}
    assert len(statements) == 2


async def test_a_funder_has_the_funds_it_feeds(lending: Lending) -> None:
    funder = {"siren": new_siren(), "name": "Commune", "kind": "local"}
    fund = await lending.fund(contributions=((funder, 1_000_00, "2020-01-01"),))
    query = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Funder { loanFunds { id } } } }"

    of = [{"__typename": "Funder", "siren": funder["siren"]}]
    own = await data(lending.api.as_("funder", siren=funder["siren"]), query, of=of)
    others = await data(lending.api.as_("funder", siren=new_siren()), query, of=of)

    assert own == {"_entities": [{"loanFunds": [{"id": fund["id"]}]}]}
    assert others == {"_entities": [{"loanFunds": []}]}


PERSON = """query ($id: ID!) { entrepreneur(id: $id) {
  loans { id entrepreneurReference repayments { amountCents } }
  applications { id status entrepreneurReference loan { id } } } }"""


async def test_an_operator_reads_all_of_a_person(lending: Lending) -> None:
    _, (loan,) = await loans_of_one_cae(lending, 1)
    person = await data(
        lending.operator, "query ($id: ID!) { loan(id: $id) { entrepreneur { id } } }", id=loan["id"]
    )
    found = await data(lending.operator, PERSON, id=person["loan"]["entrepreneur"]["id"])

    assert found["entrepreneur"]["loans"] == [
        {"id": loan["id"], "entrepreneurReference": "E0042", "repayments": []}
    ]
    (application,) = found["entrepreneur"]["applications"]
    assert (application["status"], application["loan"]) == ("DISBURSED", {"id": loan["id"]})


async def test_a_partner_reads_loans_without_knowing_whose(lending: Lending) -> None:
    _, (loan,) = await loans_of_one_cae(lending, 1)
    partner = lending.api.as_("partner", regions=[REGION])
    found = await data(partner, "query ($id: ID!) { loan(id: $id) { entrepreneur { id } } }", id=loan["id"])

    person = (await data(partner, PERSON, id=found["loan"]["entrepreneur"]["id"]))["entrepreneur"]

    assert person["loans"] == [{"id": loan["id"], "entrepreneurReference": "E0042", "repayments": []}]
    (application,) = person["applications"]
    assert (application["status"], application["loan"]) == ("DISBURSED", {"id": loan["id"]})


async def test_a_cae_reads_its_own_loans_only(lending: Lending) -> None:
    siren, (loan,) = await loans_of_one_cae(lending, 1)
    query = """query ($id: ID!, $cae: ID!) {
      loan(id: $id) { id } cae(siren: $cae) { name loans { nodes { id } } } }"""

    own = await data(lending.api.as_("cae", siren=siren), query, id=loan["id"], cae=siren)
    other = await data(lending.api.as_("cae", siren=new_siren()), query, id=loan["id"], cae=siren)

    assert own["loan"] == {"id": loan["id"]}
    assert own["cae"]["loans"] == {"nodes": [{"id": loan["id"]}]}
    assert other == {"loan": None, "cae": {"name": None, "loans": {"nodes": []}}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('{ cae(siren: "123") { siren } }', "invalid-input"),
        ('{ entrepreneur(id: "me") { id } }', "invalid-input"),
        ('{ loan(id: "PH-84") { id } }', "invalid-input"),
        ('{ region(code: "00") { name } }', None),
    ],
)
async def test_keys_at_the_roots(lending: Lending, query: str, code: str | None) -> None:
    answer = await ask(lending.operator, query)

    assert list(answer["data"].values()) == [None]
    assert [found for _, found in codes(answer)] == [code] if code else "errors" not in answer

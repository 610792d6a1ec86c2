"""Hive Gateway in the place of Essor's: the same supergraph, the same services, the same answers.

The journeys imported here run as they do in their own place, on an Essor whose every question to the gateway
is asked of Hive Gateway too, with both of its runtimes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import parse, validate

from services.runtime.settings import REPOSITORY
from tests.federation.corpus import documents_of, partner_queries, saved_queries
from tests.federation.gateways import UNAVAILABLE
from tests.federation.hive_gateway import RUNTIMES
from tests.federation.known_objects import about_what_is_known, known_identifiers, random_query
from tests.federation.plans import ESSOR, Asked, supergraph
from tests.journeys.test_committee import test_a_full_committee_session
from tests.journeys.test_example_queries import test_a_saved_query_is_answered_to_a_partner
from tests.journeys.test_loans import (
    test_a_partner_reads_a_caes_loans_and_top_ups_in_one_query,
    test_repaying_one_loan_from_two_processes_takes_no_cent_too_much,
    test_the_life_of_a_loan_to_its_last_cent,
    test_two_processes_never_promise_more_than_the_fund_has,
)
from tests.journeys.test_top_ups import test_the_life_of_a_top_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.federation.gateways import ComparedCaller, ComparedEssor

pytestmark = pytest.mark.federation

JOURNEYS = (
    test_a_full_committee_session,
    test_a_saved_query_is_answered_to_a_partner,
    test_a_partner_reads_a_caes_loans_and_top_ups_in_one_query,
    test_repaying_one_loan_from_two_processes_takes_no_cent_too_much,
    test_the_life_of_a_loan_to_its_last_cent,
    test_two_processes_never_promise_more_than_the_fund_has,
    test_the_life_of_a_top_up,
)
JOURNEY_FILES = sorted((REPOSITORY / "tests" / "journeys").glob("test_*.py"))
BATCHES, QUERIES = 5, 20
OWN_RUNTIME, OTHER_RUNTIME = RUNTIMES
FAULTS_OF_ITS_OTHER_RUNTIME = (
    # Two selections of one list: the objects of the second come after those of the first, as others.
    "{ loans(first: 2) { nodes { id } } loans(first: 2) { nodes { status } } }",
    # Nothing left to ask: the answer has no data at all.
    "query ($out: Boolean!) { loans(first: 1) @skip(if: $out) { totalCount } }",
)
NOBODY = "01936d2e-0000-7000-8000-000000000000"
GIVEN: dict[str, Any] = {
    "siren": "978592848",
    "id": NOBODY,
    "input": {
        "loanId": NOBODY,
        "amountCents": 100,
        "paidOn": "2025-02-28",
        "method": "TRANSFER",
        "idempotencyKey": "nobody",
    },
}
BOTH_SERVICES = '{ region(code: "84") { loanFunds { name } topUpSchemes { name } } }'
REFUSED = (
    "{",
    "{ nothing }",
    '{ region(code: "84", of: 1) { name } }',
    "query ($siren: ID!) { cae(siren: $siren) { name } }",
    "query ($code: Int) { region(code: $code) { name } }",
)


@pytest.fixture
async def operator(essor: ComparedEssor) -> AsyncIterator[ComparedCaller]:
    async with essor.as_("operator", regions=["84", "75"]) as caller:
        yield caller


@pytest.fixture
async def partner(essor: ComparedEssor) -> AsyncIterator[ComparedCaller]:
    async with essor.as_("partner", regions=["84", "75"]) as caller:
        yield caller


def test_every_journey_that_asks_the_gateway_in_graphql_is_told_here() -> None:
    asking = {file.stem for file in JOURNEY_FILES if ".graphql(" in file.read_text()}
    asking.remove("test_event_streams")  # told in a file of its own; what it asks besides is asked below
    assert asking == {journey.__module__.rpartition(".")[2] for journey in JOURNEYS}


async def test_every_document_of_the_journeys_and_for_partners_has_one_answer(
    operator: ComparedCaller, partner: ComparedCaller, table: list[str]
) -> None:
    api = supergraph(ESSOR).api
    journeys = [Asked(name, text, {}) for name, text in documents_of(JOURNEY_FILES)]
    asked = [each for each in journeys if validate(api, parse(each.text), max_errors=1) == []]
    asked += [*partner_queries(), *saved_queries()]
    for each in asked:
        given = {name: value for name, value in GIVEN.items() if f"${name}" in each.text}
        for caller in (operator, partner):
            await caller.compared(each.text, {**given, **each.variables})
    assert len(asked) >= 15
    table.append(
        f"{len(asked)} documents of the journeys, partners and the page: the same answers of Hive Gateway"
    )


@pytest.mark.parametrize("batch", range(BATCHES))
async def test_random_queries_have_one_answer(operator: ComparedCaller, batch: int, table: list[str]) -> None:
    """Asked of what the journeys have left. Where a service refuses, each gateway drops other parts."""
    known = await known_identifiers(operator)
    answered = 0
    for seed in range(batch * QUERIES, batch * QUERIES + QUERIES):
        text, variables = about_what_is_known(*random_query(seed), known, seed)
        answer, differences = await operator.differences(text, variables)
        if "errors" not in answer:
            if OWN_RUNTIME in differences:
                pytest.fail(differences[OWN_RUNTIME])
            answered += 1
    assert answered > QUERIES // 2
    table.append(f"{answered} random queries: the same answers of Hive Gateway with its own runtime")


@pytest.mark.parametrize("document", FAULTS_OF_ITS_OTHER_RUNTIME)
async def test_why_random_queries_are_compared_with_one_runtime_only(
    operator: ComparedCaller, document: str
) -> None:
    """Once this fails, they can be compared with both."""
    _, differences = await operator.differences(document, {"out": True} if "$out" in document else {})
    assert list(differences) == [OTHER_RUNTIME]


@pytest.mark.parametrize("document", REFUSED)
async def test_a_document_is_refused_by_all_with_one_code(partner: ComparedCaller, document: str) -> None:
    answer = await partner.compared(document, {})
    assert answer.get("data") is None
    assert answer["errors"]


async def test_what_a_service_refuses_is_told_by_all_at_its_place(partner: ComparedCaller) -> None:
    answer = await partner.compared('{ cae(siren: "none") { name } loan(id: "none") { id } }', {})
    assert [error["path"] for error in answer["errors"]] == [["cae"], ["loan"]]


async def test_a_service_that_is_away_costs_its_own_part_with_all(without_capital: ComparedEssor) -> None:
    async with without_capital.as_("partner", regions=["84"]) as caller:
        answer = await caller.compared(BOTH_SERVICES, {})
        nothing = await caller.compared("{ topUps(first: 1) { totalCount } }", {})
    assert isinstance(answer["data"]["region"]["loanFunds"], list)
    assert answer["data"]["region"]["topUpSchemes"] is None
    assert {error["extensions"]["code"] for error in answer["errors"]} == {UNAVAILABLE}
    assert nothing["data"] is None


async def test_nothing_is_told_without_a_token(essor: ComparedEssor) -> None:
    """Essor's gateway refuses at its door; behind Hive Gateway the services do, and it hides their words."""
    async with essor.as_("partner") as caller:
        del caller.client.headers["authorization"]
        for address in (essor.gateway, *essor.others.values()):
            response = await caller.client.post(f"{address}/graphql", json={"query": BOTH_SERVICES})
            assert (response.json().get("data") or {}).get("region") is None
            assert response.status_code == 401 or response.json()["errors"]

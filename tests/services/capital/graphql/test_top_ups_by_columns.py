"""Top-ups shown from rows: the same as those that the rules make, whatever became of them."""

from typing import Any

from graphql import OperationDefinitionNode, parse

from services.capital.graphql.columns import TopUpColumns
from services.capital.graphql.top_ups import TopUp
from services.kernel.access import Caller, Role
from services.runtime.graphql.compiled.plans import Plans
from tests.factories.capital import new_siren
from tests.graphql_ways import door_of, shown
from tests.services.capital.graphql.conftest import Granting
from tests.services.runtime.graphql.random_questions import context_of
from tests.statements import recorded

EVERY_FIELD = """id status subscribedCents paidUpCents paidUpOn requestedOn admittedOn entitlementCents
  reservedCents awardCents clawedBackCents provenMonths decidedOn reference contractKind membershipDueOn
  caeName entrepreneurReference createdAt cae { siren } entrepreneur { id } region { code name }
  scheme { id name versions { priorityGroups { criterion } } } waitingPlace payment { id totalCents }
  clawback { status amountCents } followUps { id }"""
EVERYWHERE = f"""query ($scheme: ID!, $cae: ID!, $of: [_Any!]!) {{
  topUps(schemeId: $scheme, first: 3) {{ pageInfo {{ endCursor hasNextPage }} nodes {{ {EVERY_FIELD} }} }}
  cae(siren: $cae) {{ topUps {{ edges {{ cursor node {{ {EVERY_FIELD} }} }} totalCount }} }}
  _entities(representations: $of) {{ ... on TopUp {{ {EVERY_FIELD} }} }}
}}"""
NO_PAYMENT = "query ($scheme: ID!) { topUps(schemeId: $scheme) { nodes { status } } }"


def test_rows_tell_every_field_of_a_top_up() -> None:
    fields = {field.python_name for field in TopUp.__strawberry_definition__.fields}  # type: ignore[attr-defined]

    assert fields == TopUpColumns.needs.keys()


async def both_ways(granting: Granting, text: str, variables: dict[str, Any]) -> tuple[Any, list[str]]:
    """The answer, which is the same both ways, and the statements of the one by rows."""
    door, document = door_of(granting.api.app), parse(text)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    caller = Caller(Role.PARTNER, "tests", frozenset({"75"}))
    context = context_of(granting.api, caller)
    with recorded(granting.api.database) as statements:
        by_rows = await Plans(door._schema, document, after_uses=0).run(operation, context, variables)
    by_rules = await door._schema.run(document, context_of(granting.api, caller), variables=variables)
    assert by_rows is not None
    assert shown(by_rows, context) == shown(by_rules, context)
    return by_rows.data, statements


async def test_whatever_became_of_a_top_up_its_row_says_the_same(granting: Granting) -> None:
    siren = new_siren()
    scheme_id = await granting.scheme(budget_cents=6_500_00, waiting_list=True, reserves_at="request")
    paid, granted = [(await granting.granted(scheme_id, siren))["id"] for _ in range(2)]
    asked, waiting = [await granting.request(scheme_id, siren) for _ in range(2)]
    refused = (await granting.request(scheme_id, siren))["id"]
    await granting.act("refuseTopUp", topUpId=refused, decidedOn="2026-02-01", reason="Hors délai")
    paying = {"schemeId": scheme_id, "cae": siren, "topUpIds": [paid], "paidOn": "2026-03-01"}
    await granting.act("payTopUps", "... on TopUpPayment { id }", **paying, reference="Mandat 7")
    await granting.act("proposeClawback", "... on TopUpClawback { id }", topUpId=paid, reason="Départ")
    every = [paid, granted, asked["id"], waiting["id"], refused]

    told, _ = await both_ways(
        granting,
        EVERYWHERE,
        {
            "scheme": scheme_id,
            "cae": siren,
            "of": [{"__typename": "TopUp", "id": top_up} for top_up in every],
        },
    )

    statuses = ["CLAWBACK_PROPOSED", "GRANTED", "REQUESTED", "WAITING", "REFUSED"]
    assert [one["status"] for one in told["_entities"]] == statuses
    assert [one["node"]["id"] for one in told["cae"]["topUps"]["edges"]] == every
    assert told["topUps"]["nodes"] == told["_entities"][:3]
    assert told["_entities"][0]["payment"]["totalCents"] == told["_entities"][0]["awardCents"]
    assert [one["waitingPlace"] for one in told["_entities"]] == [None, None, None, 1, None]


async def test_payments_are_read_only_where_theirs_is_asked(granting: Granting) -> None:
    scheme_id = await granting.scheme()
    await granting.request(scheme_id)

    _, [statement] = await both_ways(granting, NO_PAYMENT, {"scheme": scheme_id})

    assert "payment_lines" not in statement
    assert "given_name" not in statement

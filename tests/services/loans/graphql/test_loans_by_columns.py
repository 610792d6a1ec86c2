"""Loans shown from rows: the same as those that the rules make, whatever became of them."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from services.kernel.access import Caller, Role
from services.loans.graphql.columns import LoanColumns
from services.loans.graphql.fund_columns import FundColumns
from services.loans.graphql.funds import LoanFund
from services.loans.graphql.loans import Loan
from services.runtime.graphql.compiled.plans import Plans
from tests.graphql_ways import door_of, shown
from tests.services.loans.conftest import REGION, Lending
from tests.services.runtime.graphql.random_questions import context_of
from tests.statements import recorded

EVERY_FIGURE = """query ($fund: ID!) { loans(fundId: $fund, first: 50) { nodes {
  id number status grantedCents principalCents repaidCents outstandingCents writtenOffCents recoveredCents
  arrearsCents daysLate bucket nextDueOn months graceMonths settingsVersion disbursedOn writtenOffOn
  contractKind caeName writtenOffCause scheduleVersion asOf entrepreneurReference createdAt
  schedule { rank dueOn amountCents paidCents } cae { siren } entrepreneur { id } region { code } fund { id }
} } }"""


def test_rows_tell_every_field_of_a_loan() -> None:
    fields = {field.python_name for field in Loan.__strawberry_definition__.fields}  # type: ignore[attr-defined]

    assert fields == LoanColumns.needs.keys()


def test_rows_tell_of_a_fund_what_needs_no_rules() -> None:
    fields = {field.python_name for field in LoanFund.__strawberry_definition__.fields}  # type: ignore[attr-defined]

    assert fields - FundColumns.needs.keys() == {
        "settings_version",
        "settings",
        "settings_versions",
        "access",
    }
    assert FundColumns.needs.keys() <= fields


async def test_a_fund_is_shown_to_who_sees_it_and_with_what_is_asked(lending: Lending) -> None:
    fund = await lending.fund()
    document = parse("query ($id: ID!) { loanFund(id: $id) { id name openedOn createdAt region { code } } }")
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    schema = door_of(lending.api.app)._schema
    plans = Plans(schema, document, after_uses=0)
    for region, is_seen in ((REGION, True), ("53", False)):
        caller = Caller(Role.PARTNER, "tests", frozenset({region}))
        context = context_of(lending.api, caller)
        with recorded(lending.api.database) as sent:
            by_rows = await plans.run(operation, context, {"id": fund["id"]})
        by_rules = await schema.run(document, context_of(lending.api, caller), variables={"id": fund["id"]})

        assert by_rows is not None
        assert shown(by_rows, context) == shown(by_rules, context)
        assert (by_rows.data["loanFund"] is not None) is is_seen  # type: ignore[index]
        assert [line for line in sent if "fund_settings" in line] == []
        assert len(sent) == 1


async def test_a_fund_of_which_rows_tell_too_little_is_read_once(lending: Lending) -> None:
    loan = await lending.loan((fund := await lending.fund())["id"])
    document = parse(
        "query ($id: ID!, $of: [_Any!]!) { loanFund(id: $id) { name access { partnersSeeNames } }"
        " _entities(representations: $of) { ... on LoanFund { name } ... on Loan { number } } }"
    )
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    plans = Plans(door_of(lending.api.app)._schema, document, after_uses=0)
    of = [{"__typename": "LoanFund", "id": fund["id"]}, {"__typename": "Loan", "id": loan["id"]}]
    context = context_of(lending.api, Caller(Role.PARTNER, "tests", frozenset({REGION})))

    with recorded(lending.api.database) as sent:
        answer = await plans.run(operation, context, {"id": fund["id"], "of": of})

    assert answer is not None
    assert answer.data == {
        "loanFund": {"name": fund["name"], "access": {"partnersSeeNames": False}},
        "_entities": [{"name": fund["name"]}, {"number": loan["number"]}],
    }
    assert len([line for line in sent if "loans.funds" in line]) == 1


@pytest.mark.parametrize(("arguments", "is_by_rows"), [("", True), (', asOf: "2024-06-30"', False)])
async def test_a_loan_of_a_past_day_is_made_by_the_rules(
    lending: Lending, arguments: str, *, is_by_rows: bool
) -> None:
    loan = await lending.loan((await lending.fund())["id"])
    document = parse(f"query ($id: ID!) {{ loan(id: $id{arguments}) {{ number }} }}")
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    plans = Plans(door_of(lending.api.app)._schema, document, after_uses=0)
    context = context_of(lending.api, Caller(Role.PARTNER, "tests", frozenset({REGION})))

    with recorded(lending.api.database) as sent:
        answer = await plans.run(operation, context, {"id": loan["id"]})

    assert answer is not None
    assert answer.data == {"loan": {"number": loan["number"]}}
    assert (len(sent) == 1 and "loans.instalments" not in sent[0]) is is_by_rows


async def test_whatever_became_of_a_loan_its_row_says_the_same(lending: Lending) -> None:
    fund = await lending.fund()
    late, lost, ahead, whole = [await lending.loan(fund["id"], amount_cents=2_400_00) for _ in range(4)]
    begun = await lending.loan(fund["id"], amount_cents=2_400_00, first_tranche_cents=1_000_00)
    await lending.repay(late["id"], 133_33, "2024-06-03")
    await lending.repay(ahead["id"], 2_300_01, "2024-06-03")
    await lending.repay(whole["id"], 2_400_00, "2024-06-03")
    await lending.write_off(lost["id"], "2025-06-30")
    door = door_of(lending.api.app)
    document = parse(EVERY_FIGURE)
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    caller = Caller(Role.PARTNER, "tests", frozenset({REGION}))
    variables: dict[str, Any] = {"fund": fund["id"]}

    context = context_of(lending.api, caller)
    by_rows = await Plans(door._schema, document, after_uses=0).run(operation, context, variables)
    by_rules = await door._schema.run(document, context_of(lending.api, caller), variables=variables)

    assert by_rows is not None
    assert shown(by_rows, context) == shown(by_rules, context)
    told = {one["id"]: (one["status"], one["daysLate"] > 0) for one in by_rows.data["loans"]["nodes"]}  # type: ignore[index]
    assert told == {
        late["id"]: ("ACTIVE", True),
        lost["id"]: ("WRITTEN_OFF", False),
        ahead["id"]: ("ACTIVE", False),
        whole["id"]: ("REPAID", False),
        begun["id"]: ("ACTIVE", False),
    }

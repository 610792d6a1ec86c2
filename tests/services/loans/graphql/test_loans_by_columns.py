"""Loans shown from rows: the same as those that the rules make, whatever became of them."""

from typing import Any

from graphql import OperationDefinitionNode, parse

from services.kernel.access import Caller, Role
from services.loans.graphql.columns import LoanColumns
from services.loans.graphql.loans import Loan
from services.runtime.graphql.compiled.plans import Plans
from tests.graphql_ways import door_of, shown
from tests.services.loans.conftest import REGION, Lending
from tests.services.runtime.graphql.random_questions import context_of

EVERY_FIGURE = """query ($fund: ID!) { loans(fundId: $fund, first: 50) { nodes {
  id number status grantedCents principalCents repaidCents outstandingCents writtenOffCents recoveredCents
  arrearsCents daysLate bucket nextDueOn months graceMonths settingsVersion disbursedOn writtenOffOn
  contractKind caeName writtenOffCause scheduleVersion asOf entrepreneurReference createdAt
  schedule { rank dueOn amountCents paidCents } cae { siren } entrepreneur { id } region { code } fund { id }
} } }"""


def test_rows_tell_every_field_of_a_loan() -> None:
    fields = {field.python_name for field in Loan.__strawberry_definition__.fields}  # type: ignore[attr-defined]

    assert fields == LoanColumns.needs.keys()


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

"""Random questions to the loans subgraph, by documents compiled and by the ordinary executor."""

from collections import Counter
from typing import Any

import pytest

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren, entrepreneur_id
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import REGION, REGION_COUNCIL, STATE, Lending
from tests.services.runtime.graphql.random_questions import answer_both_ways

EIGHTY_TWENTY = ((REGION_COUNCIL, 80_000_00, "2020-01-01"), (STATE, 20_000_00, "2020-01-02"))


async def values_of(lending: Lending) -> tuple[str, dict[str, list[Any]]]:
    """A CAE of five loans in two funds, some of them repaid in part."""
    cae, funds = new_siren(), [await lending.fund(contributions=EIGHTY_TWENTY) for _ in range(2)]
    whose = {"siret": siret_of(cae), "name": "Graines d'Activité"}
    loans = [await lending.loan(funds[rank % 2]["id"], cae=whose, amount_cents=2_000_00) for rank in range(5)]
    for loan in loans[:3]:
        await lending.repay(loan["id"], 300_00, "2024-06-03")
    person = str(entrepreneur_id(lending.api.app.state.entrepreneur_key, Siren(cae), "E0042"))
    of = [
        *({"__typename": "Loan", "id": loan["id"]} for loan in loans),
        *({"__typename": "LoanFund", "id": fund["id"]} for fund in funds),
        {"__typename": "Cae", "siren": cae},
        {"__typename": "Region", "code": REGION},
        {"__typename": "Funder", "siren": STATE["siren"]},
        {"__typename": "Entrepreneur", "id": person},
    ]
    return cae, {
        "representations": [of, of[:5], of[-4:], [*of, {"__typename": "Loan", "id": "12"}]],
        "id": [*(loan["id"] for loan in loans), *(fund["id"] for fund in funds), person],
        "fundId": [fund["id"] for fund in funds],
        "siren": [cae],
        "cae": [cae],
        "code": [REGION, "53"],
        "first": [1, 2, 10],
        "fromStart": [True, False],
        "after": [None],
        "late": [True, False],
        "asOf": ["2024-12-31", "2025-06-30"],
        "cohort": [2024],
        **{name: ["2024-03-01", "2024-12-31"] for name in ("from", "dueFrom")},
        **{name: ["2025-03-01", "2025-06-30"] for name in ("to", "dueTo")},
        **{
            name: [1_000_00, 2_000_00] for name in ("minAmountCents", "maxAmountCents", "minOutstandingCents")
        },
    }


async def ask_as_everybody(lending: Lending, *, seed: int, count: int) -> None:
    cae, values = await values_of(lending)
    callers = (
        Caller(Role.OPERATOR, "tests", frozenset({REGION})),
        Caller(Role.PARTNER, "tests", frozenset({REGION})),
        Caller(Role.CAE, "tests", siren=Siren(cae)),
        Caller(Role.FUNDER, "tests", siren=Siren("110044013")),
    )
    found: Counter[str] = Counter()
    for place, caller in enumerate(callers):
        found += await answer_both_ways(lending.api, caller, seed + place, count, values)
    assert found["compiled"] > count, found


async def test_random_questions_have_the_same_answer_both_ways(lending: Lending) -> None:
    await ask_as_everybody(lending, seed=1, count=10)


@pytest.mark.long
async def test_many_random_questions_have_the_same_answer_both_ways(lending: Lending) -> None:
    await ask_as_everybody(lending, seed=100, count=40)

"""Random questions to the capital subgraph, by documents compiled and by the ordinary executor."""

from collections import Counter
from typing import Any

import pytest

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from tests.factories.capital import BPIFRANCE, new_siren
from tests.services.capital.graphql.conftest import Granting
from tests.services.runtime.graphql.random_questions import answer_both_ways


async def values_of(granting: Granting) -> tuple[str, dict[str, list[Any]]]:
    """A CAE with four granted top-ups and two requests, in two schemes."""
    cae, schemes = new_siren(), [await granting.scheme() for _ in range(2)]
    top_ups = [(await granting.granted(schemes[rank % 2], cae))["id"] for rank in range(4)]
    top_ups += [(await granting.request(scheme, cae))["id"] for scheme in schemes]
    of = [
        *({"__typename": "TopUp", "id": top_up} for top_up in top_ups),
        *({"__typename": "TopUpScheme", "id": scheme} for scheme in schemes),
        {"__typename": "Cae", "siren": cae},
        {"__typename": "Region", "code": "75"},
        {"__typename": "Funder", "siren": BPIFRANCE},
    ]
    return cae, {
        "representations": [of, of[:6], of[-3:], [*of, {"__typename": "TopUp", "id": "12"}]],
        "id": [*top_ups, *schemes],
        "schemeId": schemes,
        "siren": [cae],
        "cae": [cae],
        "code": ["75", "53"],
        "first": [1, 2, 10],
        "fromStart": [True, False],
        "after": [None],
        "year": [2025, 2026],
        **{name: ["2026-03-31", "2026-06-30"] for name in ("asOf", "on")},
    }


async def ask_as_everybody(granting: Granting, *, seed: int, count: int) -> None:
    cae, values = await values_of(granting)
    callers = (
        Caller(Role.OPERATOR, "tests", frozenset({"75"})),
        Caller(Role.PARTNER, "tests", frozenset({"75"})),
        Caller(Role.CAE, "tests", siren=Siren(cae)),
        Caller(Role.FUNDER, "tests", siren=Siren(BPIFRANCE)),
    )
    found: Counter[str] = Counter()
    for place, caller in enumerate(callers):
        found += await answer_both_ways(granting.api, caller, seed + place, count, values)
    assert found["compiled"] > count, found


async def test_random_questions_have_the_same_answer_both_ways(granting: Granting) -> None:
    await ask_as_everybody(granting, seed=1, count=10)


@pytest.mark.long
async def test_many_random_questions_have_the_same_answer_both_ways(granting: Granting) -> None:
    await ask_as_everybody(granting, seed=100, count=40)

"""The note's cost table over HTTP: what anybody with a token may ask."""

import re
from typing import Any

import pytest

from services.capital.domain.budget_projection import bounds_of
from tests.api import Api, once

URL = "/v1/budget-projection"
WHO: dict[str, dict[str, Any]] = {
    "operator": {"regions": ["75"]},
    "partner": {"regions": ["75"]},
    "cae": {"siren": "552100554"},
    "funder": {"siren": "200053759"},
    "admin": {},
}


@pytest.mark.parametrize("role", WHO)
async def test_every_role_reads_the_same_table(capital_api: Api, role: str) -> None:
    answer = await capital_api.as_(role, **WHO[role]).get(URL)

    assert answer.status_code == 200, answer.text
    assert [
        (line["line"], line["year"], line["note_cents"], line["computed_cents"])
        for line in answer.json()["lines"]
    ] == [
        ("capital", 2020, 225_000_000, 225_000_000),
        ("capital", 2025, 450_000_000, 450_000_000),
        ("loans", 2020, 100_000_000, 96_000_000),
        ("loans", 2025, 200_000_000, 192_000_000),
        ("support", 2020, 450_000_000, 450_000_000),
        ("support", 2025, 450_000_000, 435_000_000),
        ("training", 2021, 3_000_000, 3_000_000),
    ]


async def test_a_line_says_what_it_is_made_of(capital_api: Api) -> None:
    lines = (await capital_api.as_("admin", language="en").get(URL)).json()["lines"]

    assert lines[1]["capped_cents"] == 300_000_000
    assert lines[2] == {
        "line": "loans",
        "label": "the State's part of zero-interest loans",
        "year": 2020,
        "formula": "6,000 entrepreneurs × 10% × €8,000.00 × 20%",
        "inputs": [
            {"name": "entrepreneurs_2020", "value": 6_000},
            {"name": "borrowing_percent", "value": "10"},
            {"name": "mean_loan_cents", "value": 800_000},
            {"name": "state_share_percent", "value": "20"},
        ],
        "note_cents": 100_000_000,
        "computed_cents": 96_000_000,
        "difference_cents": -4_000_000,
        "capped_cents": None,
        "fitting_base": 6_250,
        "remark": "The note's figure does not follow: it says €1,000,000.00 and its assumptions give"
        " €960,000.00, €40,000.00 less. It would take 6,250 people instead of 6,000 to reach the note's"
        " figure.",
    }


async def test_every_assumption_is_a_parameter(capital_api: Api) -> None:
    admin = capital_api.as_("admin")
    names = {given["name"] for line in (await admin.get(URL)).json()["lines"] for given in line["inputs"]}
    for name in names:
        changed = (await admin.get(URL, params={name: 7})).json()["lines"]
        values = {given["name"]: given["value"] for line in changed for given in line["inputs"]}
        assert values[name] in {7, "7"}, name
    parameters = (await capital_api.anonymous().get("/openapi.json")).json()["paths"][URL]["get"][
        "parameters"
    ]
    asked = {told["name"]: told["schema"] for told in parameters if told["in"] == "query"}
    assert set(asked) == names
    for name, told in asked.items():
        lowest, highest = bounds_of(name)
        if "pattern" in told:
            taken = [re.fullmatch(told["pattern"], str(one)) is not None for one in (lowest, highest)]
            beyond = [re.fullmatch(told["pattern"], str(one)) is None for one in (-1, highest + 1, "100.01")]
            assert all((*taken, *beyond)), name
        else:
            assert (told["minimum"], told["maximum"]) == (lowest, highest), name


@pytest.mark.parametrize(
    "query",
    [
        {"caes": 0},
        {"caes": 10_001},
        {"new_members_2025": -1},
        {"entrepreneurs_2025": 1_000_001},
        {"mean_loan_cents": 100_000_001},
        {"mean_loan_cents": "8000.5"},
        {"borrowing_percent": "100.01"},
        {"borrowing_percent": "10.555"},
        {"state_share_percent": "NaN"},
        {"entrepreneurs": 6_000},
    ],
    ids=str,
)
async def test_what_is_out_of_bounds_is_refused_and_named(capital_api: Api, query: dict[str, Any]) -> None:
    answer = await capital_api.as_("admin").get(URL, params=query)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"?{name}" for name in query]


async def test_it_is_only_read(capital_api: Api) -> None:
    answer = await capital_api.as_("operator", regions=["75"]).post(URL, json={}, headers=once())

    assert answer.status_code == 405

"""What a region fills in beside the scale, as a CAE and an officer meet it."""

from typing import Any

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import REGION_SIREN, grant, new_siren, person, scheme, siret_of, top_up

Json = dict[str, Any]
RSA = {"criterion": "rsa", "label": "Bénéficiaire du RSA", "ceiling_cents": 6_000_00, "match_ratio": None}
EVIDENCE = {"priority_criterion": "rsa", "priority_evidence": "Attestation CAF du 12/01/2026"}
SETTINGS: Json = {
    "valid_until": "2027-12-31",
    "contribution_basis": "subscribed",
    "priority_groups": [RSA, {**RSA, "criterion": "parent-isole", "match_ratio": 2.5}],
    "request_window_months": 12,
    "request_valid_days": 180,
    "min_membership_months": 0,
    "follow_up_months": [6, 18],
    "clawback_rule": "pro_rata",
    "waiver_by_another": True,
    "funders": [
        {
            "siren": REGION_SIREN,
            "siret": "20005375900011",
            "name": "Région Nouvelle-Aquitaine",
            "share_percent": 100,
        }
    ],
}


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


async def opened(operator: httpx.AsyncClient, **changed: Any) -> str:
    answer = await operator.post("/v1/schemes", json=scheme(**changed))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def asked(operator: httpx.AsyncClient, scheme_id: str, **changed: Any) -> Json:
    siren = changed.pop("siren", new_siren())
    answer = await operator.post("/v1/top-ups", json=top_up(scheme_id, siren, **changed))
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def granted(operator: httpx.AsyncClient, asked_for: Json, **changed: Any) -> httpx.Response:
    return await operator.post(f"/v1/top-ups/{asked_for['id']}/grant", json=grant(**changed), headers=once())


async def test_every_setting_is_kept_and_read_everywhere(operator: httpx.AsyncClient) -> None:
    opened_as = (await operator.post("/v1/schemes", json=scheme(**SETTINGS))).json()
    [listed] = [
        item
        for item in (await operator.get("/v1/schemes", params={"limit": 100, "region": "75"})).json()["items"]
        if item["id"] == opened_as["id"]
    ] or [(await operator.get(f"/v1/schemes/{opened_as['id']}")).json()]

    for answer in (opened_as["version"], listed["version"]):
        assert {name: answer[name] for name in SETTINGS} == SETTINGS


async def test_a_version_that_says_nothing_of_them_has_the_defaults(operator: httpx.AsyncClient) -> None:
    read = (await operator.get(f"/v1/schemes/{await opened(operator)}")).json()["version"]

    assert (read["reserves_at"], read["waiting_list"]) == ("grant", False)
    assert {name: read[name] for name in SETTINGS if name != "funders"} == {
        "valid_until": None,
        "contribution_basis": "paid_up",
        "priority_groups": [],
        "request_window_months": None,
        "request_valid_days": None,
        "min_membership_months": None,
        "follow_up_months": [12, 24, 36],
        "clawback_rule": "whole",
        "waiver_by_another": False,
    }
    assert [funder["siret"] for funder in read["funders"]] == [None, None]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"valid_until": "2019-12-31"}, "/version/valid_until"),
        ({"contribution_basis": "promised"}, "/version/contribution_basis"),
        ({"reserves_at": "payment"}, "/version/reserves_at"),
        # What is waited for would be the next grant's.
        ({"reserves_at": "grant", "waiting_list": True}, "/version/waiting_list"),
        ({"request_window_months": 0}, "/version/request_window_months"),
        ({"request_window_months": "12"}, "/version/request_window_months"),
        ({"min_membership_months": -1}, "/version/min_membership_months"),
        ({"follow_up_months": [24, 12]}, "/version/follow_up_months"),
        ({"waiver_by_another": "yes"}, "/version/waiver_by_another"),
        ({"follow_up_months": list(range(1, 14))}, "/version/follow_up_months"),
        ({"priority_groups": [{**RSA, "criterion": "Du RSA"}]}, "/version/priority_groups/0/criterion"),
        ({"priority_groups": [{**RSA, "ceiling_cents": 1}]}, "/version/priority_groups/0/ceiling_cents"),
        ({"priority_groups": [RSA, RSA]}, "/version/priority_groups"),
        (
            {
                "funders": [
                    {"siren": "320252489", "siret": "20005375900011", "name": "B", "share_percent": 100}
                ]
            },
            "/version/funders/0/siret",
        ),
    ],
)
async def test_a_setting_that_cannot_be_says_where(
    operator: httpx.AsyncClient, changed: Json, pointer: str
) -> None:
    answer = await operator.post("/v1/schemes", json=scheme(**changed))

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_priority_is_declared_with_its_evidence_and_gives_the_higher_ceiling(
    operator: httpx.AsyncClient, capital_api: Api
) -> None:
    scheme_id = await opened(operator, priority_groups=[RSA])

    helped = await asked(operator, scheme_id, paid_up_cents=5_000_00, **EVIDENCE)
    other = await asked(operator, scheme_id, paid_up_cents=5_000_00)

    assert {name: helped[name] for name in EVIDENCE} == EVIDENCE
    assert (helped["entitlement_cents"], other["entitlement_cents"]) == (5_000_00, 2_000_00)
    assert (await granted(operator, helped)).json()["award_cents"] == 5_000_00
    # A priority may tell of health or of poverty: it is for who may read names.
    seen = (await capital_api.as_("partner", regions=["75"]).get(f"/v1/top-ups/{helped['id']}")).json()
    assert {seen[name] for name in EVIDENCE} == {None}
    events = (await operator.get("/v1/events", params={"limit": 100})).text
    assert "Attestation CAF" not in events


@pytest.mark.parametrize(
    ("declared", "status", "code", "pointer"),
    [
        ({"priority_criterion": "rsa"}, 422, "invalid-input", "/priority_evidence"),
        ({"priority_evidence": "CAF"}, 422, "invalid-input", "/priority_criterion"),
        ({"priority_criterion": "R S A", "priority_evidence": "CAF"}, 422, None, "/priority_criterion"),
        ({"priority_criterion": "chomeur", "priority_evidence": "FT"}, 409, "unknown-priority", None),
    ],
)
async def test_a_priority_that_cannot_be_declared(
    operator: httpx.AsyncClient, declared: Json, status: int, code: str | None, pointer: str | None
) -> None:
    scheme_id = await opened(operator, priority_groups=[RSA])

    refused = await operator.post("/v1/top-ups", json=top_up(scheme_id, new_siren(), **declared))

    problem = refused.json()
    assert refused.status_code == status, refused.text
    assert code is None or problem["code"] == code
    assert [error["pointer"] for error in problem.get("errors", [])] == ([pointer] if pointer else [])
    if status == 409:
        assert (problem["criterion"], problem["known"]) == ("chomeur", ["rsa"])


async def test_a_request_after_the_window_is_recorded_and_its_grant_refused_with_its_days(
    operator: httpx.AsyncClient,
) -> None:
    scheme_id = await opened(operator, request_window_months=3)
    paid = {"paid_up_on": "2025-01-31", "siren": new_siren()}
    in_time = await asked(operator, scheme_id, **paid, requested_on="2025-04-30")
    late = await asked(operator, scheme_id, **paid, requested_on="2025-05-01")
    undated = await asked(operator, scheme_id, **paid)

    assert (await granted(operator, in_time)).status_code == 200
    refused = (await granted(operator, late)).json()

    assert (refused["status"], refused["code"]) == (409, "too-late")
    facts = {
        "paid_up_on": "2025-01-31",
        "requested_on": "2025-05-01",
        "last_day_on": "2025-04-30",
        "request_window_months": 3,
        "entitlement_cents": 2_000_00,
        "room_cents": 18_000_00,
    }
    assert {name: refused[name] for name in facts} == facts
    # Nothing says that a request without a date was made before its decision.
    undated_late = (await granted(operator, undated, decided_on="2025-05-02")).json()
    assert (undated_late["code"], undated_late["requested_on"]) == ("too-late", "2025-05-02")
    assert (await granted(operator, undated, decided_on="2025-04-30")).status_code == 200


async def test_a_member_for_too_short_is_refused_until_the_day(operator: httpx.AsyncClient) -> None:
    scheme_id = await opened(operator, min_membership_months=6)
    stranger = await asked(operator, scheme_id)
    admitted = await asked(operator, scheme_id, admitted_on="2026-01-10")
    earlier = await asked(
        operator, scheme_id, admitted_on="2026-01-10", entrepreneur=person(member_since="2025-07-31")
    )

    unknown = (await granted(operator, stranger)).json()
    short = (await granted(operator, admitted, decided_on="2026-07-09")).json()

    assert (unknown["code"], unknown["min_membership_months"]) == ("not-a-member", 6)
    assert (short["code"], short["member_since"], short["eligible_on"], short["decided_on"]) == (
        "not-a-member",
        "2026-01-10",
        "2026-07-10",
        "2026-07-09",
    )
    assert (await granted(operator, admitted, decided_on="2026-07-10")).json()["status"] == "granted"
    assert (await granted(operator, earlier, decided_on="2026-01-31")).json()["status"] == "granted"


async def test_shares_promised_count_where_the_scheme_says_so(operator: httpx.AsyncClient) -> None:
    scheme_id = await opened(operator, contribution_basis="subscribed")
    promised = await asked(operator, scheme_id, paid_up_cents=500_00, subscribed_cents=1_500_00)
    small = await asked(operator, scheme_id, paid_up_cents=500_00, subscribed_cents=900_00)

    assert (await granted(operator, promised)).json()["award_cents"] == 1_500_00
    refused = (await granted(operator, small)).json()
    assert (refused["code"], refused["contribution_cents"], refused["contribution_basis"]) == (
        "below-floor",
        900_00,
        "subscribed",
    )
    assert "900,00" in refused["detail"]


async def test_a_simulation_explains_who_is_late_or_no_member(operator: httpx.AsyncClient) -> None:
    scheme_id = await opened(
        operator, request_window_months=12, min_membership_months=1, priority_groups=[RSA]
    )
    body = {
        "cae": {"siret": siret_of(new_siren())},
        "contributions": [
            {"reference": "A", "paid_up_cents": 1_500_00, "paid_up_on": "2021-01-01"},
            {"reference": "B", "paid_up_cents": 1_500_00, "paid_up_on": "2026-11-01"},
            {
                "reference": "C",
                "paid_up_cents": 7_000_00,
                "paid_up_on": "2026-11-01",
                "member_since": "2024-01-01",
                "priority_criterion": "rsa",
            },
        ],
    }

    awards = (await operator.post(f"/v1/schemes/{scheme_id}/simulations", json=body)).json()["awards"]

    assert [(award["award_cents"], award["reason"]) for award in awards] == [
        (0, "too-late"),
        (0, "not-a-member"),
        (6_000_00, "above-ceiling"),
    ]
    assert awards[1]["withheld"] == [{"reason": "not-a-member", "amount_cents": 1_500_00}]

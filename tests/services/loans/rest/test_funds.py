import pytest

from tests.api import once
from tests.services.loans.conftest import REGION_COUNCIL, STATE, Lending


async def test_a_fund_that_says_nothing_of_its_limits_has_the_usual_ones(lending: Lending) -> None:
    settings = (await lending.fund(settings=None))["settings"]

    assert settings == {
        "min_amount_cents": 1_000_00,
        "max_amount_cents": 8_000_00,
        "min_months": 12,
        "max_months": 60,
        "max_grace_months": 18,
        "grace_included": True,
        "eligible_contracts": None,
        "max_outstanding_per_person_cents": None,
        "max_outstanding_per_cae_cents": None,
        "lend_in_arrears": True,
        "quorum": 3,
        "offer_days": 90,
        "target_shares": [],
    }


async def test_a_limit_that_is_absent_or_null_is_no_limit(lending: Lending) -> None:
    fund = await lending.fund(settings={"max_amount_cents": 20_000_00, "min_months": None})

    assert fund["settings"]["max_amount_cents"] == 20_000_00
    assert fund["settings"]["min_amount_cents"] is None
    assert (await lending.application(fund["id"], amount_cents=50_00, months=1))["status"] == "submitted"
    refused = await lending.operator.post(
        "/v1/applications", json=lending.asking(fund["id"], amount_cents=20_000_01)
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "amount-above-maximum")
    assert refused.json()["maximum_cents"] == 20_000_00


async def test_funds_are_read_back_as_they_were_made(lending: Lending) -> None:
    fund = await lending.fund(
        settings={"eligible_contracts": ["MEMBER", "CAPE"], "quorum": 2, "offer_days": None}
    )

    assert await lending.read(f"funds/{fund['id']}") == fund
    newest = await lending.read("funds", region="84", limit=1)
    assert [item["id"] for item in newest["items"]] == [fund["id"]]


async def test_two_funds_of_a_region_have_two_names(lending: Lending) -> None:
    fund = await lending.fund()
    body = {"region": "84", "name": fund["name"], "opened_on": "2020-01-01"}

    again = await lending.operator.post("/v1/funds", json=body)

    assert (again.status_code, again.json()["code"]) == (409, "fund-name-taken")


async def test_an_operator_opens_funds_in_its_regions_only(lending: Lending) -> None:
    body = {"region": "75", "name": "Fonds d'ailleurs", "opened_on": "2020-01-01"}

    elsewhere = await lending.operator.post("/v1/funds", json=body)
    as_partner = await lending.api.as_("partner", regions=["75"]).post("/v1/funds", json=body)

    assert [elsewhere.status_code, as_partner.status_code] == [404, 403]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"region": "99", "name": "F", "opened_on": "2020-01-01"}, ["/region"]),
        ({"region": "84", "name": "F", "opened_on": "01/01/2020"}, ["/opened_on"]),
        ({"region": "84", "name": "F", "opened_on": "2020-01-01", "other": 1}, ["/other"]),
        (
            {
                "region": "84",
                "name": "F",
                "opened_on": "2020-01-01",
                "settings": {"min_months": 24, "max_months": 12},
            },
            ["/settings/max_months"],
        ),
    ],
)
async def test_malformed_funds_say_where(
    lending: Lending, body: dict[str, object], pointers: list[str]
) -> None:
    refused = await lending.operator.post("/v1/funds", json=body)

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == pointers


async def test_a_funder_keeps_its_place_in_convention_order(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    first = await lending.contribute(fund["id"], REGION_COUNCIL, 50_00, "2020-01-01")
    await lending.contribute(fund["id"], STATE, 50_00, "2020-01-02")
    again = await lending.contribute(fund["id"], {**REGION_COUNCIL, "name": "Autre"}, 1, "2020-01-03")

    assert (again["funder"]["id"], again["funder"]["name"]) == (first["funder"]["id"], REGION_COUNCIL["name"])
    position = await lending.position(fund["id"])
    assert [(part["name"], part["paid_in_cents"]) for part in position["by_funder"]] == [
        (REGION_COUNCIL["name"], 50_01),
        ("État", 50_00),
    ]


async def test_a_contribution_needs_a_key_and_a_past_date(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    body = {"funder": STATE, "convention": "C", "amount_cents": 1, "paid_on": "2199-01-01"}
    path = f"/v1/funds/{fund['id']}/contributions"

    without = await lending.operator.post(path, json=body)
    in_the_future = await lending.operator.post(path, json=body, headers=once())

    assert (without.status_code, without.json()["code"]) == (400, "idempotency-key-required")
    assert (in_the_future.status_code, in_the_future.json()["code"]) == (409, "date-in-the-future")


async def test_nobody_pays_in_as_the_placeholder(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    body = {
        "funder": {**STATE, "kind": "undeclared"},
        "convention": "C",
        "amount_cents": 1,
        "paid_on": "2024-01-01",
    }

    refused = await lending.operator.post(f"/v1/funds/{fund['id']}/contributions", json=body, headers=once())

    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/funder/kind"]


async def test_the_position_on_any_date_whole_and_by_funder(lending: Lending) -> None:
    fund = await lending.fund(
        contributions=((REGION_COUNCIL, 8_000_00, "2023-01-01"), (STATE, 2_000_00, "2023-06-01"))
    )
    loan = await lending.loan(
        fund["id"], amount_cents=5_000_00, months=10
    )  # decided on 10, paid on 31 January
    await lending.repay(loan["id"], 1_000_00, "2024-03-01")
    promised = await lending.approved(fund["id"], amount_cents=600_00, months=12)

    figures = {
        on: await lending.position(fund["id"], on)
        for on in ("2023-05-31", "2024-01-09", "2024-01-10", "2024-01-31", "2024-03-01")
    }

    def row(on: str) -> list[int]:
        return [
            figures[on][f"{name}_cents"]
            for name in ("paid_in", "committed", "disbursed", "repaid", "available", "outstanding")
        ]

    assert row("2023-05-31") == [8_000_00, 0, 0, 0, 8_000_00, 0]
    assert row("2024-01-09") == [10_000_00, 0, 0, 0, 10_000_00, 0]
    assert row("2024-01-10") == [10_000_00, 5_600_00, 0, 0, 4_400_00, 0]
    assert row("2024-01-31") == [10_000_00, 600_00, 5_000_00, 0, 4_400_00, 5_000_00]
    assert row("2024-03-01") == [10_000_00, 600_00, 5_000_00, 1_000_00, 5_400_00, 4_000_00]
    for position in figures.values():
        for name in [name for name in position if name.endswith("_cents")]:
            assert sum(part[name] for part in position["by_funder"]) == position[name]
    state = figures["2024-03-01"]["by_funder"][1]
    assert (state["disbursed_cents"], state["repaid_cents"], state["committed_cents"]) == (
        1_000_00,
        200_00,
        120_00,
    )

    await lending.act(promised["id"], "decline", {"declined_on": "2024-02-15"})
    assert (await lending.position(fund["id"], "2024-02-14"))["committed_cents"] == 600_00
    assert (await lending.position(fund["id"], "2024-02-15"))["committed_cents"] == 0
    assert await lending.differences() == []


async def test_a_funder_sees_its_own_part_of_its_own_funds(lending: Lending) -> None:
    contributions = ((REGION_COUNCIL, 8_000_00, "2023-01-01"), (STATE, 2_000_00, "2023-06-01"))
    fund = await lending.fund(contributions=contributions)
    path = f"/v1/funds/{fund['id']}/position"

    own = await lending.api.as_("funder", siren=STATE["siren"]).get(path)
    stranger = await lending.api.as_("funder", siren="775684194").get(path)
    a_cae = await lending.api.as_("cae", siren="978592848").get(path)

    assert [part["siren"] for part in own.json()["by_funder"]] == [STATE["siren"]]
    assert own.json()["paid_in_cents"] == 2_000_00
    before_it_paid = await lending.api.as_("funder", siren=STATE["siren"]).get(f"{path}?as_of=2023-05-31")
    assert (before_it_paid.status_code, before_it_paid.json()["by_funder"]) == (200, [])
    assert [stranger.status_code, a_cae.status_code] == [404, 403]


async def test_a_position_of_tomorrow_is_refused(lending: Lending) -> None:
    fund = await lending.fund()

    refused = await lending.operator.get(f"/v1/funds/{fund['id']}/position", params={"as_of": "2199-01-01"})

    assert (refused.status_code, refused.json()["code"]) == (409, "date-in-the-future")

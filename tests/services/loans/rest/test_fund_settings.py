"""A fund's settings: each is enforced by a refusal that names the limit and the figure, each change dated."""

from datetime import timedelta
from typing import Any

import pytest

from services.kernel.calendar import today_in_paris
from tests.graph import data
from tests.services.loans.conftest import NO_LIMITS, Json, Lending, answered

CAE = {"siret": "97859284800342", "name": "Graines d'Activité"}
CAPE = {"kind": "CAPE", "started_on": "2023-05-15"}
CESA = {"kind": "CESA", "started_on": "2019-05-15"}


def person(reference: str = "E0042", contract: Json = CESA, **more: Any) -> Json:
    names = {"given_name": "Inès", "family_name": "Maître"}
    return {"reference": reference, **names, "contract": contract, **more}


async def submitted(lending: Lending, fund: Json, asked: Json) -> Json:
    response = await lending.operator.post("/v1/applications", json=lending.asking(fund["id"], **asked))
    return dict(response.json())


async def decided(lending: Lending, fund: Json, asked: Json) -> Json:
    """The second loan of a person, or of a CAE: the first one is of 5 000.00 over 36 months."""
    await lending.loan(fund["id"], amount_cents=5_000_00, cae=CAE, entrepreneur=person())
    application = await lending.under_review(fund["id"], cae=CAE, **asked)
    path = f"/v1/applications/{application['id']}/decision"
    return dict((await lending.operator.post(path, json=lending.approval("2024-06-10"))).json())


async def granted(lending: Lending, fund: Json, asked: Json) -> Json:
    """What the committee grants is held to the limits as what is asked is."""
    application = await lending.under_review(fund["id"])
    path = f"/v1/applications/{application['id']}/decision"
    return dict((await lending.operator.post(path, json=lending.approval(**asked))).json())


async def signed(lending: Lending, fund: Json, asked: Json) -> Json:
    application = await lending.approved(fund["id"])  # of 10 January 2024
    path = f"/v1/applications/{application['id']}/signature"
    return dict((await lending.operator.post(path, json=asked)).json())


# setting, what is done, how, the refusal, and the figures that it names
REFUSALS: list[tuple[Json, Any, Json, str, Json]] = [
    (
        {"min_amount_cents": 1_000_00},
        submitted,
        {"amount_cents": 999_99},
        "amount-below-minimum",
        {"minimum_cents": 1_000_00, "amount_cents": 999_99},
    ),
    (
        {"max_amount_cents": 8_000_00},
        submitted,
        {"amount_cents": 8_000_01},
        "amount-above-maximum",
        {"maximum_cents": 8_000_00, "amount_cents": 8_000_01},
    ),
    (
        {"max_amount_cents": 8_000_00},
        granted,
        {"amount_cents": 8_000_01},
        "amount-above-maximum",
        {"maximum_cents": 8_000_00, "amount_cents": 8_000_01},
    ),
    (
        {"min_months": 12},
        submitted,
        {"months": 11},
        "duration-too-short",
        {"minimum_months": 12, "months": 11},
    ),
    (
        {"max_months": 60},
        submitted,
        {"months": 61},
        "duration-too-long",
        {"maximum_months": 60, "months": 61},
    ),
    (
        {"max_grace_months": 18},
        submitted,
        {"grace_months": 19},
        "grace-too-long",
        {"maximum_grace_months": 18, "grace_months": 19},
    ),
    (
        {"eligible_contracts": ["CESA"]},
        submitted,
        {"entrepreneur": person(contract=CAPE)},
        "contract-not-eligible",
        {"eligible_contracts": ["CESA"], "contract": "CAPE", "is_member": False},
    ),
    (
        {"eligible_contracts": ["MEMBER"]},
        submitted,
        {"entrepreneur": person()},
        "contract-not-eligible",
        {"eligible_contracts": ["MEMBER"], "contract": "CESA", "is_member": False},
    ),
    (
        {"max_outstanding_per_person_cents": 8_000_00},
        decided,
        {"amount_cents": 3_000_01, "entrepreneur": person()},
        "person-limit-reached",
        {"limit_cents": 8_000_00, "room_cents": 3_000_00, "amount_cents": 3_000_01},
    ),
    (
        {"max_outstanding_per_cae_cents": 9_000_00},
        decided,
        {"amount_cents": 4_000_01, "entrepreneur": person("E0043")},
        "cae-limit-reached",
        {"limit_cents": 9_000_00, "room_cents": 4_000_00, "amount_cents": 4_000_01},
    ),
    (
        {"lend_in_arrears": False},
        decided,
        {"amount_cents": 1_000_00, "entrepreneur": person()},
        "borrower-in-arrears",
        # Due on the last of February, March, April and May: 5 000.00 over 36 is 138.89, four times.
        {"arrears_cents": 4 * 138_89, "on": "2024-06-10"},
    ),
    (
        {"quorum": 4},
        granted,
        {},
        "no-quorum",
        {"voters": 3, "quorum": 4},
    ),
    (
        {"offer_days": 30},
        signed,
        {"signed_on": "2024-02-10"},
        "offer-lapsed",
        {"held_on": "2024-01-10", "open_until": "2024-02-09", "signed_on": "2024-02-10"},
    ),
]


@pytest.mark.parametrize(
    ("setting", "act", "how", "code", "figures"),
    REFUSALS,
    ids=[f"{next(iter(row[0]))}, {row[1].__name__}" for row in REFUSALS],
)
async def test_each_setting_has_its_refusal(
    lending: Lending, setting: Json, act: Any, how: Json, code: str, figures: Json
) -> None:
    fund = await lending.fund(settings=setting)

    refused = await act(lending, fund, how)

    assert refused["code"] == code
    assert {name: refused[name] for name in figures} == figures
    # Without the setting, the same is done.
    free = await lending.fund(settings={**NO_LIMITS, "offer_days": None, "quorum": 1})
    assert "code" not in await act(lending, free, how)


async def test_the_grace_is_inside_the_duration_or_before_it(lending: Lending) -> None:
    """36 months of which 6 of grace: 30 instalments; or 36, after 6 months."""
    counted = []
    for is_included in (True, False):
        fund = await lending.fund(settings={"grace_included": is_included})
        loan = await lending.loan(fund["id"], months=36, grace_months=6)
        counted.append((len(loan["schedule"]), loan["schedule"][0]["due_on"]))

    assert counted == [(30, "2024-08-31"), (36, "2024-08-31")]
    inside = await submitted(lending, await lending.fund(), {"months": 12, "grace_months": 12})
    assert inside["errors"][0]["pointer"] == "/grace_months"


async def change(
    lending: Lending, fund: Json, settings: Json, valid_from: str | None, status: int = 200
) -> Json:
    body = {"settings": settings, **({} if valid_from is None else {"valid_from": valid_from})}
    response = await lending.operator.patch(f"/v1/funds/{fund['id']}", json=body, headers={"If-Match": "*"})
    return answered(response, status)


async def versions(lending: Lending, fund: Json) -> list[tuple[int, str, int | None]]:
    listed = (await lending.read(f"funds/{fund['id']}/settings"))["versions"]
    return [(one["version"], one["valid_from"], one["settings"]["max_amount_cents"]) for one in listed]


async def test_a_change_holds_from_its_date(lending: Lending) -> None:
    today = today_in_paris().isoformat()
    fund = await lending.fund(settings={"max_amount_cents": 8_000_00, "min_months": 12})
    await change(lending, fund, {"max_amount_cents": 5_000_00}, "2024-02-01")
    changed = await change(lending, fund, {"max_amount_cents": None}, None)

    assert (changed["settings_version"], changed["settings"]["max_amount_cents"]) == (3, None)
    assert changed["settings"]["min_months"] == 12, "what a change does not name stays as it was"
    assert changed["settings_valid_from"] == today
    assert await versions(lending, fund) == [
        (1, "2020-01-01", 8_000_00),
        (2, "2024-02-01", 5_000_00),
        (3, today, None),
    ]
    before = await lending.application(fund["id"], amount_cents=8_000_00, submitted_on="2024-01-31")
    assert before["submission_settings_version"] == 1
    refused = await submitted(lending, fund, {"amount_cents": 8_000_00, "submitted_on": "2024-02-01"})
    assert (refused["code"], refused["maximum_cents"]) == ("amount-above-maximum", 5_000_00)
    undated = await lending.application(fund["id"], amount_cents=8_000_00)
    assert undated["submission_settings_version"] == 3


async def test_a_dossier_keeps_to_the_version_that_it_was_decided_under(lending: Lending) -> None:
    """The session of January decides under the first version, though the second is recorded before it is."""
    fund = await lending.fund(settings={"offer_days": 20, "grace_included": True})
    await change(lending, fund, {"quorum": 9}, "2024-02-01")
    application = await lending.under_review(fund["id"], grace_months=6, submitted_on="2024-01-05")
    approved = await lending.act(application["id"], "decision", lending.approval("2024-01-10"))
    assert (approved["submission_settings_version"], approved["decision_settings_version"]) == (1, 1)

    path = f"/v1/applications/{application['id']}/signature"
    late = (await lending.operator.post(path, json={"signed_on": "2024-02-05"})).json()
    assert (late["code"], late["open_until"]) == ("offer-lapsed", "2024-01-30")
    await lending.act(application["id"], "signature", {"signed_on": "2024-01-30"})
    body = {"disbursed_on": "2024-02-20", "reference": "VIR"}
    loan = await lending.act(application["id"], "disbursement", body, status=201)
    assert (loan["settings_version"], len(loan["schedule"])) == (1, 30)

    query = """query ($loan: ID!, $fund: ID!) {
      loan(id: $loan) { settingsVersion }
      loanFund(id: $fund) { settingsVersion settings { quorum }
        settingsVersions { version validFrom settings { quorum } } } }"""
    found = await data(lending.operator, query, loan=loan["id"], fund=fund["id"])
    assert found["loan"] == {"settingsVersion": 1}
    assert found["loanFund"] == {
        "settingsVersion": 2,
        "settings": {"quorum": 9},
        "settingsVersions": [
            {"version": 1, "validFrom": "2020-01-01", "settings": {"quorum": 3}},
            {"version": 2, "validFrom": "2024-02-01", "settings": {"quorum": 9}},
        ],
    }


async def test_a_version_to_come_is_replaced_and_one_that_holds_is_not(lending: Lending) -> None:
    tomorrow = (today_in_paris() + timedelta(days=1)).isoformat()
    fund = await lending.fund(settings={"max_amount_cents": 8_000_00})
    coming = await change(lending, fund, {"max_amount_cents": 9_000_00}, tomorrow)
    assert (coming["settings_version"], coming["settings"]["max_amount_cents"]) == (1, 8_000_00)
    assert [one["version"] for one in coming["settings_to_come"]] == [2]

    await change(lending, fund, {"max_amount_cents": 9_500_00}, tomorrow)
    assert await versions(lending, fund) == [(1, "2020-01-01", 8_000_00), (2, tomorrow, 9_500_00)]
    refused = await change(lending, fund, {"max_amount_cents": 1_000_00}, "2024-01-01", status=409)
    assert (refused["code"], refused["last_valid_from"]) == ("settings-not-later", tomorrow)
    other = await lending.fund()
    held = await change(lending, other, {"quorum": 2}, "2020-01-01", status=409)
    assert (held["code"], held["version"]) == ("settings-not-later", 1)


async def test_a_change_that_changes_nothing_makes_no_version(lending: Lending) -> None:
    fund = await lending.fund(settings={"quorum": 2})

    assert (await change(lending, fund, {"quorum": 2}, None))["settings_version"] == 1


async def test_two_officers_do_not_change_the_same_settings_unawares(lending: Lending) -> None:
    tomorrow = (today_in_paris() + timedelta(days=1)).isoformat()
    fund = await lending.fund()
    path = f"/v1/funds/{fund['id']}"
    read = (await lending.operator.get(path)).headers["ETag"]
    await change(lending, fund, {"quorum": 2}, tomorrow)

    body = {"settings": {"quorum": 5}, "valid_from": tomorrow}
    stale = await lending.operator.patch(path, json=body, headers={"If-Match": read})

    assert answered(stale, 412)["code"] == "stale-dossier"


@pytest.mark.parametrize(
    ("shares", "pointer"),
    [
        ([{"percent": 20}], "/settings/target_shares/0"),
        ([{"percent": 20, "kind": "state", "siren": "110044013"}], "/settings/target_shares/0"),
        ([{"percent": 20, "kind": "state"}, {"percent": 5, "kind": "state"}], "/settings/target_shares/1"),
        ([{"percent": 60, "kind": "state"}, {"percent": 41, "kind": "cdc"}], "/settings/target_shares"),
        ([{"percent": 0, "kind": "state"}], "/settings/target_shares/0/percent"),
    ],
)
async def test_target_shares_that_mean_nothing_are_refused(
    lending: Lending, shares: list[Json], pointer: str
) -> None:
    body = {"region": "84", "name": "F", "opened_on": "2020-01-01", "settings": {"target_shares": shares}}

    refused = answered(await lending.operator.post("/v1/funds", json=body), 422)

    assert [error["pointer"] for error in refused["errors"]] == [pointer]

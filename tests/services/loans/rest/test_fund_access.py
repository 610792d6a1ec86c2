"""What a fund asks of who acts, changed without losing anybody's change."""

import pytest

from tests.services.loans.conftest import REGION, REGION_COUNCIL, Json, Lending, answered, together

OPEN: Json = {"partners_see_names": False, "second_person_for": []}


async def test_a_new_fund_asks_for_nobody_and_names_nobody(lending: Lending) -> None:
    said = {"partners_see_names": True, "second_person_for": ["write_off", "disbursement"]}

    silent = await lending.fund(contributions=())
    told = await lending.fund(contributions=(), access=said)

    assert silent["access"] == OPEN
    assert told["access"] == {"partners_see_names": True, "second_person_for": ["disbursement", "write_off"]}
    assert (await lending.read(f"funds/{told['id']}"))["access"] == told["access"]


async def test_only_what_is_given_changes(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    path = f"/v1/funds/{fund['id']}"

    async def change(access: Json) -> Json:
        tag = (await lending.operator.get(path)).headers["ETag"]
        response = await lending.operator.patch(path, json={"access": access}, headers={"If-Match": tag})
        return answered(response, 200)

    assert (await change({"second_person_for": ["write_off"]}))["access"] == {
        "partners_see_names": False,
        "second_person_for": ["write_off"],
    }
    changed = await change({"partners_see_names": True})
    assert changed["access"] == {"partners_see_names": True, "second_person_for": ["write_off"]}
    assert {**changed, "access": OPEN} == fund
    assert (await change({"second_person_for": [], "partners_see_names": False}))["access"] == OPEN


async def test_a_change_says_what_it_was_made_on(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    path, body = f"/v1/funds/{fund['id']}", {"access": {"partners_see_names": True}}
    tag = (await lending.operator.get(path)).headers["ETag"]

    absent = await lending.operator.patch(path, json=body)
    first = await lending.operator.patch(path, json=body, headers={"If-Match": tag})
    stale = await lending.operator.patch(path, json=body, headers={"If-Match": tag})
    weak = await lending.operator.patch(path, json=body, headers={"If-Match": f"W/{tag}"})
    among = await lending.operator.patch(
        path,
        json=body,
        headers={"If-Match": f'"other", {(await lending.operator.get(path)).headers["ETag"]}'},
    )
    whichever = await lending.operator.patch(path, json=body, headers={"If-Match": "*"})

    assert answered(absent, 428)["code"] == "precondition-required"
    assert answered(first, 200)["access"]["partners_see_names"] is True
    assert answered(stale, 412)["code"] == "stale-dossier"
    assert answered(weak, 412)["code"] == "stale-dossier"
    assert (among.status_code, whichever.status_code) == (200, 200)


async def test_of_two_changes_at_once_one_is_told_that_it_is_stale(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    path = f"/v1/funds/{fund['id']}"
    tag = (await lending.operator.get(path)).headers["ETag"]
    changes = [{"second_person_for": ["write_off"]}, {"second_person_for": ["disbursement"]}]

    done = await together(
        *(
            lending.operator.patch(path, json={"access": change}, headers={"If-Match": tag})
            for change in changes
        )
    )

    assert sorted(response.status_code for response in done) == [200, 412]
    (kept,) = [response.json() for response in done if response.status_code == 200]
    assert (await lending.read(f"funds/{fund['id']}"))["access"] == kept["access"]


@pytest.mark.parametrize("body", [{}, {"access": {"second_person_for": ["waiver"]}}, {"name": "Autre"}])
async def test_what_is_no_rule_is_refused(lending: Lending, body: Json) -> None:
    fund = await lending.fund(contributions=())
    refused = await lending.operator.patch(f"/v1/funds/{fund['id']}", json=body, headers={"If-Match": "*"})
    assert answered(refused, 422)["errors"]


async def test_only_its_operator_changes_a_fund(lending: Lending) -> None:
    fund = await lending.fund()
    api, path = lending.api, f"/v1/funds/{fund['id']}"
    others = {
        api.as_("operator", regions=["53"]): 404,
        api.as_("partner", regions=[REGION]): 403,
        api.as_("funder", siren=REGION_COUNCIL["siren"]): 403,
        api.as_("cae", siren="978592848"): 403,
        api.as_("admin"): 403,
    }
    for caller, status in others.items():
        refused = await caller.patch(
            path, json={"access": {"partners_see_names": True}}, headers={"If-Match": "*"}
        )
        answered(refused, status)
    assert (await lending.read(f"funds/{fund['id']}"))["access"] == OPEN


async def test_a_change_stands_in_the_trail_with_what_was_before(lending: Lending) -> None:
    fund = await lending.fund(contributions=())
    path = f"/v1/funds/{fund['id']}"
    for body in ({"second_person_for": ["write_off"]}, {"second_person_for": ["write_off"]}):
        answered(
            await lending.by("anne").operator.patch(path, json={"access": body}, headers={"If-Match": "*"}),
            200,
        )

    trail = (await lending.read("audit", dossier_id=fund["id"]))["items"]

    lines = [
        (line["person"], line["before"], line["after"]) for line in trail if line["act"] == "change_fund"
    ]
    first = ("anne", {"second_person_for": []}, {"second_person_for": ["write_off"]})
    assert sorted(lines, key=str) == sorted([first, ("anne", {}, {})], key=str)

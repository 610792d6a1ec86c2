from typing import Any

import httpx
import pytest

from services.kernel.calendar import add_months, today_in_paris
from tests.api import Api, once
from tests.factories.capital import new_siren, scheme, top_up, version

Json = dict[str, Any]


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


def to_come(**changed: Any) -> Json:
    return version(valid_from=add_months(today_in_paris(), 6).isoformat(), **changed)


async def with_a_version_to_come(operator: httpx.AsyncClient, **changed: Any) -> tuple[str, str, str]:
    """The scheme, the address of its second version, and its tag."""
    scheme_id = (await operator.post("/v1/schemes", json=scheme())).json()["id"]
    added = await operator.post(f"/v1/schemes/{scheme_id}/versions", json=to_come(**changed))
    assert added.status_code == 201, added.text
    address = f"/v1/schemes/{scheme_id}/versions/{added.json()['id']}"
    read = await operator.get(address)
    assert read.json() == added.json()
    return scheme_id, address, read.headers["etag"]


async def test_rules_to_come_are_corrected_by_who_has_read_them(operator: httpx.AsyncClient) -> None:
    _, address, tag = await with_a_version_to_come(operator)
    body = to_come(ceiling_cents=3_000_00, follow_up_months=[12])

    unread = await operator.put(address, json=body)
    key = once()
    replaced = await operator.put(address, json=body, headers={"If-Match": tag} | key)
    again = await operator.put(address, json=body, headers={"If-Match": tag} | key)
    stale = await operator.put(address, json=to_come(), headers={"If-Match": tag})

    assert (unread.status_code, unread.json()["code"]) == (428, "precondition-required")
    assert (replaced.status_code, replaced.json()["ceiling_cents"]) == (200, 3_000_00)
    assert again.json() == replaced.json()
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-dossier")
    assert (await operator.get(address)).json() == replaced.json()


async def test_a_version_in_use_says_why_it_stays(operator: httpx.AsyncClient) -> None:
    today = today_in_paris().isoformat()
    opened = (await operator.post("/v1/schemes", json=scheme(valid_from=today))).json()
    address = f"/v1/schemes/{opened['id']}/versions/{opened['version']['id']}"
    asked = await operator.post("/v1/top-ups", json=top_up(opened["id"], new_siren(), paid_up_on=today))
    assert asked.status_code == 201, asked.text

    refused = await operator.put(address, json=version(valid_from=today), headers={"If-Match": "*"})

    assert refused.status_code == 409
    facts = {"code": "version-in-use", "valid_from": today, "requests": 1}
    assert {name: refused.json()[name] for name in facts} == facts


@pytest.mark.parametrize(
    ("valid_from", "code", "facts"),
    [
        ("2026-12-31", "version-overlap", {"earlier_until": "2026-12-31", "expected_on": "2027-01-01"}),
        ("2027-03-01", "version-gap", {"first_day_on": "2027-01-01", "last_day_on": "2027-02-28"}),
    ],
)
async def test_versions_follow_each_other_day_by_day(
    operator: httpx.AsyncClient, valid_from: str, code: str, facts: Json
) -> None:
    opened = await operator.post("/v1/schemes", json=scheme(valid_until="2026-12-31"))
    address = f"/v1/schemes/{opened.json()['id']}/versions"

    refused = await operator.post(address, json=version(valid_from=valid_from))

    assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert {name: refused.json()[name] for name in facts} == facts
    assert (await operator.post(address, json=version(valid_from="2027-01-01"))).status_code == 201


async def test_after_the_last_day_nothing_can_be_asked(operator: httpx.AsyncClient) -> None:
    opened = (await operator.post("/v1/schemes", json=scheme(valid_until="2026-01-31"))).json()

    refused = await operator.post(
        "/v1/top-ups", json=top_up(opened["id"], new_siren(), paid_up_on="2026-02-01")
    )

    assert (refused.status_code, refused.json()["code"]) == (409, "no-version-in-force")
    assert refused.json()["last_day_on"] == "2026-01-31"
    assert opened["version"]["valid_until"] == "2026-01-31"  # shown still, though it has ended


async def test_a_version_is_looked_for_in_its_own_scheme(operator: httpx.AsyncClient) -> None:
    _, address, tag = await with_a_version_to_come(operator)
    other, _, _ = await with_a_version_to_come(operator)
    elsewhere = f"/v1/schemes/{other}/versions/{address.rpartition('/')[2]}"

    for answer in (
        await operator.get(elsewhere),
        await operator.put(elsewhere, json=to_come(), headers={"If-Match": tag}),
    ):
        assert (answer.status_code, answer.json()["what"]) == (404, "version")

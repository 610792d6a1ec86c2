from typing import Any

import httpx
import pytest

from services.capital.domain.presets import PRESETS
from tests.api import Api
from tests.factories.capital import REGION_SIREN, new_siren

Json = dict[str, Any]
OWN: Json = {
    "valid_from": "2026-01-01",
    "funders": [{"siren": REGION_SIREN, "name": "Région", "share_percent": 100}],
}


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


def from_preset(code: str, **changed: Any) -> Json:
    return {"region": "75", "name": "D'après un modèle", "preset": code, "version": OWN | changed}


async def test_presets_are_listed_with_their_sources_by_pages(capital_api: Api) -> None:
    cae = capital_api.as_("cae", siren=new_siren())

    first = (await cae.get("/v1/scheme-presets", params={"limit": 2, "count": True})).json()
    rest = (await cae.get("/v1/scheme-presets", params={"limit": 2, "after": first["next"]})).json()

    assert [item["code"] for item in first["items"] + rest["items"]] == sorted(PRESETS)
    assert (first["total"], rest["next"]) == (3, None)
    assert all(item["sources"] and item["reading"] for item in first["items"])
    english = capital_api.as_("cae", siren=new_siren(), language="en")
    assert "our reading" in (await english.get("/v1/scheme-presets")).text
    assert (await capital_api.anonymous().get("/v1/scheme-presets")).status_code == 401


@pytest.mark.parametrize("code", sorted(PRESETS))
async def test_a_scheme_starts_from_a_preset(operator: httpx.AsyncClient, code: str) -> None:
    presets = (await operator.get("/v1/scheme-presets")).json()["items"]
    [rules] = [preset["rules"] for preset in presets if preset["code"] == code]

    opened = await operator.post("/v1/schemes", json=from_preset(code))

    assert opened.status_code == 201, opened.text
    version = opened.json()["version"]
    assert {name: version[name] for name in rules} == rules
    assert (version["valid_from"], version["funders"][0]["siren"]) == ("2026-01-01", REGION_SIREN)


async def test_what_the_region_says_comes_before_the_preset(operator: httpx.AsyncClient) -> None:
    body = from_preset("nouvelle-aquitaine-cae", cae_cap_cents=30_000_00, request_window_months=6)

    version = (await operator.post("/v1/schemes", json=body)).json()["version"]

    assert (version["cae_cap_cents"], version["request_window_months"]) == (30_000_00, 6)
    assert (version["floor_cents"], version["ceiling_cents"]) == (1_000_00, 2_000_00)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (from_preset("unheard-of") | {"version": {}}, {"/preset"}),
        (from_preset("nouvelle-aquitaine-cae", ceiling_cents=500_00), {"/version/ceiling_cents"}),
        (from_preset("nouvelle-aquitaine-cae", unheard_of=1), {"/version/unheard_of"}),
        (
            from_preset("nouvelle-aquitaine-cae") | {"version": {}},
            {"/version/valid_from", "/version/funders"},
        ),
        ({"region": "75", "name": "Sans modèle", "version": OWN}, {"/version/floor_cents"}),
        (from_preset("nouvelle-aquitaine-cae") | {"version": None}, {"/version"}),
        (from_preset("nouvelle-aquitaine-cae") | {"preset": 1}, {"/preset"}),
    ],
)
async def test_a_preset_never_hides_what_is_wrong(
    operator: httpx.AsyncClient, body: Json, pointers: set[str]
) -> None:
    answer = await operator.post("/v1/schemes", json=body)

    assert answer.status_code == 422, answer.text
    assert pointers <= {error["pointer"] for error in answer.json()["errors"]}

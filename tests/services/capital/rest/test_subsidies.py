"""The open data of awards: valid against the schema it follows, exact to the cent, and about nobody.

`scdl-subventions.tableschema.json` has the fields and constraints of the SCDL "Subventions" schema, version
2.0.2, as published by OpenDataFrance (https://git.opendatafrance.net/scdl/subventions) and kept in 2.1.
"""

import csv
import io
import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from frictionless import Resource, Schema

from services.capital.rest.subsidies_file import COLUMNS
from tests.api import Api, once
from tests.factories.capital import (
    BPIFRANCE,
    REGION_SIREN,
    grant,
    new_siren,
    person,
    scheme,
    siret_of,
    top_up,
    version,
)

Json = dict[str, Any]
URL = "/v1/exports/scdl-subventions.csv"
SCHEMA = json.loads((Path(__file__).parent / "scdl-subventions.tableschema.json").read_text(encoding="utf-8"))
AUTHORITY = {"name": "Région Nouvelle-Aquitaine", "siret": siret_of(REGION_SIREN)}
ALONE = [{"siren": REGION_SIREN, "name": "Région Nouvelle-Aquitaine", "share_percent": 100}]


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


async def posted(client: httpx.AsyncClient, path: str, body: Json) -> Json:
    answer = await client.post(path, json=body, headers=once())
    assert answer.is_success, answer.text
    made: Json = answer.json()
    return made


async def opened(operator: httpx.AsyncClient, **changed: Any) -> str:
    body = {**scheme(**{"cae_cap_cents": None, "funders": ALONE, **changed}), "authority": AUTHORITY}
    return str((await posted(operator, "/v1/schemes", body))["id"])


async def awarded(
    operator: httpx.AsyncClient, scheme_id: str, cae: str, cents: int = 2_000_00, **decision: Any
) -> str:
    asked = await posted(operator, "/v1/top-ups", top_up(scheme_id, cae, paid_up_cents=cents))
    await posted(operator, f"/v1/top-ups/{asked['id']}/grant", grant(**decision))
    return str(asked["id"])


async def paid(operator: httpx.AsyncClient, scheme_id: str, cae: str, *top_ups: str) -> Json:
    body = {"cae": cae, "top_up_ids": list(top_ups), "paid_on": "2026-03-01", "reference": "M1"}
    return await posted(operator, f"/v1/schemes/{scheme_id}/payments", body)


async def downloaded(client: httpx.AsyncClient, scheme_id: str, year: int = 2026) -> httpx.Response:
    answer = await client.get(URL, params={"scheme_id": scheme_id, "year": year})
    assert answer.status_code == 200, answer.text
    return answer


async def rows(client: httpx.AsyncClient, scheme_id: str, year: int = 2026) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((await downloaded(client, scheme_id, year)).text)))


def faults(content: bytes) -> list[list[Any]]:
    resource = Resource(data=content, format="csv", encoding="utf-8", schema=Schema.from_descriptor(SCHEMA))
    return resource.validate().flatten(["rowNumber", "fieldName", "type"])


def test_the_columns_are_the_schema_s_in_its_order() -> None:
    assert [field["name"] for field in SCHEMA["fields"]] == list(COLUMNS)


async def test_the_file_is_valid_against_the_schema(operator: httpx.AsyncClient) -> None:
    scheme_id, cae = await opened(operator), new_siren()
    one = await awarded(operator, scheme_id, cae)
    await awarded(
        operator, scheme_id, cae, 1_234_56, reference="Mme Le Goff, le 3 mars", decided_on="2026-02-02"
    )
    await paid(operator, scheme_id, cae, one)

    answer = await downloaded(operator, scheme_id)

    assert faults(answer.content) == []
    assert len(await rows(operator, scheme_id)) == 2


async def test_the_validator_would_tell_a_fault(operator: httpx.AsyncClient) -> None:
    scheme_id = await opened(operator)
    await awarded(operator, scheme_id, new_siren())
    content = (await downloaded(operator, scheme_id)).content

    assert faults(content.replace(b"2000.00", b"2000,00"))
    assert faults(content.replace(AUTHORITY["siret"].encode(), b"200053759")) == [
        [2, "idAttribuant", "constraint-error"]
    ]
    assert faults(content.replace(b",non,", b",no,")) == [[2, "notificationUE", "type-error"]]
    assert faults(content.replace(b",1.00,", b",1.01,")) == [[2, "pourcentageSubvention", "constraint-error"]]


async def test_a_row_tells_the_grantor_the_cae_and_the_act(operator: httpx.AsyncClient) -> None:
    scheme_id, cae = await opened(operator), new_siren()
    one = await awarded(operator, scheme_id, cae, 1_500_00)
    await paid(operator, scheme_id, cae, one)

    assert await rows(operator, scheme_id) == [
        {
            "nomAttribuant": "Région Nouvelle-Aquitaine",
            "idAttribuant": siret_of(REGION_SIREN),
            "dateConvention": "2026-02-01",
            "referenceDecision": "CP 2026-02 n° 12",
            "nomBeneficiaire": "Coopérative Tournesol",
            "idBeneficiaire": siret_of(cae),
            "rnaBeneficiaire": "",
            "objet": "Abondement au capital social apporté par les entrepreneurs salariés associés de la"
            " coopérative d'activité et d'emploi",
            "montant": "1500.00",
            "nature": "aide en numéraire",
            "conditionsVersement": "unique",
            "datesPeriodeVersement": "2026-03-01",
            "idRAE": "",
            "notificationUE": "non",
            "pourcentageSubvention": "1.00",
            "dispositifAide": "Abondement au capital des CAE",
        }
    ]


async def test_the_file_is_rfc_4180_in_utf_8(operator: httpx.AsyncClient) -> None:
    scheme_id = await opened(operator)
    await awarded(operator, scheme_id, new_siren())

    answer = await downloaded(operator, scheme_id)

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="scdl-subventions-2026.csv"'
    text = answer.content.decode("utf-8")
    assert not text.startswith("\ufeff")
    assert text.count("\r\n") == text.count("\n") == 2
    assert text.endswith("\r\n")


async def test_no_person_is_told_of(operator: httpx.AsyncClient) -> None:
    scheme_id, cae, mark = await opened(operator), new_siren(), uuid4().hex
    told = person(
        f"REF{mark}",
        given_name=f"Prénom{mark}",
        family_name=f"Nom{mark}",
        email=f"{mark}@exemple.fr",
        birth_date="1980-02-03",
    )
    asked = await posted(operator, "/v1/top-ups", top_up(scheme_id, cae, entrepreneur=told))
    await posted(operator, f"/v1/top-ups/{asked['id']}/grant", grant(reference=f"Dossier de Nom{mark}"))

    text = (await downloaded(operator, scheme_id)).text

    assert siret_of(cae) in text
    assert mark not in text
    assert "1980-02-03" not in text
    assert asked["id"] not in text
    assert asked["entrepreneur"]["id"] not in text


async def test_what_a_spreadsheet_would_take_for_a_formula_is_only_a_name(
    operator: httpx.AsyncClient,
) -> None:
    scheme_id, cae = await opened(operator), new_siren()
    body = top_up(scheme_id, cae, cae={"siret": siret_of(cae), "name": '=1+1, "Graines"\u2028'[:-1]})
    asked = await posted(operator, "/v1/top-ups", body)
    await posted(operator, f"/v1/top-ups/{asked['id']}/grant", grant())

    assert [row["nomBeneficiaire"] for row in await rows(operator, scheme_id)] == ['\'=1+1, "Graines"']
    assert faults((await downloaded(operator, scheme_id)).content) == []


async def test_only_the_awards_of_the_year_are_in_it_in_the_order_of_decisions(
    operator: httpx.AsyncClient,
) -> None:
    scheme_id, caes = await opened(operator), sorted(new_siren() for _ in range(2))
    await awarded(operator, scheme_id, caes[1], 1_000_01, decided_on="2026-03-01")
    await awarded(operator, scheme_id, caes[0], 1_000_02, decided_on="2026-03-01")
    await awarded(operator, scheme_id, caes[1], 1_000_03, decided_on="2026-02-01")
    cancelled = await awarded(operator, scheme_id, caes[0], 1_000_04)
    await posted(operator, f"/v1/top-ups/{cancelled}/cancellation", {"reason": "Erreur"})
    await posted(operator, "/v1/top-ups", top_up(scheme_id, caes[0]))

    amounts = [row["montant"] for row in await rows(operator, scheme_id)]

    assert amounts == ["1000.03", "1000.02", "1000.01"]
    assert (await downloaded(operator, scheme_id)).content == (await downloaded(operator, scheme_id)).content
    assert await rows(operator, scheme_id, 2025) == []


async def test_a_co_funder_without_a_siret_is_named(operator: httpx.AsyncClient) -> None:
    scheme_id = await opened(operator, funders=scheme()["version"]["funders"])
    await awarded(operator, scheme_id, new_siren())

    refused = await operator.get(URL, params={"scheme_id": scheme_id, "year": 2026})

    assert refused.status_code == 409, refused.text
    told = refused.json()
    assert (told["code"], told["sirens"]) == ("funder-siret-missing", [BPIFRANCE])
    assert "Bpifrance (320252489)" in told["detail"]


async def test_a_version_that_tells_the_siret_lets_the_file_out(operator: httpx.AsyncClient) -> None:
    scheme_id = await opened(operator, funders=scheme()["version"]["funders"])
    await awarded(operator, scheme_id, new_siren(), 1_000_01)
    funders = [{**funder, "siret": siret_of(funder["siren"], 3)} for funder in scheme()["version"]["funders"]]
    body = version(valid_from="2027-01-01", cae_cap_cents=None, funders=funders)
    await posted(operator, f"/v1/schemes/{scheme_id}/versions", body)

    found = await rows(operator, scheme_id)

    assert [(row["nomAttribuant"], row["idAttribuant"], row["montant"]) for row in found] == [
        ("Région Nouvelle-Aquitaine", siret_of(REGION_SIREN, 3), "800.01"),
        ("Bpifrance", siret_of(BPIFRANCE, 3), "200.00"),
    ]
    assert faults((await downloaded(operator, scheme_id)).content) == []


async def test_a_co_funder_reads_its_own_rows_as_the_operator_does(
    operator: httpx.AsyncClient, capital_api: Api
) -> None:
    scheme_id, cae = await opened(operator), new_siren()
    one = await awarded(operator, scheme_id, cae, 1_333_33)
    await awarded(operator, scheme_id, cae, 1_444_44, decided_on="2026-02-02")
    cancelled = await awarded(operator, scheme_id, cae)
    await posted(operator, f"/v1/top-ups/{cancelled}/cancellation", {"reason": "Erreur"})
    await paid(operator, scheme_id, cae, one)
    funder = capital_api.as_("funder", siren=REGION_SIREN)

    assert (await downloaded(funder, scheme_id)).content == (await downloaded(operator, scheme_id)).content


async def test_a_co_funder_reads_its_part_and_nobody_else_s(
    operator: httpx.AsyncClient, capital_api: Api
) -> None:
    scheme_id = await opened(operator, funders=scheme()["version"]["funders"])
    await awarded(operator, scheme_id, new_siren(), 1_000_01)
    region, bank = (capital_api.as_("funder", siren=siren) for siren in (REGION_SIREN, BPIFRANCE))

    assert [row["montant"] for row in await rows(region, scheme_id)] == ["800.01"]
    refused = await bank.get(URL, params={"scheme_id": scheme_id, "year": 2026})
    assert (refused.status_code, refused.json()["code"]) == (409, "funder-siret-missing")
    stranger = capital_api.as_("funder", siren=new_siren())
    assert (await stranger.get(URL, params={"scheme_id": scheme_id, "year": 2026})).status_code == 404


async def test_a_cae_reads_its_own_awards(operator: httpx.AsyncClient, capital_api: Api) -> None:
    scheme_id, mine, other = await opened(operator), new_siren(), new_siren()
    await awarded(operator, scheme_id, mine, 1_000_01)
    await awarded(operator, scheme_id, other, 1_000_02)

    assert [row["montant"] for row in await rows(capital_api.as_("cae", siren=mine), scheme_id)] == [
        "1000.01"
    ]
    assert await rows(capital_api.as_("cae", siren=new_siren()), scheme_id) == []


@pytest.mark.parametrize("year", ["1899", "2201", "an", ""])
async def test_a_year_that_is_none_is_refused(operator: httpx.AsyncClient, year: str) -> None:
    answer = await operator.get(URL, params={"scheme_id": str(uuid4()), "year": year})

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == ["?year"]


CONVENTIONS = "/v1/conventions-due"


async def test_a_convention_is_due_over_all_the_schemes_of_an_authority(
    operator: httpx.AsyncClient, capital_api: Api
) -> None:
    cae, small = new_siren(), new_siren()
    wide: Json = {"ceiling_cents": 30_000_00}
    schemes = [await opened(operator, **wide) for _ in range(2)]
    await awarded(operator, schemes[0], cae, 20_000_00)
    await awarded(operator, schemes[1], cae, 3_000_01)
    await awarded(operator, schemes[0], small, 23_000_00)

    due = await operator.get(CONVENTIONS, params={"year": 2026, "cae": cae, "count": True})

    assert due.json() == {
        "items": [
            {
                "year": 2026,
                "cae": cae,
                "cae_name": "Coopérative Tournesol",
                "funder": REGION_SIREN,
                "funder_name": "Région Nouvelle-Aquitaine",
                "amount_cents": 23_000_01,
                "threshold_cents": 23_000_00,
            }
        ],
        "next": None,
        "total": 1,
    }
    for role, who in {"cae": {"siren": cae}, "funder": {"siren": REGION_SIREN}, "admin": {}}.items():
        reader = capital_api.as_(role, **who)  # type: ignore[arg-type]
        assert (
            await reader.get(CONVENTIONS, params={"year": 2026, "cae": cae, "count": True})
        ).json() == due.json()
    assert (await operator.get(CONVENTIONS, params={"year": 2026, "cae": small})).json()["items"] == []
    assert (await operator.get(CONVENTIONS, params={"year": 2025, "cae": cae})).json()["items"] == []
    abroad = capital_api.as_("operator", regions=["53"])
    assert (await abroad.get(CONVENTIONS, params={"year": 2026, "cae": cae})).json()["items"] == []


async def test_conventions_come_page_by_page(operator: httpx.AsyncClient, capital_api: Api) -> None:
    funder = new_siren()
    alone = [{"siren": funder, "name": "Région du test", "share_percent": 100}]
    scheme_id = await opened(operator, funders=alone, ceiling_cents=30_000_00)
    caes = sorted(new_siren() for _ in range(3))
    for cae in caes:
        await awarded(operator, scheme_id, cae, 24_000_00)
    reader = capital_api.as_("funder", siren=funder)

    first = (await reader.get(CONVENTIONS, params={"year": 2026, "limit": 2})).json()
    rest = (await reader.get(CONVENTIONS, params={"year": 2026, "limit": 2, "after": first["next"]})).json()

    assert [item["cae"] for item in first["items"] + rest["items"]] == caes
    assert rest["next"] is None


async def test_the_parts_of_all_co_funders_add_up_to_the_awards(
    operator: httpx.AsyncClient, capital_api: Api
) -> None:
    sirens = [new_siren() for _ in range(3)]
    shares = ["33.3334", "33.3333", "33.3333"]
    funders = [
        {"siren": siren, "name": f"Financeur {rank}", "share_percent": share}
        for rank, (siren, share) in enumerate(zip(sirens, shares, strict=True))
    ]
    scheme_id, cae = await opened(operator, funders=funders, ceiling_cents=90_000_00), new_siren()
    amounts = [70_000_01, 1_000_01, 1_999_99]
    for cents in amounts:
        await awarded(operator, scheme_id, cae, cents)
    parts: dict[str, int] = defaultdict(int)
    for siren in sirens:
        due = await capital_api.as_("funder", siren=siren).get(CONVENTIONS, params={"year": 2026})
        parts[siren] = due.json()["items"][0]["amount_cents"]

    assert sum(parts.values()) == sum(amounts)
    assert max(parts.values()) - Decimal(sum(amounts)) / 3 < 10

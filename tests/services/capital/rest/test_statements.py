"""Co-funders' statements, as each of them and the operator read them."""

from typing import Any

import httpx
import pytest

from tests.api import Api, once
from tests.factories.capital import BPIFRANCE, REGION_SIREN, grant, new_siren, scheme, top_up

Json = dict[str, Any]
HEADINGS = (
    "Dispositif;Arrêté au;Année de décision;Cofinanceur;SIREN;Accordé;Payé;Reste à payer;"
    "Rendu par les CAE;Reste à rendre;Payé net de ce qui est rendu"
)
FIGURES = ("awarded", "paid", "to_pay", "clawed_back", "to_come_back", "borne")


@pytest.fixture
def operator(capital_api: Api) -> httpx.AsyncClient:
    return capital_api.as_("operator", regions=["75"])


async def done(answer: httpx.Response) -> Json:
    assert answer.is_success, answer.text
    found: Json = answer.json()
    return found


class Story:
    """Three awards of two years: one paid and partly given back, one paid, one to pay."""

    def __init__(self, operator: httpx.AsyncClient) -> None:
        self.operator, self.cae = operator, new_siren()

    async def tell(self) -> str:
        opened = await done(await self.operator.post("/v1/schemes", json=scheme(once_per_person=False)))
        self.scheme = str(opened["id"])
        first = await self.granted(1_000_01, "2025-06-01")
        second = await self.granted(1_000_01, "2026-02-01")
        await self.granted(1_500_00, "2026-02-01")
        body = {
            "cae": self.cae,
            "top_up_ids": [first, second],
            "paid_on": "2026-03-01",
            "reference": "Mandat 7",
        }
        await self.post(f"/v1/schemes/{self.scheme}/payments", body)
        asked = {"reason": "Départ", "amount_cents": 500_00, "proposed_on": "2026-05-15"}
        await self.post(f"/v1/top-ups/{first}/clawback", asked)
        money = {"amount_cents": 300_01, "received_on": "2026-06-01", "reference": "VIR 1"}
        await self.post(f"/v1/top-ups/{first}/clawback/receipt", money)
        return self.scheme

    async def granted(self, cents: int, decided_on: str) -> str:
        body = top_up(self.scheme, self.cae, paid_up_cents=cents, paid_up_on="2025-05-01")
        asked = await done(await self.operator.post("/v1/top-ups", json=body))
        await self.post(f"/v1/top-ups/{asked['id']}/grant", grant(decided_on=decided_on))
        return str(asked["id"])

    async def post(self, path: str, body: Json) -> Json:
        return await done(await self.operator.post(path, json=body, headers=once()))


def told(figures: Json) -> tuple[int, ...]:
    return tuple(figures[f"{name}_cents"] for name in FIGURES)


async def test_each_co_funder_to_the_cent(operator: httpx.AsyncClient, capital_api: Api) -> None:
    scheme_id = await Story(operator).tell()
    path = f"/v1/schemes/{scheme_id}/statements"

    whole = await done(await operator.get(path))
    assert told(whole) == (3_500_02, 2_000_02, 1_500_00, 300_01, 199_99, 1_700_01)
    assert [(one["siren"], told(one)) for one in whole["by_funder"]] == [
        (REGION_SIREN, (2_800_02, 1_600_02, 1_200_00, 240_01, 159_99, 1_360_01)),
        (BPIFRANCE, (700_00, 400_00, 300_00, 60_00, 40_00, 340_00)),
    ]
    totals = (await done(await operator.get(f"/v1/schemes/{scheme_id}")))["totals"]
    for name in ("awarded", "paid", "to_pay", "clawed_back"):
        assert totals[f"{name}_cents"] == whole[f"{name}_cents"]

    of_2025 = await done(await operator.get(path, params={"year": 2025}))
    assert told(of_2025) == (1_000_01, 1_000_01, 0, 300_01, 199_99, 700_00)
    before = await done(await operator.get(path, params={"as_of": "2026-05-31"}))
    assert told(before) == (3_500_02, 2_000_02, 1_500_00, 0, 0, 2_000_02)  # the receipt confirmed it
    earlier = await done(await operator.get(path, params={"as_of": "2026-02-28"}))
    assert told(earlier) == (3_500_02, 0, 3_500_02, 0, 0, 0)
    early = await done(await operator.get(path, params={"as_of": "2025-12-31"}))
    assert told(early) == (1_000_01, 0, 1_000_01, 0, 0, 0)


async def test_a_co_funder_reads_its_own(operator: httpx.AsyncClient, capital_api: Api) -> None:
    scheme_id = await Story(operator).tell()
    path = f"/v1/schemes/{scheme_id}/statements"
    whole = await done(await operator.get(path))

    for own in whole["by_funder"]:
        funder = capital_api.as_("funder", siren=own["siren"])
        assert (await done(await funder.get(path)))["by_funder"] == [own]
        assert told(await done(await funder.get(path))) == told(own)
        assert await done(await funder.get(f"{path}/{own['siren']}")) == own
        assert await done(await operator.get(f"{path}/{own['siren']}")) == own
        file = (await funder.get(f"{path}.csv")).text
        assert "Ensemble du dispositif" not in file
        assert len(file.splitlines()) == 2
    region = capital_api.as_("funder", siren=REGION_SIREN)
    assert (await region.get(f"{path}/{BPIFRANCE}")).status_code == 404
    assert (await operator.get(f"{path}/{new_siren()}")).status_code == 404
    assert (await capital_api.as_("funder", siren=new_siren()).get(path)).status_code == 404
    assert (await capital_api.as_("operator", regions=["84"]).get(path)).status_code == 404
    assert (await capital_api.as_("cae", siren=new_siren()).get(path)).status_code == 403
    assert await done(await capital_api.as_("admin").get(path)) == whole


async def test_a_spreadsheet_for_an_officer(operator: httpx.AsyncClient) -> None:
    scheme_id = await Story(operator).tell()

    file = await operator.get(
        f"/v1/schemes/{scheme_id}/statements.csv", params={"as_of": "2026-06-30", "year": 2025}
    )

    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.content.startswith(b"\xef\xbb\xbf")
    begins = f"{scheme()['name']};30/06/2026;2025"
    assert file.text.removeprefix("\ufeff").splitlines() == [
        HEADINGS,
        f"{begins};Région Nouvelle-Aquitaine;{REGION_SIREN};800,01;800,01;0,00;240,01;159,99;560,00",
        f"{begins};Bpifrance;{BPIFRANCE};200,00;200,00;0,00;60,00;40,00;140,00",
        f"{begins};Ensemble du dispositif;;1000,01;1000,01;0,00;300,01;199,99;700,00",
    ]


async def test_a_day_to_come_is_refused(operator: httpx.AsyncClient) -> None:
    scheme_id = (await done(await operator.post("/v1/schemes", json=scheme())))["id"]

    refused = await operator.get(f"/v1/schemes/{scheme_id}/statements", params={"as_of": "2199-01-01"})

    assert (refused.status_code, refused.json()["code"]) == (409, "date-in-the-future")

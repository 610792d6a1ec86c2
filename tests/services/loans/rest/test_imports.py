"""The import over HTTP: two files and a few fields in a form, a report in answer."""

import json
from uuid import uuid4

import httpx
import pytest

from tests.api import Api, once
from tests.factories.portfolio import SAMPLE, loan_row, loans_file, repayments_file

EXPECTED = json.loads((SAMPLE / "expected.json").read_text())
PATH = "/v1/imports/loans"


def name() -> str:
    return f"Fonds {uuid4()}"


async def post(
    client: httpx.AsyncClient,
    loans: bytes,
    repayments: bytes,
    *,
    headers: dict[str, str] | None = None,
    **fields: str,
) -> httpx.Response:
    files = {"loans": ("prets.csv", loans), "repayments": ("remboursements.csv", repayments)}
    data = {"region": "84", "fund": name(), **fields}
    return await client.post(PATH, data=data, files=files, headers=headers)


@pytest.fixture
def operator(loans_api: Api) -> httpx.AsyncClient:
    return loans_api.as_("operator", regions=["84"])


async def test_the_sample(operator: httpx.AsyncClient) -> None:
    loans, repayments = ((SAMPLE / file).read_bytes() for file in ("prets.csv", "remboursements.csv"))
    answer = await post(operator, loans, repayments)
    assert answer.status_code == 200
    report = answer.json()
    assert report["loans"] == {"taken": 240, "known": 0, "rejected": 4, "losses": 4}
    assert report["repayments"] == {"taken": 5392, "recovered": 0, "known": 0, "rejected": 3}
    rejected = {
        (finding["file"], str(finding["line"])): finding["code"].replace("-", " ")
        for finding in report["rejections"]
    }
    assert rejected == {
        **{("loans", line): code for line, code in EXPECTED["rejected_loan_lines"].items()},
        **{("repayments", line): code for line, code in EXPECTED["rejected_repayment_lines"].items()},
    }
    outcome = report["outcome"]
    assert outcome["repayment_rate"] == {
        "value": "97.52",
        "numerator_cents": EXPECTED["received_on_due_cents"],
        "denominator_cents": EXPECTED["due_cents"],
    }
    assert (outcome["repaid"], outcome["active"], outcome["written_off"]) == tuple(
        EXPECTED["by_status"].values()
    )
    for figure in ("disbursed", "repaid", "outstanding", "arrears", "written_off"):
        assert outcome[f"{figure}_cents"] == EXPECTED[f"{figure}_cents"]
    assert outcome["par_30_cents"] == EXPECTED["par30_cents"]
    indicators = await operator.get(
        "/v1/indicators", params={"fund_id": report["fund_id"], "as_of": EXPECTED["as_of"]}
    )
    assert indicators.json()["repayment_rate"]["value"] == "97.52"


async def test_a_finding_is_told_in_the_caller_s_language(loans_api: Api) -> None:
    for language, reason in (
        ("fr", "ce SIRET n'a pas quatorze chiffres ou sa clé est fausse"),
        ("en", "this SIRET does not have fourteen digits or its check digit is wrong"),
    ):
        client = loans_api.as_("operator", regions=["84"], language=language)
        answer = await post(client, loans_file(loan_row(siret="1")), repayments_file(), dry_run="true")
        (finding,) = answer.json()["rejections"]
        assert finding == {
            "file": "loans",
            "line": 2,
            "column": "SIRET CAE",
            "code": "siret",
            "reason": reason,
        }


async def test_a_dry_run_writes_nothing(operator: httpx.AsyncClient) -> None:
    fund = name()
    for _ in range(2):
        answer = await post(operator, loans_file(loan_row()), repayments_file(), fund=fund, dry_run="true")
        report = answer.json()
        assert (report["dry_run"], report["fund_id"], report["loans"]["taken"]) == (True, None, 1)


async def test_losses_are_dated_as_told(operator: httpx.AsyncClient) -> None:
    lost = loan_row(status="passé en perte")
    rows = ("P-1;15/02/2024;200,00;Virement", "P-1;15/06/2024;50,00;Virement")
    answer = await post(operator, loans_file(lost), repayments_file(*rows), as_of="2024-05-31")
    report = answer.json()
    assert (report["loans"]["losses"], report["repayments"]["recovered"]) == (1, 1)
    assert (report["outcome"]["as_of"], report["outcome"]["written_off_cents"]) == ("2024-05-31", 1_000_00)


async def test_the_same_key_replays_the_report_whatever_the_form_s_boundary(
    operator: httpx.AsyncClient,
) -> None:
    fund, key = name(), once()
    first, again = [
        await post(operator, loans_file(loan_row()), repayments_file(), headers=key, fund=fund)
        for _ in range(2)
    ]
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await post(operator, loans_file(loan_row()), repayments_file(""), headers=key, fund=name())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [({"region": "99"}, "/region"), ({"as_of": "31/05/2024"}, "/as_of"), ({"fund": " "}, "/fund")],
)
async def test_a_wrong_field_is_named(
    operator: httpx.AsyncClient, fields: dict[str, str], pointer: str
) -> None:
    answer = await post(operator, loans_file(), repayments_file(), **fields)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_missing_file_is_named(operator: httpx.AsyncClient) -> None:
    answer = await operator.post(
        PATH, data={"region": "84", "fund": "F"}, files={"loans": ("prets.csv", loans_file())}
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/repayments"]


async def test_a_file_without_its_columns_is_refused_whole(operator: httpx.AsyncClient) -> None:
    answer = await post(operator, loans_file(), b"Date;Montant\n")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/repayments"
    assert "N° prêt, Mode" in error["message"]


async def test_a_region_of_others_is_not_there(loans_api: Api) -> None:
    client = loans_api.as_("operator", regions=["76"])
    assert (await post(client, loans_file(loan_row()), repayments_file())).status_code == 404


async def test_only_operators_import(loans_api: Api) -> None:
    client = loans_api.as_("partner", regions=["84"])
    assert (await post(client, loans_file(loan_row()), repayments_file())).status_code == 403


async def test_a_portfolio_may_be_larger_than_other_bodies(operator: httpx.AsyncClient) -> None:
    loans = loans_file(loan_row())
    padded = loans + (b";" * 90 + b"\r\n") * 15_000

    answer = await post(operator, padded, repayments_file(), dry_run="true")

    assert answer.status_code == 200, answer.text
    assert answer.json()["loans"]["taken"] == 1

"""Funders' statements: movements make closing, all funders make the fund, and lists make figures."""

import csv
import io
from typing import Any

from tests.graph import data
from tests.services.loans.conftest import REGION_COUNCIL, STATE, Json, Lending, answered
from tests.services.loans.rest.test_contributions import EIGHTY_TWENTY, withdraw

MOVEMENTS = ("paid_in", "withdrawn", "disbursed", "repaid", "written_off", "recovered")
YEAR = {"from": "2024-01-01", "to": "2024-12-31"}


async def a_years_fund(lending: Lending) -> Json:
    """5 000.00 lent, 1 000.00 repaid and 100.00 bounced; 1 000.01 lost, of which 300.01 recovered."""
    fund = await lending.fund(contributions=EIGHTY_TWENTY)
    loan = await lending.loan(fund["id"], amount_cents=5_000_00)
    await lending.repay(loan["id"], 1_000_00, "2024-03-01")
    bounced = await lending.repay(loan["id"], 100_00, "2024-04-01")
    await lending.reverse(bounced["id"], "2024-04-09")
    lost = await lending.loan(fund["id"], amount_cents=1_000_01)
    await lending.write_off(lost["id"], "2024-05-15")
    await lending.recover(lost["id"], 300_01, "2024-06-10")
    await withdraw(lending, fund, STATE, 500_00, "2024-07-01")
    await lending.contribute(fund["id"], STATE, 700_00, "2025-01-02")
    return {**fund, "loan": loan, "lost": lost}


def check_identities(figures: Json) -> None:
    cents = {name.removesuffix("_cents"): value for name, value in figures.items() if name.endswith("_cents")}
    assert cents["closing_cash"] == (
        cents["opening_cash"]
        + cents["paid_in"]
        - cents["withdrawn"]
        - cents["disbursed"]
        + cents["repaid"]
        + cents["recovered"]
    )
    assert cents["closing_outstanding"] == (
        cents["opening_outstanding"] + cents["disbursed"] - cents["repaid"] - cents["written_off"]
    )


async def statements(lending: Lending, fund: Json, period: Json | None = None) -> Json:
    return await lending.read(f"funds/{fund['id']}/statements", **(YEAR if period is None else period))


async def test_opening_and_movements_make_closing_to_the_cent(lending: Lending) -> None:
    fund = await a_years_fund(lending)

    found = await statements(lending, fund)

    table = {
        part["funder"]["name"]: [
            part[f"{name}_cents"]
            for name in ("opening_cash", *MOVEMENTS, "closing_cash", "closing_outstanding")
        ]
        for part in found["by_funder"]
    }
    assert table == {
        REGION_COUNCIL["name"]: [8_000_00, 0, 0, 4_800_01, 800_00, 800_01, 240_01, 4_240_00, 3_200_00],
        "État": [2_000_00, 0, 500_00, 1_200_00, 200_00, 200_00, 60_00, 560_00, 800_00],
    }
    for figures in (found, *found["by_funder"]):
        check_identities(figures)
    for name in [name for name in found if name.endswith("_cents")]:
        assert sum(part[name] for part in found["by_funder"]) == found[name], name
    following = await statements(lending, fund, {"from": "2025-01-01", "to": "2025-01-31"})
    assert following["opening_cash_cents"] == found["closing_cash_cents"]
    assert following["opening_outstanding_cents"] == found["closing_outstanding_cents"]
    assert following["paid_in_cents"] == 700_00


async def test_a_statement_closes_where_the_position_stands(lending: Lending) -> None:
    fund = await a_years_fund(lending)

    found = await statements(lending, fund, {"from": "2000-01-01", "to": "2024-12-31"})

    position = await lending.position(fund["id"], "2024-12-31")
    assert found["closing_cash_cents"] == position["available_cents"] + position["committed_cents"]
    assert found["closing_outstanding_cents"] == position["outstanding_cents"]
    for name in MOVEMENTS:
        assert found[f"{name}_cents"] == position[f"{name}_cents"]


async def lines(lending: Lending, fund: Json, siren: str, kind: str, client: Any = None) -> list[Json]:
    """All pages, two lines at a time."""
    found: list[Json] = []
    query: Json = {**YEAR, "kind": kind, "limit": 2}
    while True:
        path = f"/v1/funds/{fund['id']}/statements/{siren}/lines"
        page = answered(await (client or lending.operator).get(path, params=query), 200)
        found += page["items"]
        if page["next"] is None:
            return found
        query["after"] = page["next"]


async def test_each_figure_has_the_list_behind_it_without_names(lending: Lending) -> None:
    fund = await a_years_fund(lending)
    (_, state) = (await statements(lending, fund))["by_funder"]
    funder = lending.api.as_("funder", siren=STATE["siren"])

    for name in MOVEMENTS:
        listed = await lines(lending, fund, STATE["siren"], name)
        assert sum(line["amount_cents"] for line in listed) == state[f"{name}_cents"], name
        assert [line["on"] for line in listed] == sorted(line["on"] for line in listed)
        assert await lines(lending, fund, STATE["siren"], name, funder) == listed, "its funder reads the same"
    repaid = await lines(lending, fund, STATE["siren"], "repaid")
    number = fund["loan"]["number"]
    assert [(line["kind"], line["on"], line["loan_number"], line["amount_cents"]) for line in repaid] == [
        ("repayment", "2024-03-01", number, 200_00),
        ("repayment", "2024-04-01", number, 20_00),
        ("reversal", "2024-04-09", number, -20_00),
    ]
    assert "Maître" not in str(repaid)
    path = f"/v1/funds/{fund['id']}/statements/{STATE['siren']}/lines"
    counted = await lending.operator.get(path, params={**YEAR, "kind": "repaid", "limit": 1, "count": "true"})
    assert answered(counted, 200)["total"] == 3


async def test_a_funder_reads_its_own_and_no_other(lending: Lending) -> None:
    fund = await a_years_fund(lending)
    path = f"/v1/funds/{fund['id']}/statements"
    state = lending.api.as_("funder", siren=STATE["siren"])

    own = answered(await state.get(path, params=YEAR), 200)

    assert [part["funder"]["siren"] for part in own["by_funder"]] == [STATE["siren"]]
    whole = await statements(lending, fund)
    assert own["by_funder"][0] == whole["by_funder"][1]
    assert own["closing_cash_cents"] == whole["by_funder"][1]["closing_cash_cents"]
    one = answered(await state.get(f"{path}/{STATE['siren']}", params=YEAR), 200)
    assert one == whole["by_funder"][1]
    for other in (f"{path}/{REGION_COUNCIL['siren']}", f"{path}/{REGION_COUNCIL['siren']}/lines"):
        refused = await state.get(other, params={**YEAR, **({"kind": "repaid"} if "lines" in other else {})})
        assert answered(refused, 404)["code"] == "not-found"
    stranger = lending.api.as_("funder", siren="775684194")
    assert (await stranger.get(path, params=YEAR)).status_code == 404
    assert (await lending.api.as_("partner", regions=["84"]).get(path, params=YEAR)).status_code == 403
    assert (await lending.api.as_("cae", siren="978592848").get(path, params=YEAR)).status_code == 403
    assert (await lending.api.as_("admin").get(path, params=YEAR)).json() == whole


async def test_graphql_says_the_same(lending: Lending) -> None:
    fund = await a_years_fund(lending)
    query = """query ($id: ID!) { loanFund(id: $id) { statements(from: "2024-01-01", to: "2024-12-31") {
        from to openingCashCents disbursedCents closingCashCents closingOutstandingCents
        byFunder { openingCashCents disbursedCents closingCashCents closingOutstandingCents } } } }"""

    found = (await data(lending.operator, query, id=fund["id"]))["loanFund"]["statements"]

    over_rest = await statements(lending, fund)
    assert (found["from"], found["to"]) == ("2024-01-01", "2024-12-31")
    for graph, rest in ((found, over_rest), *zip(found["byFunder"], over_rest["by_funder"], strict=True)):
        for field, name in (
            ("openingCashCents", "opening_cash_cents"),
            ("disbursedCents", "disbursed_cents"),
            ("closingCashCents", "closing_cash_cents"),
            ("closingOutstandingCents", "closing_outstanding_cents"),
        ):
            assert graph[field] == rest[name]


async def test_the_spreadsheet_is_the_statement(lending: Lending) -> None:
    fund = await a_years_fund(lending)
    path = f"/v1/funds/{fund['id']}/statements.csv"

    whole = await lending.operator.get(path, params=YEAR)
    one = await lending.operator.get(path, params={**YEAR, "siren": STATE["siren"]})

    assert whole.headers["content-type"] == "text/csv; charset=utf-8"
    assert whole.text.startswith("\ufeffFonds;Du;Au;Financeur;SIREN;Trésorerie à l'ouverture;")
    rows = list(csv.DictReader(io.StringIO(whole.text.removeprefix("\ufeff")), delimiter=";"))
    assert [row["Financeur"] for row in rows] == [REGION_COUNCIL["name"], "État", "Ensemble du fonds"]
    assert (rows[1]["Du"], rows[1]["Au"], rows[1]["SIREN"]) == ("01/01/2024", "31/12/2024", STATE["siren"])
    assert (rows[1]["Trésorerie à la clôture"], rows[2]["Prêts versés"]) == ("560,00", "6000,01")
    assert len(one.text.splitlines()) == 2


async def test_a_period_is_in_order_and_past(lending: Lending) -> None:
    fund = await lending.fund()
    path = f"/v1/funds/{fund['id']}/statements"

    backwards = await lending.operator.get(path, params={"from": "2024-02-01", "to": "2024-01-31"})
    to_come = await lending.operator.get(path, params={"to": "2199-01-01"})

    assert answered(backwards, 409)["code"] == "dates-out-of-order"
    assert answered(to_come, 409)["code"] == "date-in-the-future"
    alone = await lending.read(f"funds/{fund['id']}/statements", to="2024-01-31")
    assert alone["from"] == "2024-01-01", "of that day's year"

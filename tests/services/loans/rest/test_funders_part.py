"""What a funder is told is its own part of each figure; the parts of all funders add up to the fund's."""

from collections.abc import Sequence
from uuid import uuid4

from tests.api import once
from tests.factories.capital import new_siren
from tests.graph import data
from tests.services.loans.conftest import Json, Lending, answered
from tests.services.loans.rest.test_declaration import imported

FIGURES = tuple(
    f"{name}_cents"
    for name in (
        "paid_in",
        "committed",
        "disbursed",
        "repaid",
        "recovered",
        "written_off",
        "available",
        "outstanding",
    )
)
INDICATORS = ("repayment_rate", "outstanding", "arrears", "par_30", "par_60", "par_90", "loss_rate")
SUMS = ("numerator_cents", "denominator_cents")
DAYS = ("2024-01-31", "2024-03-31", "2024-04-30", "2024-05-31", "2024-08-15", "2025-06-30", None)


def three_funders() -> list[Json]:
    return [{"siren": new_siren(), "name": f"Financeur {rank}", "kind": "other"} for rank in ("A", "B", "C")]


async def fund_of(lending: Lending, funders: Sequence[Json]) -> Json:
    paid_in = (50_000_01, 33_333_33, 16_666_67)
    return await lending.fund(
        contributions=[(funder, cents, "2020-01-01") for funder, cents in zip(funders, paid_in, strict=True)]
    )


async def lend(lending: Lending, fund_id: str) -> None:
    """Odd amounts on purpose: on time, a cent late, lost with a bounce after, recovered in part, promised."""
    on_time, late, lost = [
        await lending.loan(fund_id, amount_cents=cents, months=7) for cents in (1_000_03, 2_000_01, 700_02)
    ]
    for day in ("2024-02-29", "2024-03-31", "2024-04-30"):
        await lending.repay(on_time["id"], 142_87, day)
    await lending.repay(late["id"], 285_71, "2024-03-01")
    await lending.repay(late["id"], 285_71, "2024-03-20")
    bounced = await lending.repay(lost["id"], 100_01, "2024-03-05")
    await lending.repay(lost["id"], 33, "2024-03-06")
    await lending.write_off(lost["id"], "2024-04-15")
    await lending.reverse(bounced["id"], "2024-05-02")
    await lending.recover(lost["id"], 60_01, "2024-05-10")
    await lending.approved(fund_id, amount_cents=600_01, months=12)


async def figures(lending: Lending, siren: str, path: str, day: str | None) -> Json:
    client = lending.api.as_("funder", siren=siren)
    return answered(await client.get(f"/v1/{path}", params={"as_of": day} if day else {}), 200)


async def test_positions_of_the_funders_add_up_to_the_funds(lending: Lending) -> None:
    funders = three_funders()
    fund = await fund_of(lending, funders)
    await lend(lending, fund["id"])

    for day in DAYS:
        whole = await lending.position(fund["id"], day)
        own = [
            await figures(lending, funder["siren"], f"funds/{fund['id']}/position", day) for funder in funders
        ]
        for name in FIGURES:
            assert sum(part[name] for part in own) == whole[name], (day, name)
        # Its figures are those that the operator sees of it, and it sees nobody else.
        for part, seen in zip(own, whole["by_funder"], strict=True):
            assert part["by_funder"] == [seen]
            assert {name: part[name] for name in FIGURES} == {name: seen[name] for name in FIGURES}


async def test_indicators_of_the_funders_add_up_to_the_funds(lending: Lending) -> None:
    funders = three_funders()
    fund = await fund_of(lending, funders)
    await lend(lending, fund["id"])
    path = f"indicators?fund_id={fund['id']}"

    for day in DAYS:
        whole = await lending.read("indicators", fund_id=fund["id"], **({"as_of": day} if day else {}))
        own = [
            await figures(lending, funder["siren"], "indicators", day) for funder in funders
        ]  # of all that it feeds: this fund alone
        for name in INDICATORS:
            for sum_of in SUMS:
                parts = [part[name][sum_of] for part in own]
                assert sum(parts) == whole[name][sum_of], (day, name, sum_of)
        assert (
            own[0]["outstanding"] == (await figures(lending, funders[0]["siren"], path, day))["outstanding"]
        )
    assert whole["par_30"]["numerator_cents"] > 0
    assert whole["loss_rate"]["numerator_cents"] > 0


async def test_what_is_due_of_a_loan_repaid_on_time_is_what_was_received(lending: Lending) -> None:
    """At the end of a loan no cent stands on the wrong side of a funder."""
    funders = three_funders()
    fund = await fund_of(lending, funders)
    loan = await lending.loan(fund["id"], amount_cents=1_000_03, months=7)
    for instalment in loan["schedule"]:
        await lending.repay(loan["id"], instalment["amount_cents"], instalment["due_on"])

    for funder, part_cents in zip(funders, (500_02, 333_34, 166_67), strict=True):
        found = await figures(lending, funder["siren"], "indicators", None)
        rate = found["repayment_rate"]
        assert (rate["value"], rate["numerator_cents"], rate["denominator_cents"]) == (
            "100.00",
            part_cents,
            part_cents,
        )
        assert found["outstanding"]["numerator_cents"] == found["arrears"]["numerator_cents"] == 0


async def test_a_funder_bears_an_imported_loan_from_its_declaration_on(lending: Lending) -> None:
    funders = three_funders()
    fund = await imported(lending)
    for funder, cents in zip(funders, (50_000_00, 30_000_00, 20_000_00), strict=True):
        await lending.contribute(fund["id"], funder, cents, "2025-01-01")
    declared = await lending.operator.post(
        f"/v1/funds/{fund['id']}/funders-declaration", json={"declared_on": "2025-02-01"}, headers=once()
    )
    assert declared.status_code == 201

    for day, bears in (("2025-01-31", False), ("2025-02-01", True), (None, True)):
        own = [await figures(lending, funder["siren"], "indicators", day) for funder in funders]
        whole = await lending.read("indicators", fund_id=fund["id"], **({"as_of": day} if day else {}))
        for name in INDICATORS:
            for sum_of in SUMS:
                found = sum(part[name][sum_of] for part in own)
                assert found == (whole[name][sum_of] if bears else 0), (day, name, sum_of)


async def test_the_graph_tells_a_funder_the_same(lending: Lending) -> None:
    funders = three_funders()
    fund = await fund_of(lending, funders)
    await lend(lending, fund["id"])
    siren = funders[1]["siren"]
    query = """query ($of: [_Any!]!) { _entities(representations: $of) { ... on Funder { loanFunds { id
      position { paidInCents committedCents outstandingCents byFunder { siren name outstandingCents } }
      indicators { repaymentRate { value numeratorCents denominatorCents } } } } } }"""

    found = await data(
        lending.api.as_("funder", siren=siren), query, of=[{"__typename": "Funder", "siren": siren}]
    )

    [seen] = found["_entities"][0]["loanFunds"]
    position = await figures(lending, siren, f"funds/{fund['id']}/position", None)
    rate = (await figures(lending, siren, "indicators", None))["repayment_rate"]
    assert seen["position"] == {
        "paidInCents": 33_333_33,
        "committedCents": position["committed_cents"],
        "outstandingCents": position["outstanding_cents"],
        "byFunder": [
            {
                "siren": siren,
                "name": funders[1]["name"],
                "outstandingCents": position["outstanding_cents"],
            }
        ],
    }
    assert seen["indicators"]["repaymentRate"] == {
        "value": rate["value"],
        "numeratorCents": rate["numerator_cents"],
        "denominatorCents": rate["denominator_cents"],
    }


async def test_a_funder_reads_no_dossier(lending: Lending) -> None:
    funder, *_ = funders = three_funders()
    fund = await fund_of(lending, funders)
    loan = await lending.loan(fund["id"], amount_cents=1_000_00, months=10)
    client = lending.api.as_("funder", siren=funder["siren"])

    refused = [
        (await client.get(f"/v1/{path}")).status_code
        for path in ("loans", f"loans/{loan['id']}", f"loans/{loan['id']}/entries", "applications")
    ]
    strangers = await lending.api.as_("funder", siren=new_siren()).get(f"/v1/funds/{fund['id']}/position")
    missing = await client.get(f"/v1/funds/{uuid4()}/position")

    assert refused == [403, 403, 403, 403]
    assert [strangers.status_code, missing.status_code] == [404, 404]

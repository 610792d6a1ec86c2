from tests.services.loans.conftest import Lending

NAMES = ("repayment_rate", "outstanding", "arrears", "par_30", "par_60", "par_90", "loss_rate")


async def test_indicators_on_any_date(lending: Lending) -> None:
    """Three loans of 1 200.00 over 12 months from 31 January 2024: one on time, one late, one lost."""
    fund = await lending.fund()
    on_time, late, lost = [await lending.loan(fund["id"], amount_cents=1_200_00, months=12) for _ in range(3)]
    for paid_on in ("2024-02-29", "2024-03-31", "2024-04-30"):
        await lending.repay(on_time["id"], 100_00, paid_on)
    await lending.repay(late["id"], 150_00, "2024-03-01")
    await lending.repay(lost["id"], 100_00, "2024-03-01")
    await lending.write_off(lost["id"], "2024-04-15")
    await lending.recover(lost["id"], 60_00, "2024-05-10")

    async def figures(as_of: str) -> dict[str, tuple[str | None, int, int]]:
        answer = await lending.read("indicators", fund_id=fund["id"], as_of=as_of)
        return {
            name: (
                answer[name]["value"],
                answer[name]["numerator_cents"],
                answer[name]["denominator_cents"],
            )
            for name in NAMES
        }

    # On 30 April 300.00 is due of each; the second is late since 31 March, 30 days ago.
    assert await figures("2024-04-30") == {
        "repayment_rate": ("61.11", 550_00, 900_00),
        "outstanding": ("54.17", 1_950_00, 3_600_00),
        "arrears": ("7.69", 150_00, 1_950_00),
        "par_30": ("0.00", 0, 1_950_00),
        "par_60": ("0.00", 0, 1_950_00),
        "par_90": ("0.00", 0, 1_950_00),
        "loss_rate": ("30.56", 1_100_00, 3_600_00),
    }
    may = await figures("2024-05-31")
    assert may["repayment_rate"] == ("50.83", 610_00, 1_200_00)
    assert may["par_60"] == ("53.85", 1_050_00, 1_950_00)
    assert may["loss_rate"] == ("28.89", 1_040_00, 3_600_00)
    assert (await figures("2024-01-30"))["repayment_rate"] == (None, 0, 0)


async def test_today_and_a_date_since_which_nothing_happened_agree(lending: Lending) -> None:
    fund = await lending.fund()
    loan = await lending.loan(fund["id"], amount_cents=1_200_00, months=12)
    repayment = await lending.repay(loan["id"], 500_00, "2024-03-01")
    await lending.reverse(repayment["id"], "2024-03-10")
    await lending.repay(loan["id"], 300_00, "2024-03-12")

    today = await lending.read("indicators", fund_id=fund["id"])
    in_2025 = await lending.read("indicators", fund_id=fund["id"], as_of="2025-12-31")

    for name in NAMES:
        for part in ("value", "numerator_cents", "denominator_cents"):
            assert today[name][part] == in_2025[name][part]
    assert today["repayment_rate"]["value"] == "25.00"
    assert "échu" in today["repayment_rate"]["formula"]


async def test_indicators_are_narrowed_to_what_the_caller_sees(lending: Lending) -> None:
    fund = await lending.fund()
    loan, _ = [await lending.loan(fund["id"], amount_cents=1_200_00, months=12) for _ in range(2)]
    api, siren = lending.api, loan["cae"]["siren"]

    own = (await api.as_("cae", siren=siren).get("/v1/indicators")).json()
    of_its_cae = await lending.read("indicators", cae=siren)
    elsewhere = await api.as_("operator", regions=["75"]).get(f"/v1/indicators?fund_id={fund['id']}")
    other_region = await lending.operator.get("/v1/indicators?region=75")
    other_cae = await api.as_("cae", siren=siren).get("/v1/indicators?cae=978592848")
    stranger = await api.as_("funder", siren="775684194").get("/v1/indicators")

    assert own["outstanding"]["denominator_cents"] == 1_200_00
    assert of_its_cae["outstanding"] == own["outstanding"]
    assert [elsewhere.status_code, other_region.status_code, other_cae.status_code] == [404, 404, 404]
    assert stranger.json()["outstanding"]["denominator_cents"] == 0

"""What a CAE declares counts nowhere until the operator confirms it, and then once."""

from typing import Any

import httpx
import pytest

from tests.api import once
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import REGION, Json, Lending, answered

PAID: Json = {"amount_cents": 300_00, "paid_on": "2024-02-29", "method": "payroll", "reference": "PAIE-02"}


class Office:
    """A loan, its CAE and its operator."""

    def __init__(self, lending: Lending, loan: Json) -> None:
        self.lending, self.loan = lending, loan
        self.cae = lending.api.as_("cae", siren=loan["cae"]["siren"])
        self.operator = lending.operator

    async def declare(self, *, status: int = 201, key: str | None = None, **changed: Any) -> Json:
        path = f"/v1/loans/{self.loan['id']}/repayment-declarations"
        return answered(await self.cae.post(path, json={**PAID, **changed}, headers=once(key)), status)

    async def end(
        self,
        declaration: Json,
        verb: str,
        *,
        by: httpx.AsyncClient | None = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
        body: Json | None = None,
    ) -> Json:
        path = f"/v1/repayment-declarations/{declaration['id']}/{verb}"
        caller = by or self.operator
        response = await caller.post(path, json=body or {}, headers=headers or once())
        return answered(response, status)

    async def confirm(self, declaration: Json, *, status: int = 201, **more: Any) -> Json:
        return await self.end(declaration, "confirmation", status=status, **more)

    async def read(self, declaration: Json) -> Json:
        return await self.lending.read(f"repayment-declarations/{declaration['id']}")

    async def figures(self) -> Json:
        """All that a repayment could move."""
        fund, loan = self.loan["fund_id"], self.loan["id"]
        return {
            "loan": await self.lending.read(f"loans/{loan}"),
            "position": await self.lending.position(fund),
            "indicators": await self.lending.read("indicators", fund_id=fund),
            "entries": await self.lending.read(f"loans/{loan}/entries"),
            "repayments": await self.lending.read(f"loans/{loan}/repayments"),
        }


@pytest.fixture
async def office(lending: Lending) -> Office:
    cae = {"siret": siret_of(new_siren()), "name": "Graines d'Activité"}
    return Office(lending, await lending.loan((await lending.fund())["id"], cae=cae))


async def test_what_is_declared_counts_nowhere(office: Office) -> None:
    before = await office.figures()

    declared = await office.declare()

    assert declared == {
        **PAID,
        "early": None,
        "id": declared["id"],
        "status": "declared",
        "loan_id": office.loan["id"],
        "region": REGION,
        "cae": office.loan["cae"]["siren"],
        "repayment_id": None,
        "ended_at": None,
        "ended_reason": None,
        "created_at": declared["created_at"],
    }
    assert await office.read(declared) == declared
    assert await office.figures() == before
    await office.end(declared, "rejection", body={"reason": "Rien reçu"})
    assert await office.figures() == before


async def test_once_confirmed_it_is_a_repayment_like_any_other(office: Office) -> None:
    declared = await office.declare()

    confirmed = await office.confirm(declared)

    repayment = confirmed.pop("repayment")
    assert (confirmed["status"], confirmed["repayment_id"]) == ("confirmed", repayment["id"])
    assert {name: repayment[name] for name in PAID} == PAID
    assert repayment["declaration_id"] == declared["id"]
    assert repayment["loan"]["repaid_cents"] == 300_00
    assert await office.read(declared) == confirmed
    (listed,) = (await office.lending.read(f"loans/{office.loan['id']}/repayments"))["repayments"]
    assert (listed["id"], listed["declaration_id"]) == (repayment["id"], declared["id"])
    assert (await office.lending.position(office.loan["fund_id"]))["repaid_cents"] == 300_00
    await office.lending.reverse(repayment["id"], "2024-03-04")
    assert (await office.read(declared))["status"] == "confirmed"
    assert await office.lending.differences() == []


async def test_a_repayment_that_the_operator_records_confirms_nothing(office: Office) -> None:
    await office.declare()
    recorded = await office.lending.repay(office.loan["id"], 300_00, "2024-02-29")
    assert recorded["declaration_id"] is None


async def test_no_more_is_declared_than_is_owed(office: Office) -> None:
    await office.lending.repay(office.loan["id"], 7_800_00, "2024-02-01")

    refused = await office.declare(amount_cents=200_01, status=409)
    declared = await office.declare(amount_cents=200_00)
    again = await office.declare(amount_cents=200_00)

    assert (refused["code"], refused["owed_cents"]) == ("repayment-too-large", 200_00)
    await office.confirm(declared)
    late = await office.confirm(again, status=409)
    assert (late["code"], late["owed_cents"]) == ("repayment-too-large", 0)
    assert await office.read(again) == again


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"paid_on": "2024-01-30"}, "dates-out-of-order"), ({"paid_on": "2199-01-01"}, "date-in-the-future")],
)
async def test_its_date_is_one_that_a_repayment_may_have(office: Office, changed: Json, code: str) -> None:
    assert (await office.declare(**changed, status=409))["code"] == code


async def test_a_lost_loan_takes_no_declaration_and_confirms_none(office: Office) -> None:
    """Money dated before the loss still takes its amount off it; money dated after would be a recovery."""
    declared = await office.declare(paid_on="2025-02-28")
    await office.lending.write_off(office.loan["id"], "2025-01-31")

    refused = await office.declare(paid_on="2025-02-28", status=409)
    assert refused["code"] == "loan-written-off"
    assert (await office.confirm(declared, status=409))["code"] == "loan-written-off"
    assert await office.read(declared) == declared
    await office.confirm(await office.declare(paid_on="2025-01-30"))


@pytest.mark.parametrize("end", ["confirmation", "rejection", "withdrawal"])
async def test_what_has_ended_has_ended(office: Office, end: str) -> None:
    declared = await office.declare()
    who = {"withdrawal": office.cae}
    body = {"reason": "Saisi deux fois"}
    first = {} if end == "confirmation" else body
    await office.end(declared, end, by=who.get(end), body=first, status=201 if end == "confirmation" else 200)

    refused = [
        await office.confirm(declared, status=409),
        await office.end(declared, "rejection", body=body, status=409),
        await office.end(declared, "withdrawal", by=office.cae, body=body, status=409),
    ]

    assert {one["code"] for one in refused} == {"status-forbids"}
    assert {tuple(one["possible_from"]) for one in refused} == {("declared",)}


async def test_a_rejection_tells_the_cae_why(office: Office) -> None:
    declared = await office.declare()
    silent = await office.end(declared, "rejection", status=422)
    await office.end(declared, "rejection", body={"reason": "Virement non reçu"})

    seen = answered(await office.cae.get(f"/v1/repayment-declarations/{declared['id']}"), 200)

    assert silent["errors"]
    assert (seen["status"], seen["ended_reason"]) == ("rejected", "Virement non reçu")


async def test_a_cae_may_take_its_word_back_without_a_reason(office: Office) -> None:
    declared = await office.declare()
    taken_back = await office.end(declared, "withdrawal", by=office.cae)
    assert (taken_back["status"], taken_back["ended_reason"]) == ("withdrawn", None)


async def test_who_may_do_what(office: Office) -> None:
    declared, api = await office.declare(), office.lending.api
    path = f"/v1/repayment-declarations/{declared['id']}"
    declare = f"/v1/loans/{office.loan['id']}/repayment-declarations"
    reason = {"reason": "Non"}
    other_cae, elsewhere = api.as_("cae", siren=new_siren()), api.as_("operator", regions=["53"])
    silent = [
        api.as_("admin"),
        api.as_("partner", regions=[REGION]),
        api.as_("funder", siren="200053767"),
    ]

    for caller in silent:
        for refused in (declare, f"{path}/confirmation", f"{path}/rejection", f"{path}/withdrawal"):
            body = PAID if refused == declare else reason if "rejection" in refused else {}
            answered(await caller.post(refused, json=body, headers=once()), 403)
    answered(await office.operator.post(declare, json=PAID, headers=once()), 403)
    answered(await office.operator.post(f"{path}/withdrawal", json={}), 403)
    answered(await office.cae.post(f"{path}/confirmation", json={}, headers=once()), 403)
    answered(await office.cae.post(f"{path}/rejection", json=reason), 403)
    answered(await other_cae.post(declare, json=PAID, headers=once()), 404)
    answered(await other_cae.post(f"{path}/withdrawal", json={}), 404)
    answered(await elsewhere.post(f"{path}/confirmation", json={}, headers=once()), 404)
    answered(await elsewhere.post(f"{path}/rejection", json=reason), 404)

    answered(await silent[0].get(path), 200)
    for caller in (other_cae, elsewhere):
        answered(await caller.get(path), 404)
        listed = await caller.get("/v1/repayment-declarations", params={"loan_id": office.loan["id"]})
        assert answered(listed, 200)["items"] == []
    for caller in silent[1:]:
        answered(await caller.get(path), 403)
    assert await office.read(declared) == declared


async def test_lists_are_filtered_counted_and_cut(office: Office) -> None:
    declared = [await office.declare(amount_cents=cents) for cents in (100_00, 200_00, 300_00)]
    await office.end(declared[0], "withdrawal", by=office.cae)
    await office.confirm(declared[1])

    async def ids(**wanted: Any) -> list[str]:
        query = {"loan_id": office.loan["id"], **wanted}
        return [one["id"] for one in (await office.lending.read("repayment-declarations", **query))["items"]]

    newest_first = [one["id"] for one in reversed(declared)]
    assert await ids() == newest_first
    assert await ids(status="declared") == [declared[2]["id"]]
    assert await ids(status="confirmed", cae=office.loan["cae"]["siren"]) == [declared[1]["id"]]
    assert await ids(cae=new_siren()) == []
    page = answered(await office.cae.get("/v1/repayment-declarations?limit=2&count=true"), 200)
    rest = answered(await office.cae.get(f"/v1/repayment-declarations?limit=2&after={page['next']}"), 200)
    assert [one["id"] for one in (*page["items"], *rest["items"])] == newest_first
    assert (page["total"], rest["next"]) == (3, None)


async def test_it_is_declared_and_confirmed_once_for_a_key(office: Office) -> None:
    path = f"/v1/loans/{office.loan['id']}/repayment-declarations"
    unkeyed = await office.cae.post(path, json=PAID)
    first, again = await office.declare(key="paie-02"), await office.declare(key="paie-02")
    confirming = f"/v1/repayment-declarations/{first['id']}/confirmation"
    unkeyed_too = await office.operator.post(confirming, json={})
    confirmed = await office.confirm(first, headers=once("confirm-02"))
    replayed = await office.confirm(first, headers=once("confirm-02"))

    assert {unkeyed.json()["code"], unkeyed_too.json()["code"]} == {"idempotency-key-required"}
    assert (first, confirmed) == (again, replayed)
    assert (await office.lending.read(f"loans/{office.loan['id']}"))["repaid_cents"] == 300_00


async def test_an_act_may_say_what_it_was_decided_on(office: Office) -> None:
    declared = await office.declare()
    path = f"/v1/repayment-declarations/{declared['id']}"
    tag = (await office.operator.get(path)).headers["ETag"]

    stale = await office.confirm(declared, headers={**once(), "If-Match": '"other"'}, status=412)
    confirmed = await office.confirm(declared, headers={**once(), "If-Match": tag})

    assert (stale["code"], confirmed["status"]) == ("stale-dossier", "confirmed")
    assert (await office.operator.get(path)).headers["ETag"] != tag


async def test_all_that_becomes_of_it_is_told_of_its_loan(office: Office) -> None:
    confirmed, rejected, withdrawn = [await office.declare() for _ in range(3)]
    await office.confirm(confirmed)
    await office.end(rejected, "rejection", body={"reason": "Rien reçu"})
    await office.end(withdrawn, "withdrawal", by=office.cae)

    trail = await office.lending.read("audit", dossier_id=office.loan["id"], limit=100)
    said = {
        (line["act"], line["subject_id"]): (line["role"], line["after"], line["note"])
        for line in trail["items"]
        if line["act"].endswith("_declaration") or line["act"] == "declare_repayment"
    }

    declared = {"status": "declared", **{name: PAID[name] for name in ("amount_cents", "paid_on", "method")}}
    repayment_id = (await office.read(confirmed))["repayment_id"]
    assert said == {
        **{
            ("declare_repayment", one["id"]): ("cae", declared, None)
            for one in (confirmed, rejected, withdrawn)
        },
        ("confirm_repayment_declaration", confirmed["id"]): (
            "operator",
            {"status": "confirmed", "repayment_id": repayment_id},
            None,
        ),
        ("reject_repayment_declaration", rejected["id"]): (
            "operator",
            {"status": "rejected", "repayment_id": None},
            "Rien reçu",
        ),
        ("withdraw_repayment_declaration", withdrawn["id"]): (
            "cae",
            {"status": "withdrawn", "repayment_id": None},
            None,
        ),
    }

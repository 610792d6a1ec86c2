"""The loans service over its own REST, for tests on a real PostgreSQL: one call, one line."""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from services.kernel.access import Caller, Role
from services.loans.usecases.verify_ledger import verify_ledger
from tests.api import Api, once
from tests.factories.capital import new_siren, siret_of

AUDITOR = Caller(Role.ADMIN, "tests")

Json = dict[str, Any]
REGION = "84"
REGION_COUNCIL = {"siren": "200053767", "name": "Région Auvergne-Rhône-Alpes", "kind": "region"}
STATE = {"siren": "110044013", "name": "État", "kind": "state"}
NO_LIMITS: Json = {}


def answered(response: httpx.Response, status: int) -> Json:
    """The body, when the status is the one expected; else what was answered instead."""
    assert response.status_code == status, response.text
    body = response.json()
    assert isinstance(body, dict)
    return body


class Lending:
    """What an operator of the region does, in the order that it does it."""

    def __init__(self, api: Api, person: str | None = None) -> None:
        self.api = api
        self.operator = api.as_("operator", regions=[REGION], person=person)

    def by(self, person: str) -> "Lending":
        """The same office, where the token says who sits there."""
        return Lending(self.api, person)

    async def fund(
        self,
        settings: Json | None = NO_LIMITS,
        contributions: Iterable[tuple[Json, int, str]] = ((REGION_COUNCIL, 80_000_00, "2020-01-01"),),
        **more: Any,
    ) -> Json:
        body = {
            "region": REGION,
            "name": f"Fonds {new_siren()}",
            "opened_on": "2020-01-01",
            "settings": settings,
            **more,
        }
        fund = answered(await self.operator.post("/v1/funds", json=body), 201)
        for funder, amount_cents, paid_on in contributions:
            await self.contribute(fund["id"], funder, amount_cents, paid_on)
        return fund

    async def contribute(self, fund_id: str, funder: Json, amount_cents: int, paid_on: str) -> Json:
        body = {"funder": funder, "convention": "C-1", "amount_cents": amount_cents, "paid_on": paid_on}
        response = await self.operator.post(f"/v1/funds/{fund_id}/contributions", json=body, headers=once())
        return answered(response, 201)

    def asking(self, fund_id: str, amount_cents: int = 8_000_00, months: int = 36, **changed: Any) -> Json:
        cae = new_siren()
        return {
            "fund_id": fund_id,
            "cae": {"siret": siret_of(cae), "name": "Graines d'Activité"},
            "entrepreneur": {
                "reference": "E0042",
                "given_name": "Inès",
                "family_name": "Maître",
                "contract": {"kind": "CESA", "started_on": "2019-05-15"},
            },
            "bank": {"iban": "FR76 3000 6000 0112 3456 7890 189", "holder": "Inès Maître"},
            "amount_cents": amount_cents,
            "months": months,
            "grace_months": 0,
            "purpose": "Un four de boulanger",
            **changed,
        }

    async def application(self, fund_id: str, **asked: Any) -> Json:
        body = self.asking(fund_id, **asked)
        return answered(await self.operator.post("/v1/applications", json=body), 201)

    async def under_review(self, fund_id: str, **asked: Any) -> Json:
        application = await self.application(fund_id, **asked)
        return await self.act(application["id"], "review", {})

    def approval(self, held_on: str = "2024-01-10", **changed: Any) -> Json:
        return {
            "outcome": "approved",
            "committee": {
                "held_on": held_on,
                "present": [
                    {"name": name, "organisation": "France Active"} for name in ("Ada", "Léo", "Zoé")
                ],
                "stood_aside": [],
                "votes_for": 3,
                "votes_against": 0,
            },
            **changed,
        }

    async def approved(self, fund_id: str, **asked: Any) -> Json:
        application = await self.under_review(fund_id, **asked)
        return await self.act(application["id"], "decision", self.approval())

    async def loan(
        self,
        fund_id: str,
        disbursed_on: str = "2024-01-31",
        first_tranche_cents: int | None = None,
        **asked: Any,
    ) -> Json:
        application = await self.approved(fund_id, **asked)
        await self.act(application["id"], "signature", {"signed_on": "2024-01-20"})
        body: Json = {"disbursed_on": disbursed_on, "reference": "VIR-1"}
        if first_tranche_cents is not None:
            body["amount_cents"] = first_tranche_cents
        return await self.act(application["id"], "disbursement", body, status=201)

    async def act(self, application_id: str, verb: str, body: Json, *, status: int = 200) -> Json:
        response = await self.operator.post(
            f"/v1/applications/{application_id}/{verb}", json=body, headers=once()
        )
        return answered(response, status)

    async def repay(
        self, loan_id: str, amount_cents: int, paid_on: str, *, status: int = 201, **more: Any
    ) -> Json:
        body = {"amount_cents": amount_cents, "paid_on": paid_on, "method": "transfer", "reference": "R"}
        body |= more
        response = await self.operator.post(f"/v1/loans/{loan_id}/repayments", json=body, headers=once())
        return answered(response, status)

    async def reverse(self, repayment_id: str, reversed_on: str, *, status: int = 201) -> Json:
        body = {"reversed_on": reversed_on, "reason": "Prélèvement rejeté"}
        response = await self.operator.post(
            f"/v1/repayments/{repayment_id}/reversal", json=body, headers=once()
        )
        return answered(response, status)

    async def write_off(self, loan_id: str, written_off_on: str, *, status: int = 200) -> Json:
        body = {"written_off_on": written_off_on, "reason": "Liquidation judiciaire"}
        response = await self.operator.post(f"/v1/loans/{loan_id}/write-off", json=body, headers=once())
        return answered(response, status)

    async def recover(self, loan_id: str, amount_cents: int, received_on: str, *, status: int = 201) -> Json:
        body = {"amount_cents": amount_cents, "received_on": received_on, "reference": "DIV"}
        response = await self.operator.post(f"/v1/loans/{loan_id}/recoveries", json=body, headers=once())
        return answered(response, status)

    async def of_loan(self, loan_id: str, verb: str, body: Json, *, status: int = 200) -> Json:
        """What is decided or noted of a loan's life: `rescheduling`, `tranches`, `move`..."""
        response = await self.operator.post(f"/v1/loans/{loan_id}/{verb}", json=body, headers=once())
        return answered(response, status)

    async def read(self, path: str, **query: Any) -> Json:
        return answered(await self.operator.get(f"/v1/{path}", params=query), 200)

    async def position(self, fund_id: str, as_of: str | None = None) -> Json:
        return await self.read(f"funds/{fund_id}/position", **({} if as_of is None else {"as_of": as_of}))

    async def differences(self) -> list[object]:
        """What `essor ledger verify` would find, of any fund: other tests' funds must be right too."""
        async with self.api.database.of_all_tenants(read_only=True) as session:
            return list((await verify_ledger(session, AUDITOR)).differences)


async def together(*calls: Any) -> list[httpx.Response]:
    return list(await asyncio.gather(*calls))


@pytest.fixture
async def lending(loans_api: Api) -> Lending:
    return Lending(loans_api)

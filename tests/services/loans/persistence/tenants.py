"""A region with its operator, its partner, a CAE and a funder of its own, with rows in every table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.access import Caller, Role
from services.kernel.identifiers import Siren
from services.runtime.database.transactions import Database
from tests.api import Api, once
from tests.factories.capital import new_siren, siret_of
from tests.services.loans.conftest import NO_LIMITS, Json, Lending, answered

Row = Mapping[str, Any]

OF_DOSSIERS = (
    "applications",
    "decisions",
    "conditions",
    "loans",
    "instalments",
    "repayments",
    "reversals",
    "recoveries",
)
OF_COMMITTEES = (
    "committee_members",
    "standing_members",
    "committee_sessions",
    "session_members",
    "session_items",
)
OF_FUNDS = (
    "funds",
    "fund_settings",
    "funders",
    "contributions",
    "pledges",
    "planned_payments",
    "withdrawals",
    "loan_shares",
    "journal_entries",
    "postings",
)
TABLES = (*OF_DOSSIERS, *OF_COMMITTEES, *OF_FUNDS, "idempotency_keys")


@dataclass(frozen=True)
class Tenant:
    lending: Lending
    region: str
    cae: Siren
    funder: Siren
    fund_id: UUID
    loan: Json
    promised: Json

    @property
    def client(self) -> str:
        return f"client of {self.fund_id}"

    def caller(self, role: Role, client: str | None = None) -> Caller:
        match role:
            case Role.OPERATOR | Role.PARTNER:
                return Caller(role, client or self.client, frozenset({self.region}))
            case Role.CAE:
                return Caller(role, client or self.client, siren=self.cae)
            case Role.FUNDER:
                return Caller(role, client or self.client, siren=self.funder)
            case Role.ADMIN:
                return Caller(role, client or self.client)


async def make_tenant(api: Api, region: str) -> Tenant:
    """Loans repaid, bounced, lost and recovered, and an offer that waits for its signature."""
    lending = Lending(api)
    lending.operator = api.as_("operator", regions=[region])
    cae, funder = Siren(new_siren()), Siren(new_siren())
    body = {
        "region": region,
        "name": f"Fonds {funder}",
        "opened_on": "2020-01-01",
        "settings": NO_LIMITS,
    }
    fund = answered(await lending.operator.post("/v1/funds", json=body), 201)
    for siren in (funder, new_siren()):
        paying = {"siren": siren, "name": f"Financeur {siren}", "kind": "other"}
        pledged = {
            "funder": paying,
            "convention": "C-1",
            "amount_cents": 30_000_00,
            "signed_on": "2020-01-01",
            "planned_payments": [{"due_on": "2020-01-01", "amount_cents": 30_000_00}],
        }
        path = f"/v1/funds/{fund['id']}"
        answered(await lending.operator.post(f"{path}/pledges", json=pledged, headers=once()), 201)
        await lending.contribute(fund["id"], paying, 20_000_00, "2020-01-01")
        taken = {
            "funder": siren,
            "amount_cents": 1,
            "withdrawn_on": "2020-01-02",
            "reference": "V",
            "reason": "R",
        }
        answered(await lending.operator.post(f"{path}/withdrawals", json=taken, headers=once()), 201)
    whose = {"siret": siret_of(cae), "name": "Oxygène"}
    loan = await lending.loan(fund["id"], cae=whose, amount_cents=2_000_01)
    repayment = await lending.repay(loan["id"], 100_00, "2024-03-01")
    await lending.reverse(repayment["id"], "2024-03-10")
    await lending.repay(loan["id"], 60_00, "2024-03-11")
    lost = await lending.loan(fund["id"], cae=whose, amount_cents=1_000_00)
    await lending.write_off(lost["id"], "2024-04-15")
    await lending.recover(lost["id"], 60_01, "2024-05-10")
    await lending.loan(fund["id"], amount_cents=1_000_00)  # of another CAE
    asked = await lending.under_review(fund["id"], cae=whose, amount_cents=3_000_00)
    approval = lending.approval(conditions=["Assurance"])
    promised = await lending.act(asked["id"], "decision", approval)
    await plan_session(lending, fund["id"], whose)
    tenant = Tenant(lending, region, cae, funder, UUID(fund["id"]), loan, promised)
    signed = api.as_("operator", regions=[region], client=tenant.client)
    again = {**body, "name": f"Autre fonds {funder}"}
    answered(await signed.post("/v1/funds", json=again, headers=once()), 201)
    return tenant


async def plan_session(lending: Lending, fund_id: str, cae: Json) -> None:
    """With a standing member, and an application on its agenda."""
    application = await lending.under_review(fund_id, cae=cae, amount_cents=500_00)
    member = {"name": "Ada", "organisation": "France Active", "from_on": "2020-01-01"}
    for path, body in (
        (f"funds/{fund_id}/committee-members", member),
        ("committee-sessions", {"fund_id": fund_id, "held_on": "2024-02-10"}),
    ):
        made = answered(await lending.operator.post(f"/v1/{path}", json=body), 201)
    agenda = {"application_ids": [application["id"]]}
    path = f"/v1/committee-sessions/{made['id']}/agenda"
    answered(await lending.operator.post(path, json=agenda), 200)


async def rows(database: Database, caller: Caller | None, table: str) -> list[Row]:
    """Everything that a query without any filter finds; None is the system."""
    begun = database.of_all_tenants() if caller is None else database.transaction(caller)
    async with begun as session:
        return [dict(row._mapping) for row in await session.execute(text(f"SELECT * FROM loans.{table}"))]

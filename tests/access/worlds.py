"""Tenants with a dossier of each kind, every word of which carries the tenant's own mark.

Whatever a stranger is answered, the mark must not be in it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.api import once
from tests.factories import capital as bodies
from tests.factories.capital import new_siren, siret_of
from tests.factories.portfolio import loan_row, loans_file, repayments_file

Json = dict[str, Any]
Clients = Callable[..., httpx.AsyncClient]
"""`clients(service, role, **who)`: a client of a running service, with that role's token."""

PERSONAL = (
    "Prénom {mark}",
    "Nom {mark}",
    "{small}@exemple.fr",
    "12345678",
    "1980-02-03",
    "1 rue {mark}",
    "Titulaire {mark}",
    "Membre {mark}",
    "Objet {mark}",
    "Condition {mark}",
    "Motif {mark}",
)


async def done(response: httpx.Response) -> Json:
    assert response.is_success, f"{response.request.method} {response.request.url}: {response.text}"
    content = response.json()
    assert isinstance(content, dict)
    return content


@dataclass
class Tenant:
    """An operator's region, a CAE with dossiers in it, a funder of its fund and scheme."""

    clients: Clients
    region: str
    mark: str = field(default_factory=lambda: f"Marque-{uuid4().hex}")
    cae: str = field(default_factory=new_siren)
    funder: str = field(default_factory=new_siren)
    fund_id: str = ""
    scheme_id: str = ""
    people: int = 0
    reference: str = ""
    close: Callable[[str], Awaitable[None]] | None = None
    """Closes the next day of a region's loans, where the database is at hand."""
    made: set[str] = field(default_factory=set)
    webhooks: dict[tuple[str, str], str] = field(default_factory=dict)
    _facts: dict[str, str] = field(default_factory=dict)

    def who(self, role: str) -> Json:
        """What narrows a token of that role to this tenant."""
        match role:
            case "operator" | "partner":
                return {"regions": [self.region]}
            case "cae":
                return {"siren": self.cae}
            case "funder":
                return {"siren": self.funder}
        return {}

    def as_(self, service: str, role: str) -> httpx.AsyncClient:
        return self.clients(service, role, **self.who(role))

    async def post(self, service: str, path: str, body: Json, role: str = "operator") -> Json:
        made = await done(await self.as_(service, role).post(f"/v1{path}", json=body, headers=once()))
        if "id" in made:
            self.made.add(made["id"])
        return made

    async def facts(self) -> dict[str, str]:
        """The ids of a dossier of each kind, made once."""
        if not self._facts:
            from tests.access import committees, de_minimis_calls, follow_up_calls  # noqa: PLC0415 - of tenants

            self.reference = f"{self.mark}-both"  # one person for loans and capital
            session = (await committees.closed(self)).session
            loan = await self.loan()
            await self.post("loans", f"/loans/{loan}/repayments", self.repayment_body())
            await self.post("loans", f"/loans/{loan}/repayment-declarations", self.repayment_body(), "cae")
            await self.promised(await self.contacted(loan))
            event = {"kind": "insolvency", "on": "2024-06-01", "note": f"Procédure {self.mark}"}
            await self.post("loans", f"/loans/{loan}/borrower-events", event)
            read = await done(await self.as_("loans", "operator").get(f"/v1/loans/{loan}"))
            unfit = {"draft": True, "amount_cents": 1, "months": 600, "purpose": None}
            await self.post("loans", "/applications", {**await self.application_body(), **unfit})
            payment = await self.paid(await self.scheme())
            await follow_up_calls.followed_and_taken_back(self, payment["top_up_ids"][0])
            await de_minimis_calls.declared(self)
            self._facts = {
                "loan": loan,
                "session": session,
                "fund": await self.fund(),
                "entrepreneur": read["entrepreneur"]["id"],
                "cae": self.cae,
                "funder": self.funder,
                "region": self.region,
                "scheme": await self.scheme(),
                "top_up": payment["top_up_ids"][0],
            }
            self.made.add(self._facts["entrepreneur"])
            self.reference = ""
        return self._facts

    def traces_in(self, text: str) -> list[str]:
        """The tenant's words and ids that stand in an answer."""
        return [trace for trace in (self.mark, self.mark.lower(), *self.made) if trace in text]

    def names_in(self, text: str) -> list[str]:
        """What only who may know the borrower reads: names, contacts, bank account, free texts."""
        return [trace for trace in PERSONAL if trace.format(mark=self.mark, small=self.mark.lower()) in text]

    def person(self) -> Json:
        self.people += 1
        return {
            "reference": self.reference or f"{self.mark}-{self.people}",
            "given_name": f"Prénom {self.mark}",
            "family_name": f"Nom {self.mark}",
            "email": f"{self.mark.lower()}@exemple.fr",
            "phone": "+33 6 12 34 56 78",
            "birth_date": "1980-02-03",
            "address": f"1 rue {self.mark}",
            "contract": {"kind": "CESA", "started_on": "2023-12-15"},
        }

    @property
    def company(self) -> Json:
        return {"siret": siret_of(self.cae), "name": f"CAE {self.mark}"}

    def webhook_body(self) -> Json:
        return {"url": f"https://93.184.216.34/{self.mark}", "description": f"Logiciel {self.mark}"}

    async def webhook(self, service: str, role: str) -> str:
        """One for each role: their number is limited."""
        before = self.webhooks.get((service, role))
        if before is not None:
            await self.as_(service, role).post(f"/v1/webhooks/{before}/revocation", json={}, headers=once())
        made = str((await self.post(service, "/webhooks", self.webhook_body(), role))["id"])
        self.webhooks[service, role] = made
        return made

    # Loans

    def fund_body(self) -> Json:
        return {
            "region": self.region,
            "name": f"Fonds {self.mark} {uuid4().hex[:6]}",
            "opened_on": "2020-01-01",
            "settings": {"quorum": 1, "target_shares": [{"kind": "region", "percent": 20}]},
        }

    def contribution_body(self) -> Json:
        return {
            "funder": {"siren": self.funder, "name": f"Financeur {self.mark}", "kind": "region"},
            "convention": f"Convention {self.mark}",
            "amount_cents": 900_000_00,
            "paid_on": "2020-02-01",
        }

    async def fund(self) -> str:
        if not self.fund_id:
            made = await self.post("loans", "/funds", self.fund_body())
            await self.post("loans", f"/funds/{made['id']}/contributions", self.contribution_body())
            self.fund_id = made["id"]
        return self.fund_id

    def pledge_body(self) -> Json:
        return {
            "funder": self.contribution_body()["funder"],
            "convention": f"Convention {uuid4().hex[:6]} {self.mark}",
            "amount_cents": 900_000_00,
            "signed_on": "2020-01-15",
        }

    def withdrawal_body(self) -> Json:
        return {
            "funder": self.funder,
            "amount_cents": 1,
            "withdrawn_on": "2024-06-01",
            "reference": f"Virement {self.mark}",
            "reason": f"Fin {self.mark}",
        }

    async def pledged_fund(self) -> str:
        await self.post("loans", f"/funds/{await self.fund()}/pledges", self.pledge_body())
        return await self.fund()

    def portfolio(self) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
        """The form and the files of an import of one loan, in a fund of its own."""
        row = loan_row(cae=self.company["name"], siret=self.company["siret"], family_name=f"Nom {self.mark}")
        files = {"loans": ("prets.csv", loans_file(row)), "repayments": ("r.csv", repayments_file())}
        return {"region": self.region, "fund": self.fund_body()["name"]}, files

    async def imported_fund(self) -> str:
        """A fund whose one loan nobody bore before its funder paid in."""
        form, files = self.portfolio()
        imported = await done(
            await self.as_("loans", "operator").post(
                "/v1/imports/loans", data=form, files=files, headers=once()
            )
        )
        fund_id = str(imported["fund_id"])
        await self.post("loans", f"/funds/{fund_id}/contributions", self.contribution_body())
        return fund_id

    async def application_body(self) -> Json:
        return {
            "fund_id": await self.fund(),
            "cae": self.company,
            "entrepreneur": self.person(),
            "bank": {"iban": "FR76 3000 6000 0112 3456 7890 189", "holder": f"Titulaire {self.mark}"},
            "amount_cents": 3_000_00,
            "months": 30,
            "grace_months": 0,
            "purpose": f"Objet {self.mark}",
        }

    def decision_body(self) -> Json:
        member = {"name": f"Membre {self.mark}", "organisation": f"Organisme {self.mark}"}
        committee = {
            "held_on": "2024-01-10",
            "present": [member],
            "stood_aside": [],
            "votes_for": 1,
            "votes_against": 0,
        }
        return {"outcome": "approved", "committee": committee, "conditions": [f"Condition {self.mark}"]}

    async def application(self, *verbs: str) -> str:
        made = await self.post("loans", "/applications", await self.application_body())
        given = {"decision": self.decision_body(), "signature": {"signed_on": "2024-01-20"}}
        for verb in verbs:
            await self.post("loans", f"/applications/{made['id']}/{verb}", given.get(verb, {}))
        return str(made["id"])

    async def signed(self) -> str:
        """An offer of which nothing holds the payment back any more."""
        application = await self.application("review", "decision", "signature")
        read = await done(await self.as_("loans", "operator").get(f"/v1/applications/{application}"))
        for condition in read["conditions"]:
            body = {"lifted_on": "2024-01-20", "evidence": f"Motif {self.mark}"}
            await self.post(
                "loans", f"/applications/{application}/conditions/{condition['id']}/lifting", body
            )
        return application

    async def loan(self) -> str:
        body = {"disbursed_on": "2024-01-31", "reference": f"Virement {self.mark}"}
        return str(
            (await self.post("loans", f"/applications/{await self.signed()}/disbursement", body))["id"]
        )

    async def begun(self) -> str:
        """A loan of which only a first tranche has left."""
        body = {"disbursed_on": "2024-01-31", "reference": f"Virement {self.mark}", "amount_cents": 100_00}
        return str(
            (await self.post("loans", f"/applications/{await self.signed()}/disbursement", body))["id"]
        )

    def repayment_body(self) -> Json:
        return {
            "amount_cents": 100_00,
            "paid_on": "2024-03-01",
            "method": "transfer",
            "reference": f"Versement {self.mark}",
        }

    async def repayment(self) -> str:
        made = await self.post("loans", f"/loans/{await self.loan()}/repayments", self.repayment_body())
        return str(made["id"])

    def batch_body(self, loan: str) -> Json:
        remittance = {
            "reference": f"Virement groupé {self.mark} {uuid4().hex[:6]}",
            "received_on": "2024-03-04",
            "total_cents": 100_00,
        }
        return {"items": [{"loan_id": loan, **self.repayment_body()}], "remittance": remittance}

    async def remittance(self) -> str:
        body = self.batch_body(await self.loan())
        made = await self.post("loans", "/repayments/batch", body)
        self.made.add(made["remittance"]["id"])
        return str(made["remittance"]["id"])

    async def declaration(self) -> str:
        path = f"/loans/{await self.loan()}/repayment-declarations"
        return str((await self.post("loans", path, self.repayment_body(), "cae"))["id"])

    def contact_body(self) -> Json:
        return {"contacted_on": "2024-03-05", "channel": "phone", "note": f"Motif {self.mark}"}

    async def contacted(self, loan: str = "") -> str:
        """The loan, not the contact: it is by their loan that contacts are read."""
        loan = loan or await self.loan()
        await self.post("loans", f"/loans/{loan}/contacts", self.contact_body())
        return loan

    def promise_body(self) -> Json:
        days = {"promised_on": "2024-03-05", "due_on": "2024-03-31"}
        return {**days, "amount_cents": 10_00, "note": f"Motif {self.mark}"}

    async def promised(self, loan: str = "") -> str:
        loan = loan or await self.loan()
        await self.post("loans", f"/loans/{loan}/promises", self.promise_body())
        return loan

    async def reminder(self) -> str:
        loan = await self.loan()
        assert self.close is not None
        await self.close(self.region)
        found = await done(await self.as_("loans", "operator").get(f"/v1/reminders?loan_id={loan}"))
        self.made.add(found["items"][0]["id"])
        return str(found["items"][0]["id"])

    async def written_off(self) -> str:
        loan = await self.loan()
        body = {"written_off_on": "2025-01-31", "reason": f"Motif {self.mark}"}
        await self.post("loans", f"/loans/{loan}/write-off", body)
        return loan

    # Capital

    def version_body(self, **changed: Any) -> Json:
        share = {"siren": self.funder, "name": f"Financeur {self.mark}", "share_percent": 100}
        helped = {"criterion": "rsa", "label": "Bénéficiaire du RSA", "ceiling_cents": 3_000_00}
        rules: Json = {"funders": [share], "priority_groups": [helped], "follow_up_months": [1, 36]}
        return bodies.version(**(rules | changed))

    def scheme_body(self) -> Json:
        return {
            "region": self.region,
            "name": f"Dispositif {self.mark}",
            "authority": {"name": f"Conseil {self.mark}", "siret": siret_of(self.funder)},
            "version": self.version_body(),
        }

    async def scheme(self) -> str:
        if not self.scheme_id:
            self.scheme_id = (await self.post("capital", "/schemes", self.scheme_body()))["id"]
        return self.scheme_id

    async def fresh_scheme(self) -> str:
        """Its cap is whole: nothing was granted under it."""
        return str((await self.post("capital", "/schemes", self.scheme_body()))["id"])

    def top_up_body(self, scheme_id: str) -> Json:
        return {
            "scheme_id": scheme_id,
            "cae": self.company,
            "entrepreneur": self.person(),
            "subscribed_cents": 1_500_00,
            "paid_up_cents": 1_500_00,
            "paid_up_on": "2026-01-15",
        }

    async def top_up(self, scheme_id: str | None = None) -> str:
        body = self.top_up_body(scheme_id or await self.fresh_scheme())
        return str((await self.post("capital", "/top-ups", body))["id"])

    async def granted(self, scheme_id: str | None = None) -> str:
        made = await self.top_up(scheme_id)
        body = {"decided_on": "2026-02-01", "reference": f"Délibération {self.mark}"}
        await self.post("capital", f"/top-ups/{made}/grant", body)
        return made

    async def payment_body(self, scheme_id: str) -> Json:
        return {
            "cae": self.cae,
            "top_up_ids": [await self.granted(scheme_id)],
            "paid_on": "2026-03-01",
            "reference": f"Mandat {self.mark}",
        }

    async def paid(self, scheme_id: str | None = None) -> Json:
        scheme = scheme_id or await self.fresh_scheme()
        return await self.post("capital", f"/schemes/{scheme}/payments", await self.payment_body(scheme))


Tenants = dict[str, Tenant]
# Whose dossiers a role must not see: a CAE and a funder have neighbours in their own region.
STRANGERS = {
    "operator": ("abroad",),
    "partner": ("abroad",),
    "cae": ("neighbour", "abroad"),
    "funder": ("neighbour", "abroad"),
    "admin": (),
}

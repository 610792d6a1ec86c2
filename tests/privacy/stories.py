"""People whose every personal word is a mark, and the dossiers that both services make of them."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from stdnum import iban

from tests.api import once
from tests.factories import capital as bodies
from tests.factories.capital import new_siren, siret_of
from tests.factories.documents import PDF

Json = dict[str, Any]
LOANS_REGION, CAPITAL_REGION = "84", "75"


def _digits(length: int) -> str:
    return "".join(str(secrets.randbelow(10)) for _ in range(length))


def _account() -> str:
    """A French account whose number nobody else has."""
    rest = f"3000600001{_digits(13)}"
    return f"FR{iban.calc_check_digits(f'FR00{rest}')}{rest}"


@dataclass
class Person:
    """`mark` stands in every text about the person; what is no text is improbable by itself."""

    mark: str = field(default_factory=lambda: f"Marque{secrets.token_hex(6)}")
    siren: str = field(default_factory=new_siren)
    iban: str = field(default_factory=_account)
    phone: str = field(default_factory=lambda: f"+33 6 {_digits(8)}")
    born_on: str = field(
        default_factory=lambda: f"19{secrets.randbelow(20) + 11}-02-{secrets.randbelow(18) + 10}"
    )

    def word(self, of: str) -> str:
        return f"{of} {self.mark}"

    def marks(self) -> Iterator[str]:
        """As they would stand anywhere: in any case, with or without spaces."""
        yield self.mark.lower()
        yield self.iban.lower()
        yield self.iban[4:].lower()
        yield self.phone[-8:]
        yield self.born_on

    def found_in(self, text: str) -> list[str]:
        seen = text.lower().replace(" ", "")
        return [mark for mark in self.marks() if mark in seen]

    @property
    def reference(self) -> str:
        return self.word("Dossier")

    @property
    def cae(self) -> Json:
        return {"siret": siret_of(self.siren), "name": "Coopérative des Essais"}

    def entrepreneur(self) -> Json:
        return {
            "reference": self.reference,
            "given_name": self.word("Prénom"),
            "family_name": self.word("Nom"),
            "email": f"{self.mark}@exemple.fr",
            "phone": self.phone,
            "birth_date": self.born_on,
            "address": self.word("12 rue"),
            "contract": {"kind": "CESA", "started_on": "2012-03-01"},
        }

    def application(self, fund_id: str, **changed: Any) -> Json:
        return {
            "fund_id": fund_id,
            "cae": self.cae,
            "entrepreneur": self.entrepreneur(),
            "bank": {"iban": self.iban, "bic": "AGRIFRPP", "holder": self.word("Titulaire")},
            "amount_cents": 1_200_00,
            "months": 12,
            "grace_months": 0,
            "purpose": self.word("Un four pour"),
            "submitted_on": "2014-01-02",
            **changed,
        }

    def decision(self, outcome: str) -> Json:
        members = [{"name": self.word(name), "organisation": self.word("Chez")} for name in ("Ada", "Léo")]
        return {
            "outcome": outcome,
            "committee": {
                "held_on": "2014-01-10",
                "present": members,
                "stood_aside": [],
                "votes_for": 2 if outcome == "approved" else 0,
                "votes_against": 0 if outcome == "approved" else 2,
            },
            "conditions": [self.word("Sous condition")] if outcome == "approved" else [],
            "reason": self.word("Parce que"),
        }

    def top_up(self, scheme_id: str, **changed: Any) -> Json:
        return {
            "scheme_id": scheme_id,
            "cae": self.cae,
            "entrepreneur": self.entrepreneur(),
            "subscribed_cents": 1_500_00,
            "paid_up_cents": 1_500_00,
            "paid_up_on": "2014-01-15",
            "admitted_on": "2014-01-15",
            "requested_on": "2014-01-20",
            **changed,
        }


@dataclass
class Office:
    """What an operator does, in both services; `clients` by service, each with its token."""

    clients: dict[str, httpx.AsyncClient]
    fund_id: str = ""
    scheme_id: str = ""

    async def send(self, service: str, path: str, body: Json, key: str | None = None) -> httpx.Response:
        return await self.clients[service].post(f"/v1{path}", json=body, headers=once(key))

    async def post(self, service: str, path: str, body: Json, key: str | None = None) -> Json:
        response = await self.send(service, path, body, key)
        assert response.is_success, f"{path}: {response.text}"
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    async def read(self, service: str, path: str) -> Json:
        response = await self.clients[service].get(f"/v1{path}")
        assert response.is_success, f"{path}: {response.text}"
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    async def open(self) -> None:
        fund = {
            "region": LOANS_REGION,
            "name": f"Fonds {secrets.token_hex(4)}",
            "opened_on": "2012-01-02",
            "settings": {"quorum": 2},
        }
        self.fund_id = (await self.post("loans", "/funds", fund))["id"]
        for siren, kind, amount_cents in (
            ("200053767", "region", 80_000_00),
            ("120027016", "state", 20_000_00),
        ):
            contribution = {
                "funder": {"siren": siren, "name": "Financeur", "kind": kind},
                "convention": "2012",
                "amount_cents": amount_cents,
                "paid_on": "2012-02-01",
            }
            await self.post("loans", f"/funds/{self.fund_id}/contributions", contribution)
        scheme = bodies.scheme(region=CAPITAL_REGION, valid_from="2012-01-01", once_per_person=False)
        self.scheme_id = (await self.post("capital", "/schemes", scheme))["id"]

    async def application(self, person: Person, **changed: Any) -> str:
        return str(
            (await self.post("loans", "/applications", person.application(self.fund_id, **changed)))["id"]
        )

    async def drafted(self, person: Person) -> str:
        """With a document, a question and its answer; then left alone."""
        draft = await self.application(person, draft=True)
        sent = await self.clients["loans"].post(
            f"/v1/applications/{draft}/documents",
            files={"file": (f"{person.mark}.pdf", PDF)},
            data={"kind": "identity", "label": person.word("Pièce")},
        )
        assert sent.is_success, sent.text
        await self.act(draft, "questions", {"text": person.word("Et le devis de")})
        return draft

    async def withdrawn_draft(self, person: Person) -> str:
        draft = await self.drafted(person)
        body = {"reason": person.word("Plus besoin"), "withdrawn_on": "2014-02-01"}
        await self.act(draft, "withdrawal", body)
        return draft

    async def act(self, application_id: str, verb: str, body: Json) -> Json:
        return await self.post("loans", f"/applications/{application_id}/{verb}", body)

    async def refused(self, person: Person) -> str:
        dossier = await self.application(person)
        await self.act(dossier, "review", {})
        await self.act(dossier, "decision", person.decision("refused"))
        return dossier

    async def withdrawn(self, person: Person) -> str:
        dossier = await self.application(person)
        body = {"reason": person.word("Plus besoin"), "withdrawn_on": "2014-02-01"}
        await self.act(dossier, "withdrawal", body)
        return dossier

    async def approved(self, person: Person) -> str:
        dossier = await self.application(person)
        await self.act(dossier, "review", {})
        await self.act(dossier, "decision", person.decision("approved"))
        return dossier

    async def lift(self, dossier: str, person: Person) -> None:
        """Every condition of an offer."""
        for condition in (await self.read("loans", f"/applications/{dossier}"))["conditions"]:
            body = {"lifted_on": "2014-01-15", "evidence": person.word("Pièce de")}
            await self.act(dossier, f"conditions/{condition['id']}/lifting", body)

    async def held(self, person: Person) -> str:
        """A session that is closed, and that says a word of the person wherever it can."""
        dossier = await self.application(person)
        await self.act(dossier, "review", {})
        sitting = {"organisation": person.word("Chez"), "siren": "775684194"}
        standing = {**sitting, "name": person.word("Ada"), "from_on": "2012-01-02"}
        ada = await self.post("loans", f"/funds/{self.fund_id}/committee-members", standing)
        plan = {
            "fund_id": self.fund_id,
            "held_on": "2014-01-10",
            "member_ids": [ada["id"]],
            "members": [{**sitting, "name": person.word("Léo")}],
        }
        session = await self.post("loans", "/committee-sessions", plan)
        path = f"/committee-sessions/{session['id']}"
        await self.post("loans", f"{path}/agenda", {"application_ids": [dossier]})
        await self.post("loans", f"{path}/opening", {})
        attendance = [
            {"member_id": one["id"], "present": True, "represents": person.word("Pour")}
            for one in session["members"]
        ]
        await self.post("loans", f"{path}/attendance", {"attendance": attendance})
        vote = {"outcome": "refused", "votes_for": 0, "votes_against": 2}
        said = {"conditions": [person.word("Sous condition")], "reason": person.word("Parce que")}
        await self.post("loans", f"{path}/items/{dossier}/vote", {**vote, **said})
        await self.post("loans", f"{path}/closing", {})
        await self.post("loans", f"/committee-members/{ada['id']}/end", {"until_on": "2014-12-31"})
        return str(session["id"])

    async def declined(self, person: Person) -> str:
        dossier = await self.approved(person)
        await self.act(dossier, "decline", {"reason": person.word("Ailleurs"), "declined_on": "2014-02-01"})
        return dossier

    async def lent(self, person: Person) -> str:
        dossier = await self.approved(person)
        await self.lift(dossier, person)
        await self.act(dossier, "signature", {"signed_on": "2014-01-20"})
        paid = {"disbursed_on": "2014-01-31", "reference": person.word("VIR")}
        return str((await self.act(dossier, "disbursement", paid))["id"])

    async def repay(self, person: Person, loan: str, amount_cents: int, paid_on: str) -> str:
        body = {
            "amount_cents": amount_cents,
            "paid_on": paid_on,
            "method": "transfer",
            "reference": person.word("Virement de"),
        }
        return str((await self.post("loans", f"/loans/{loan}/repayments", body))["id"])

    async def repaid(self, person: Person) -> str:
        """With a repayment that bounced."""
        loan = await self.lent(person)
        bounced = await self.repay(person, loan, 100_00, "2014-02-28")
        body = {"reversed_on": "2014-03-05", "reason": person.word("Rejet de")}
        await self.post("loans", f"/repayments/{bounced}/reversal", body)
        await self.repay(person, loan, 1_000_01, "2014-12-31")
        await self.repay(person, loan, 199_99, "2015-01-31")
        return loan

    async def lost(self, person: Person) -> str:
        loan = await self.lent(person)
        await self.repay(person, loan, 333_33, "2014-06-30")
        body: Json = {"written_off_on": "2016-01-31", "reason": person.word("Liquidation de")}
        await self.post("loans", f"/loans/{loan}/write-off", body)
        body = {"amount_cents": 50_01, "received_on": "2017-05-31", "reference": person.word("Dividende de")}
        await self.post("loans", f"/loans/{loan}/recoveries", body)
        return loan

    async def top_up(self, person: Person) -> str:
        """With the proof of the person's admission."""
        top_up = str((await self.post("capital", "/top-ups", person.top_up(self.scheme_id)))["id"])
        sent = await self.clients["capital"].post(
            f"/v1/top-ups/{top_up}/documents",
            files={"file": (f"{person.mark}.pdf", PDF)},
            data={"kind": "admission", "label": person.word("Pièce")},
        )
        assert sent.is_success, sent.text
        return top_up

    async def granted(self, person: Person) -> str:
        top_up = await self.top_up(person)
        body = {"decided_on": "2014-02-01", "reference": person.word("CP")}
        await self.post("capital", f"/top-ups/{top_up}/grant", body)
        return top_up

    async def refused_top_up(self, person: Person) -> str:
        top_up = await self.top_up(person)
        body = {"reason": person.word("Non libéré"), "decided_on": "2014-02-01"}
        await self.post("capital", f"/top-ups/{top_up}/refusal", body)
        return top_up

    async def withdrawn_top_up(self, person: Person) -> str:
        top_up = await self.top_up(person)
        body = {"reason": person.word("Départ de")}
        await self.post("capital", f"/top-ups/{top_up}/withdrawal", body)
        return top_up

    async def cancelled(self, person: Person) -> str:
        top_up = await self.granted(person)
        body = {"reason": person.word("Départ de"), "cancelled_on": "2014-03-01"}
        await self.post("capital", f"/top-ups/{top_up}/cancellation", body)
        return top_up

    async def paid(self, *people: Person) -> list[str]:
        """One payment for all of them: they are of one CAE."""
        top_ups = [await self.granted(person) for person in people]
        body = {
            "cae": people[0].siren,
            "top_up_ids": top_ups,
            "paid_on": "2014-04-01",
            "reference": "Mandat 2014-17",
        }
        await self.post("capital", f"/schemes/{self.scheme_id}/payments", body)
        return top_ups

    async def every_end(self, person: Person, other: Person) -> None:
        """A dossier of each kind that has ended in each way; `other` is paid in the same payment."""
        for end in (
            self.drafted,
            self.withdrawn_draft,
            self.refused,
            self.withdrawn,
            self.declined,
            self.repaid,
            self.lost,
        ):
            await end(person)
        await self.refused_top_up(person)
        await self.withdrawn_top_up(person)
        await self.cancelled(person)
        await self.paid(person, other)

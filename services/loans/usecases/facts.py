"""What is told of loans: whose each dossier is, and which of its values say what changed, none a person's."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from services.loans.domain.access import Act
from services.loans.domain.application import Application
from services.loans.domain.borrower import Borrower
from services.loans.domain.committee_session import CommitteeSession
from services.loans.domain.draft import Draft
from services.loans.domain.events import LoansEvent
from services.loans.domain.fund import Fund
from services.loans.domain.loan import Loan, LoanStatus
from services.loans.domain.remittance import Remittance
from services.loans.domain.repayment_declaration import RepaymentDeclaration
from services.loans.domain.terms import Terms
from services.runtime.history.facts import Dossier, Fact

Values = dict[str, Any]

# What a submission may hold of a person; whichever is given is named in the trail, and only named.
PERSON_FIELDS = ("reference", "given_name", "family_name", "email", "phone", "birth_date", "address")


def fund_dossier(fund: Fund) -> Dossier:
    return Dossier("fund", fund.id, fund.region)


def application_dossier(application: Application) -> Dossier:
    return Dossier("application", application.id, application.region, application.borrower.cae.siren)


def draft_dossier(draft: Draft) -> Dossier:
    """Not an application's: partners, who follow applications, know of no draft."""
    return Dossier("application_draft", draft.id, draft.region, draft.cae_siren)


def loan_dossier(loan: Loan) -> Dossier:
    return Dossier("loan", loan.id, loan.region, loan.borrower.cae.siren)


def fund_values(fund: Fund) -> Values:
    """Its rules, by the names that they have at the door; of its settings the last version."""
    dated = fund.versions[-1]
    values: Values = {
        "name": fund.name,
        "opened_on": fund.opened_on,
        "settings_version": dated.version,
        "valid_from": dated.valid_from,
    }
    for rules in (dated.settings, fund.access):
        values |= {field.name: _listed(getattr(rules, field.name)) for field in fields(rules)}
    return values


def terms_values(terms: Terms | None, prefix: str = "") -> Values:
    if terms is None:
        return {}
    return {f"{prefix}{field.name}": getattr(terms, field.name) for field in fields(terms)}


def personal_fields_of(borrower: Borrower) -> tuple[str, ...]:
    return tuple(name for name in PERSON_FIELDS if getattr(borrower, name) is not None)


def loan_values(loan: Loan) -> Values:
    """What movements change of a loan."""
    return {
        "status": loan.status,
        "repaid_cents": loan.repaid_cents,
        "outstanding_cents": loan.outstanding_cents,
        "written_off_cents": loan.written_off_cents,
        "recovered_cents": loan.recovered_cents,
    }


def opened_values(loan: Loan) -> Values:
    return {
        "number": loan.number,
        "fund_id": loan.fund_id,
        "application_id": loan.application_id,
        **terms_values(loan.terms),
        "principal_cents": loan.principal_cents,
        "disbursed_on": loan.disbursed_on,
        **loan_values(loan),
    }


def of_application(
    before: Application, after: Application, act: Act, event: LoansEvent | None, **more: Any
) -> Fact:
    """Its status, and what the act wrote beside it; the reason of its end is free text, and stands apart."""
    told = {"signed_on": after.signed_on, "ended_on": after.ended_on}
    changed = {name: value for name, value in told.items() if value != getattr(before, name)}
    return Fact(
        dossier=application_dossier(after),
        act=act,
        event=event,
        before={"status": before.status},
        after={"status": after.status, **changed, **more.pop("values", {})},
        **more,
    )


def of_draft(before: Draft | None, after: Draft, act: Act, event: LoansEvent, **more: Any) -> Fact:
    """That it changed, and the names of what did: nothing of a draft is anybody's but its CAE's."""
    return Fact(
        dossier=draft_dossier(after),
        act=act,
        event=event,
        before={} if before is None else {"status": before.status},
        after={"status": after.status, "fund_id": after.fund_id, **more.pop("values", {})},
        **more,
    )


def folder_dossier(dossier: Application | Draft) -> Dossier:
    """Of what belongs to an application from its draft on."""
    return draft_dossier(dossier) if isinstance(dossier, Draft) else application_dossier(dossier)


def of_loan(before: Loan, after: Loan, act: Act, event: LoansEvent, **more: Any) -> list[Fact]:
    """A movement; and the loan's own end or return, which those who follow loans wait for."""
    fact = Fact(
        dossier=loan_dossier(after),
        act=act,
        event=event,
        before=loan_values(before),
        after=loan_values(after) | more.pop("values", {}),
        **more,
    )
    turn = {
        (LoanStatus.ACTIVE, LoanStatus.REPAID): LoansEvent.LOAN_REPAID,
        (LoanStatus.REPAID, LoanStatus.ACTIVE): LoansEvent.LOAN_REOPENED,
    }.get((before.status, after.status))
    if turn is None:
        return [fact]
    turned = Fact(
        dossier=fact.dossier,
        act=act,
        event=turn,
        before={"status": before.status},
        after={"status": after.status},
    )
    return [fact, turned]


def of_declaration(
    before: RepaymentDeclaration | None, after: RepaymentDeclaration, act: Act, event: LoansEvent
) -> Fact:
    """Of its loan, which it says something about; the loan itself is as it was."""
    payment = after.payment
    said = {"amount_cents": payment.amount_cents, "paid_on": payment.paid_on, "method": payment.method}
    is_named = before is None and payment.reference is not None
    return Fact(
        dossier=Dossier("loan", after.loan_id, after.region, after.cae_siren),
        act=act,
        event=event,
        subject_id=after.id,
        before={} if before is None else {"status": before.status},
        after={"status": after.status, **(said if before is None else {"repayment_id": after.repayment_id})},
        personal_fields=("reference",) if is_named else (),
        note=after.ended_reason,
    )


def session_dossier(held: CommitteeSession) -> Dossier:
    return Dossier("committee_session", held.id, held.region)


def of_session(
    before: CommitteeSession | None, after: CommitteeSession, act: Act, event: LoansEvent | None, **more: Any
) -> Fact:
    """Its status and its figures: who sits, and what is said of whom, is no value of a trail."""
    said = {
        "status": after.status,
        "held_on": after.held_on,
        "members": len(after.members),
        "present": sum(member.presence.is_present for member in after.members),
        "items": len(after.items),
        "voted": sum(item.vote is not None for item in after.items),
    }
    return Fact(
        dossier=session_dossier(after),
        act=act,
        event=event,
        before={} if before is None else {"status": before.status},
        after={**said, **more.pop("values", {})},
        **more,
    )


def of_remittance(before: Remittance, after: Remittance) -> Fact:
    """What of a transfer was allocated; its repayments are told one by one, each of its loan."""
    return Fact(
        dossier=Dossier("remittance", after.id, after.region, after.cae_siren),
        act=Act.RECORD_REPAYMENT,
        before={"allocated_cents": before.allocated_cents},
        after={
            "received_on": after.received_on,
            "total_cents": after.total_cents,
            "allocated_cents": after.allocated_cents,
        },
    )


def of_imported(before: Loan | None, after: Loan) -> Fact:
    """One for each loan: what it was before Essor is told by its journal, not by events."""
    return Fact(
        dossier=loan_dossier(after),
        act=Act.IMPORT_LOANS,
        event=LoansEvent.LOAN_IMPORTED if before is None else None,
        before={} if before is None else loan_values(before),
        after=opened_values(after) if before is None else loan_values(after),
        personal_fields=personal_fields_of(after.borrower) if before is None else (),
    )


def _listed(value: Any) -> Any:
    """Words and numbers, in an order that stays the same."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return sorted(map(str, value))
    return value

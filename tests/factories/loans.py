"""Loans for the domain's tests: built by the domain itself, so that no test invents a state."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import entrepreneur_id, new_id, parse_siret
from services.loans.domain.application import Application
from services.loans.domain.borrower import Borrower, Cae
from services.loans.domain.ledger import Account, Entry, EntryKind, credited_parts
from services.loans.domain.life.facts import LoanFile
from services.loans.domain.life.movements import Credited, Movement, Payment, open_loan, repay, reverse
from services.loans.domain.repayment import PaymentMethod, Repayment
from services.loans.domain.terms import Terms

TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
ASKED = Terms(8_000_00, 36, 0)
SIRET = parse_siret("97859284800342")
REGION_FUNDER, STATE_FUNDER, THIRD_FUNDER = (UUID(int=number) for number in (1, 2, 3))
EIGHTY_TWENTY = {REGION_FUNDER: 80_000_00, STATE_FUNDER: 20_000_00}


def euros(text: str) -> int:
    """`8 000.00` as cents, so that tables read like the paper."""
    whole, _, cents = text.replace(" ", "").partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0") or 0)


def day(text: str) -> date:
    return date.fromisoformat(text)


def borrower(reference: str = "E0042", *, member_since: date | None = None) -> Borrower:
    cae = Cae(SIRET, "Graines d'Activité")
    return Borrower(
        entrepreneur_id=entrepreneur_id(b"key", cae.siren, reference),
        cae=cae,
        reference=reference,
        given_name="Inès",
        family_name="Maître",
        contract=Contract(ContractKind.CESA, date(2019, 5, 15)),
        member_since=member_since,
    )


def application(asked: Terms = ASKED, submitted_on: date | None = None) -> Application:
    return Application(
        id=new_id(),
        fund_id=UUID(int=9),
        region="84",
        borrower=borrower(),
        asked=asked,
        purpose="Un four de boulanger",
        created_at=NOW,
        submitted_on=submitted_on,
    )


def disbursed(
    terms: Terms,
    disbursed_on: date,
    paid_in_cents: dict[UUID, int] | None = None,
    *,
    grace_included: bool = True,
) -> Movement:
    return open_loan(
        fund_id=UUID(int=9),
        region="84",
        number="PH-84-0001",
        borrower=borrower(),
        terms=terms,
        grace_included=grace_included,
        disbursed_on=disbursed_on,
        paid_in_cents=EIGHTY_TWENTY if paid_in_cents is None else paid_in_cents,
        created_at=NOW,
    )


def pay(file: LoanFile, amount_cents: int, paid_on: date) -> Movement:
    return repay(file, Payment(amount_cents, paid_on, PaymentMethod.TRANSFER), today=TODAY)


def take_back(file: LoanFile, repayment: Repayment, journal: Sequence[Entry], reversed_on: date) -> Movement:
    original = next(
        entry for entry in journal if entry.kind is EntryKind.REPAYMENT and entry.repayment_id == repayment.id
    )
    return reverse(
        file,
        repayment,
        Credited(original.id, credited_parts(original.postings)),
        reversed_on=reversed_on,
        reason="prélèvement rejeté",
        today=TODAY,
    )


def balance(journal: Sequence[Entry], account: Account, funder_id: UUID | None = None) -> int:
    return sum(
        posting.amount_cents
        for entry in journal
        for posting in entry.postings
        if posting.account is account and funder_id in {None, posting.funder_id}
    )

"""A loan's file as rows of its tables, the same for one movement and for a whole portfolio."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from services.loans.domain.ledger import Entry
from services.loans.domain.life.facts import LoanFile, Recovery, in_order_from
from services.loans.domain.life.versions import ScheduleVersion, versions_of
from services.loans.domain.loan import Loan
from services.loans.domain.repayment import Repayment
from services.loans.persistence.borrower_columns import borrower_values

Values = dict[str, object]


@dataclass(frozen=True, slots=True)
class Relaid:
    """Versions from `first` on; `ends` where some of those numbers were in use."""

    loan: Loan
    first: int
    ends: bool
    versions: Sequence[ScheduleVersion]


@dataclass(frozen=True, slots=True)
class FileChange:
    """What to write of a file: `before` is as it was locked, None for a loan that is new."""

    before: LoanFile | None
    after: LoanFile
    entries: Sequence[Entry]

    @property
    def new_repayments(self) -> Sequence[Repayment]:
        return self.after.repayments[len(self.before.repayments) if self.before else 0 :]

    @property
    def new_reversals(self) -> Sequence[Repayment]:
        """Repayments, each with a reversal that is not yet kept."""
        before = self.before.repayments if self.before else ()
        known = {repayment.id for repayment in before if repayment.reversal}
        return [
            repayment
            for repayment in self.after.repayments
            if repayment.reversal is not None and repayment.id not in known
        ]

    def relaid(self) -> "Relaid | None":
        """The schedules that the movement adds, lays out anew or puts an end to; None where it does not."""
        before, after = self.before, self.after
        if before and before.original == after.original and not after.is_rearranged:
            return None
        old = versions_of(before) if before else ()
        new = versions_of(after)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
        if same == len(old) == len(new):
            return None
        return Relaid(after.loan, same + 1, ends=len(old) > same, versions=new[same:])

    @property
    def new_recoveries(self) -> Sequence[Recovery]:
        return self.after.recoveries[len(self.before.recoveries) if self.before else 0 :]


def loan_values(file: LoanFile) -> Values:
    loan = file.loan
    return {
        **borrower_values(loan.borrower, loan.region),
        "id": loan.id,
        "fund_id": loan.fund_id,
        "application_id": loan.application_id,
        "number": loan.number,
        "granted_cents": loan.terms.amount_cents,
        "instalment_count": loan.instalment_count,
        "months": loan.terms.months,
        "grace_months": loan.terms.grace_months,
        "disbursed_on": loan.disbursed_on,
        "settings_version": loan.settings_version,
        "reference": loan.reference,
        "created_at": loan.created_at,
        **balance_values(file),
    }


def balance_values(file: LoanFile) -> Values:
    """What movements change of a loan."""
    loan = file.loan
    return {
        "principal_cents": loan.principal_cents,
        "schedule_version": loan.schedule_version,
        "next_due_on": loan.next_due_on,
        "in_order_from": in_order_from(file),
        "status": loan.status.value,
        "repaid_cents": loan.repaid_cents,
        "written_off_cents": loan.written_off_cents,
        "recovered_cents": loan.recovered_cents,
        "written_off_on": loan.written_off_on,
        "written_off_reason": loan.written_off_reason,
        "written_off_cause": loan.written_off_cause and loan.written_off_cause.value,
    }


def stay_values(file: LoanFile) -> Values:
    """The CAE of a loan that is new hosts its borrower from the disbursement on."""
    loan = file.loan
    return {
        **_of_loan(loan),
        "rank": 1,
        "cae_siret": loan.borrower.cae.siret,
        "cae_name": loan.borrower.cae.name,
        "entrepreneur_id": loan.borrower.entrepreneur_id,
        "from_on": loan.disbursed_on,
    }


def version_values(loan: Loan, version: ScheduleVersion) -> Values:
    return {
        **_of_loan(loan),
        "version": version.version,
        "effective_on": version.effective_on,
        "cause": version.cause.value,
        "fact_id": version.fact_id,
    }


def instalment_values(loan: Loan, version: ScheduleVersion) -> list[Values]:
    of_loan = _of_loan(loan)
    return [
        {
            **of_loan,
            "version": version.version,
            "rank": instalment.rank,
            "due_on": instalment.due_on,
            "amount_cents": instalment.amount_cents,
            "cumulative_cents": instalment.cumulative_cents,
        }
        for instalment in version.schedule
    ]


def tranche_values(change: FileChange) -> list[Values]:
    """Ranks follow the order of recording, which is that of the file."""
    known = len(change.before.tranches) if change.before else 0
    return [
        {
            **_of_loan(change.after.loan),
            "id": tranche.id,
            "recorded_rank": rank,
            "amount_cents": tranche.amount_cents,
            "disbursed_on": tranche.disbursed_on,
            "reference": tranche.reference,
        }
        for rank, tranche in enumerate(change.after.tranches[known:], start=known + 1)
    ]


def schedule_change_values(change: FileChange) -> list[Values]:
    known = len(change.before.changes) if change.before else 0
    return [
        {
            **_of_loan(change.after.loan),
            "id": decided.id,
            "recorded_rank": rank,
            "kind": decided.kind.value,
            "effective_on": decided.on,
            "months": decided.months,
            "noticed_on": decided.noticed_on,
            "is_plan": decided.is_plan,
            "reason": decided.reason,
        }
        for rank, decided in enumerate(change.after.changes[known:], start=known + 1)
    ]


def tranche_end_values(change: FileChange) -> list[Values]:
    end = change.after.tranche_end
    if end is None or (change.before is not None and change.before.tranche_end is not None):
        return []
    return [{**_of_loan(change.after.loan), "ended_on": end.ended_on, "reason": end.reason}]


def event_values(change: FileChange) -> list[Values]:
    known = len(change.before.events) if change.before else 0
    return [
        {
            **_of_loan(change.after.loan),
            "id": event.id,
            "kind": event.kind.value,
            "occurred_on": event.on,
            "note": event.note,
        }
        for event in change.after.events[known:]
    ]


def share_values(file: LoanFile) -> list[Values]:
    return [
        {
            **_of_loan(file.loan),
            "funder_id": share.funder_id,
            "principal_cents": share.principal_cents,
            "weight_cents": share.weight_cents,
            "credited_cents": share.credited_cents,
            "lost_cents": share.lost_cents,
            "recovered_cents": share.recovered_cents,
        }
        for share in file.shares
    ]


def repayment_values(change: FileChange) -> list[Values]:
    of_loan = _of_loan(change.after.loan)
    return [
        {
            "id": repayment.id,
            **of_loan,
            "recorded_rank": repayment.recorded_rank,
            "amount_cents": repayment.amount_cents,
            "paid_on": repayment.paid_on,
            "method": repayment.method.value,
            "reference": repayment.reference,
            "early": repayment.early and repayment.early.value,
        }
        for repayment in change.new_repayments
    ]


def reversal_values(change: FileChange) -> list[Values]:
    return [
        {
            "id": repayment.reversal.id,
            **_of_loan(change.after.loan),
            "repayment_id": repayment.id,
            "amount_cents": repayment.amount_cents,
            "reversed_on": repayment.reversal.reversed_on,
            "reason": repayment.reversal.reason,
        }
        for repayment in change.new_reversals
        if repayment.reversal is not None
    ]


def recovery_values(change: FileChange) -> list[Values]:
    return [
        {
            "id": recovery.id,
            **_of_loan(change.after.loan),
            "amount_cents": recovery.amount_cents,
            "received_on": recovery.received_on,
            "reference": recovery.reference,
        }
        for recovery in change.new_recoveries
    ]


def _of_loan(loan: Loan) -> Mapping[str, object]:
    return {"loan_id": loan.id, "region": loan.region, "cae_siren": loan.borrower.cae.siren}

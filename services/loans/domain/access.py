"""Who may do what on loans, in one table. What a caller may see of it is narrowed by its scope."""

from enum import StrEnum

from services.kernel.access import Caller, Role


class Act(StrEnum):
    CREATE_FUND = "create_fund"
    RECORD_CONTRIBUTION = "record_contribution"
    DECLARE_FUNDERS = "declare_funders"
    READ_FUND = "read_fund"
    READ_POSITION = "read_position"
    READ_INDICATORS = "read_indicators"
    SUBMIT_APPLICATION = "submit_application"
    REVIEW_APPLICATION = "review_application"
    WITHDRAW_APPLICATION = "withdraw_application"
    DECIDE_APPLICATION = "decide_application"
    SIGN_OFFER = "sign_offer"
    DECLINE_OFFER = "decline_offer"
    READ_APPLICATION = "read_application"
    DISBURSE_LOAN = "disburse_loan"
    READ_LOAN = "read_loan"
    READ_JOURNAL = "read_journal"
    RECORD_REPAYMENT = "record_repayment"
    REVERSE_REPAYMENT = "reverse_repayment"
    WRITE_OFF_LOAN = "write_off_loan"
    RECORD_RECOVERY = "record_recovery"
    IMPORT_LOANS = "import_loans"


OPERATOR = frozenset({Role.OPERATOR})
OPERATOR_OR_CAE = frozenset({Role.OPERATOR, Role.CAE})

ALLOWED: dict[Act, frozenset[Role]] = {
    Act.CREATE_FUND: OPERATOR,
    Act.RECORD_CONTRIBUTION: OPERATOR,
    Act.DECLARE_FUNDERS: OPERATOR,
    Act.READ_FUND: frozenset(Role),
    Act.READ_POSITION: frozenset({Role.OPERATOR, Role.FUNDER, Role.PARTNER, Role.ADMIN}),
    Act.READ_INDICATORS: frozenset(Role),
    Act.SUBMIT_APPLICATION: OPERATOR_OR_CAE,
    Act.REVIEW_APPLICATION: OPERATOR,
    Act.WITHDRAW_APPLICATION: OPERATOR_OR_CAE,
    Act.DECIDE_APPLICATION: OPERATOR,
    Act.SIGN_OFFER: OPERATOR,
    Act.DECLINE_OFFER: OPERATOR_OR_CAE,
    Act.READ_APPLICATION: frozenset({Role.OPERATOR, Role.CAE, Role.ADMIN}),
    Act.DISBURSE_LOAN: OPERATOR,
    Act.READ_LOAN: frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN}),
    Act.READ_JOURNAL: frozenset({Role.OPERATOR, Role.CAE, Role.PARTNER, Role.ADMIN}),
    Act.RECORD_REPAYMENT: OPERATOR,
    Act.REVERSE_REPAYMENT: OPERATOR,
    Act.WRITE_OFF_LOAN: OPERATOR,
    Act.RECORD_RECOVERY: OPERATOR,
    Act.IMPORT_LOANS: OPERATOR,
}


def require(caller: Caller, act: Act) -> None:
    caller.require(ALLOWED[act], act.value)


def sees_names(caller: Caller) -> bool:
    """A partner reads across regions to follow loans, not people."""
    return caller.role in {Role.OPERATOR, Role.CAE, Role.ADMIN}

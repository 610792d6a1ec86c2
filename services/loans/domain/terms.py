"""The terms of a loan, asked or granted, and the fund's limits on them."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.kernel.contracts import Contract
from services.kernel.language import Text, Word
from services.kernel.refusals import InvalidInput
from services.loans.domain.refusals import (
    AmountAboveMaximum,
    AmountBelowMinimum,
    ContractNotEligible,
    DurationTooLong,
    DurationTooShort,
    GraceTooLong,
)
from services.loans.domain.target_shares import TargetShare, check_target_shares


@dataclass(frozen=True, slots=True)
class Terms:
    """`months` counts the grace where the fund says so (`grace_included`), else the instalments only."""

    amount_cents: int
    months: int
    grace_months: int


class EligibleContract(Word):
    """`MEMBER` is for funds that lend to members of the CAE only; `CESA` admits members too."""

    CAPE = "CAPE", "CAPE", "CAPE"
    CESA = "CESA", "CESA", "CESA"
    MEMBER = "MEMBER", "associé", "member"


@dataclass(frozen=True, slots=True)
class FundSettings:
    """None is no limit. A new fund that says nothing of its settings gets `DEFAULT_SETTINGS`."""

    min_amount_cents: int | None = None
    max_amount_cents: int | None = None
    min_months: int | None = None
    max_months: int | None = None
    max_grace_months: int | None = None
    eligible_contracts: frozenset[EligibleContract] | None = None
    max_outstanding_per_person_cents: int | None = None
    max_outstanding_per_cae_cents: int | None = None
    grace_included: bool = True
    lend_in_arrears: bool = True
    quorum: int = 3
    offer_days: int | None = 90
    target_shares: tuple[TargetShare, ...] = ()

    def __post_init__(self) -> None:
        check_target_shares(self.target_shares)
        for pointer, lowest, highest in (
            ("/settings/max_amount_cents", self.min_amount_cents, self.max_amount_cents),
            ("/settings/max_months", self.min_months, self.max_months),
        ):
            if lowest is not None and highest is not None and highest < lowest:
                raise InvalidInput(
                    pointer,
                    Text(
                        "le maximum ({highest}) est inférieur au minimum ({lowest})",
                        "the maximum ({highest}) is below the minimum ({lowest})",
                    ),
                    highest=highest,
                    lowest=lowest,
                )


DEFAULT_SETTINGS = FundSettings(
    min_amount_cents=1_000_00,
    max_amount_cents=8_000_00,
    min_months=12,
    max_months=60,
    max_grace_months=18,
)


def count_instalments(terms: Terms, *, grace_included: bool) -> int:
    """How many monthly instalments the terms make; refused as input when none is left after the grace."""
    count = terms.months - terms.grace_months if grace_included else terms.months
    if count < 1:
        raise InvalidInput(
            "/grace_months",
            Text(
                "{grace_months} mois de différé ne laissent aucune échéance sur {months} mois",
                "{grace_months} months of grace leave no instalment in {months} months",
            ),
            grace_months=terms.grace_months,
            months=terms.months,
        )
    if terms.amount_cents < count:
        raise InvalidInput(
            "/amount_cents",
            Text(
                "{amount_cents} ne se partagent pas en {count} échéances d'un centime au moins",
                "{amount_cents} does not make {count} instalments of a cent at least",
            ),
            amount_cents=terms.amount_cents,
            count=count,
        )
    return count


def check_terms(settings: FundSettings, terms: Terms) -> None:
    """The fund's limits on the amount, the duration and the grace, each with its own refusal."""
    count_instalments(terms, grace_included=settings.grace_included)
    amount_cents, months, grace_months = terms.amount_cents, terms.months, terms.grace_months
    if settings.min_amount_cents is not None and amount_cents < settings.min_amount_cents:
        raise AmountBelowMinimum(minimum_cents=settings.min_amount_cents, amount_cents=amount_cents)
    if settings.max_amount_cents is not None and amount_cents > settings.max_amount_cents:
        raise AmountAboveMaximum(maximum_cents=settings.max_amount_cents, amount_cents=amount_cents)
    if settings.min_months is not None and months < settings.min_months:
        raise DurationTooShort(minimum_months=settings.min_months, months=months)
    if settings.max_months is not None and months > settings.max_months:
        raise DurationTooLong(maximum_months=settings.max_months, months=months)
    if settings.max_grace_months is not None and grace_months > settings.max_grace_months:
        raise GraceTooLong(maximum_grace_months=settings.max_grace_months, grace_months=grace_months)


def check_contract(settings: FundSettings, contract: Contract, *, is_member: bool) -> None:
    eligible = settings.eligible_contracts
    if eligible is None or eligible.intersection(_admitted_as(contract, is_member=is_member)):
        return
    raise ContractNotEligible(
        eligible_contracts=sorted(eligible),
        contract=contract.kind,
        is_member=is_member,
    )


def _admitted_as(contract: Contract, *, is_member: bool) -> Iterator[EligibleContract]:
    yield EligibleContract(contract.kind.value)
    if is_member:
        yield EligibleContract.MEMBER
        yield EligibleContract.CESA

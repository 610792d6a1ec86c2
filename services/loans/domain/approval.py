"""Whether a fund may promise the money of an approval: decided on facts read under the fund's lock."""

from dataclasses import dataclass
from datetime import date

from services.loans.domain.refusals import (
    BorrowerInArrears,
    CaeLimitReached,
    FundShort,
    PersonLimitReached,
)
from services.loans.domain.terms import FundSettings


@dataclass(frozen=True, slots=True)
class FundFacts:
    """Exposure is what is outstanding plus what is approved and not yet disbursed, in this fund."""

    available_cents: int
    person_exposure_cents: int
    cae_exposure_cents: int
    person_arrears_cents: int


def check_approval(settings: FundSettings, facts: FundFacts, *, amount_cents: int, held_on: date) -> None:
    if amount_cents > facts.available_cents:
        raise FundShort(available_cents=facts.available_cents, amount_cents=amount_cents)
    if facts.person_arrears_cents > 0 and not settings.lend_in_arrears:
        raise BorrowerInArrears(arrears_cents=facts.person_arrears_cents, on=held_on)
    for limit_cents, exposure_cents, refusal in (
        (settings.max_outstanding_per_person_cents, facts.person_exposure_cents, PersonLimitReached),
        (settings.max_outstanding_per_cae_cents, facts.cae_exposure_cents, CaeLimitReached),
    ):
        if limit_cents is not None and exposure_cents + amount_cents > limit_cents:
            raise refusal(
                limit_cents=limit_cents,
                room_cents=max(0, limit_cents - exposure_cents),
                amount_cents=amount_cents,
            )

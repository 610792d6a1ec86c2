"""What became of a scheme's euros, for its operator or for one of its co-funders."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.capital.domain.payments import FunderPart, split_by_version
from services.capital.domain.schemes import Scheme
from services.kernel.identifiers import Siren


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeTotals:
    """What is awarded is what is paid and what is still to pay, whatever comes back of it later.

    `by_funder` is what each co-funder paid.
    """

    awarded_cents: int
    to_pay_cents: int
    paid_cents: int
    clawed_back_cents: int
    by_funder: tuple[FunderPart, ...]


def names_of_funders(scheme: Scheme) -> dict[Siren, str]:
    """In the order of the conventions."""
    return {funder.siren: funder.name for version in scheme.versions for funder in version.funders}


def share_of_funder(
    scheme: Scheme, siren: Siren, *, to_pay_cents: Mapping[UUID, int], paid_cents: int, clawed_back_cents: int
) -> SchemeTotals:
    """One co-funder's part of each figure. `to_pay_cents` is by version, whose shares bear it.

    It is split as one payment would be; the payments themselves, CAE by CAE, may move a cent.
    """
    shares = {version.id: version.funders for version in scheme.versions}
    parts = {part.siren: part.amount_cents for part in split_by_version(to_pay_cents, shares)}
    own_to_pay_cents = parts.get(siren, 0)
    return SchemeTotals(
        awarded_cents=paid_cents + own_to_pay_cents,
        to_pay_cents=own_to_pay_cents,
        paid_cents=paid_cents,
        clawed_back_cents=clawed_back_cents,
        by_funder=(FunderPart(siren, names_of_funders(scheme)[siren], paid_cents),),
    )

"""What is proven of a scheme's paid awards on a day, month by month of its rules: what funders miss most.

An award counts under each month that has come. Under each it is proven, or ended early (the person left, or
the capital went, before that month), or late: nobody said anything yet.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from services.kernel.identifiers import Siren

HUNDREDTHS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthProof:
    """`brought_cents` is the capital of those proven and ended, `kept_cents` what of it was there."""

    months: int
    due: int
    proven: int
    ended: int
    awarded_cents: int
    proven_cents: int
    brought_cents: int
    kept_cents: int

    @property
    def late(self) -> int:
        return self.due - self.proven - self.ended

    @property
    def kept_percent(self) -> float | None:
        """To the hundredth, halves up; None where nobody said anything yet."""
        if not self.brought_cents:
            return None
        return int(Fraction(self.kept_cents * HUNDREDTHS, self.brought_cents) + Fraction(1, 2)) / 100


@dataclass(frozen=True, slots=True)
class CaeProof:
    siren: Siren
    name: str
    months: tuple[MonthProof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOfUse:
    """`caes` in the order of their SIRENs; `months` adds them up."""

    scheme_id: UUID
    as_of: date
    months: tuple[MonthProof, ...]
    caes: tuple[CaeProof, ...]


def proof_of_use(scheme_id: UUID, as_of: date, caes: Iterable[CaeProof]) -> ProofOfUse:
    in_order = tuple(sorted(caes, key=lambda cae: cae.siren))
    by_month: dict[int, list[MonthProof]] = defaultdict(list)
    for cae in in_order:
        for proof in cae.months:
            by_month[proof.months].append(proof)
    months = tuple(_added(number, by_month[number]) for number in sorted(by_month))
    return ProofOfUse(scheme_id=scheme_id, as_of=as_of, months=months, caes=in_order)


def _added(months: int, proofs: Iterable[MonthProof]) -> MonthProof:
    proofs = list(proofs)
    return MonthProof(
        months=months,
        due=sum(proof.due for proof in proofs),
        proven=sum(proof.proven for proof in proofs),
        ended=sum(proof.ended for proof in proofs),
        awarded_cents=sum(proof.awarded_cents for proof in proofs),
        proven_cents=sum(proof.proven_cents for proof in proofs),
        brought_cents=sum(proof.brought_cents for proof in proofs),
        kept_cents=sum(proof.kept_cents for proof in proofs),
    )

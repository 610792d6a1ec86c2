from datetime import date
from uuid import UUID

import pytest

from services.capital.domain.proof_of_use import CaeProof, MonthProof, proof_of_use
from services.kernel.identifiers import Siren

SCHEME = UUID(int=1)


def proof(months: int, **changed: int) -> MonthProof:
    told = {
        "due": 4,
        "proven": 2,
        "ended": 1,
        "awarded_cents": 8_000_00,
        "proven_cents": 4_000_00,
        "brought_cents": 6_000_00,
        "kept_cents": 4_000_00,
    }
    return MonthProof(months=months, **(told | changed))


def test_what_is_neither_proven_nor_ended_is_late() -> None:
    assert proof(12).late == 1


@pytest.mark.parametrize(
    ("kept_cents", "brought_cents", "percent"),
    [
        (4_000_00, 6_000_00, 66.67),
        (1, 8_000, 0.01),
        (5, 100_000, 0.01),
        (6_000_00, 6_000_00, 100.0),
        (0, 0, None),
    ],
)
def test_the_share_kept_is_to_the_hundredth(
    kept_cents: int, brought_cents: int, percent: float | None
) -> None:
    assert proof(12, kept_cents=kept_cents, brought_cents=brought_cents).kept_percent == percent


def test_a_scheme_adds_its_caes_up_month_by_month() -> None:
    one = CaeProof(Siren("552100554"), "Une", (proof(12), proof(24, due=1, proven=1, ended=0)))
    other = CaeProof(Siren("320252489"), "Autre", (proof(12, due=2, proven=0, kept_cents=0),))

    whole = proof_of_use(SCHEME, date(2028, 1, 1), [one, other])

    assert whole.caes == (other, one)
    assert whole.months == (
        MonthProof(
            months=12,
            due=6,
            proven=2,
            ended=2,
            awarded_cents=16_000_00,
            proven_cents=8_000_00,
            brought_cents=12_000_00,
            kept_cents=4_000_00,
        ),
        proof(24, due=1, proven=1, ended=0),
    )

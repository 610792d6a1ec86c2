"""What may succeed what: chains have one end, circles none."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from services.capital.domain.refusals import CaeSucceeded, SuccessionCycle
from services.capital.domain.successions import (
    Succession,
    check_succession,
    last_successor,
    require_standing,
)
from services.kernel.identifiers import Siren, Siret
from services.kernel.refusals import DateInTheFuture, DatesOutOfOrder, InvalidInput

TODAY = date(2026, 6, 30)
A, B, C, D = (Siren(f"{letter * 9}") for letter in "1234")


def succession(of: Siren, by: Siren, effective_on: date = date(2026, 1, 1)) -> Succession:
    return Succession(
        id=uuid4(),
        region="75",
        from_siren=of,
        to_siren=by,
        to_siret=Siret(f"{by}00012"),
        to_name="Coopérative Héliotrope",
        effective_on=effective_on,
        reason="Fusion",
        top_ups=0,
        taken_cents=0,
        created_at=datetime(2026, 6, 30, tzinfo=UTC),
    )


def test_a_chain_leads_to_its_end() -> None:
    chain = [succession(A, B), succession(B, C)]

    assert [last_successor(chain, siren) for siren in (A, B, C, D)] == [C, C, C, D]
    require_standing(chain, C)
    with pytest.raises(CaeSucceeded) as refusal:
        require_standing(chain, A)
    assert (refusal.value.facts["cae_siren"], refusal.value.facts["successor_siren"]) == (A, C)


def test_two_may_merge_into_one_and_it_into_another() -> None:
    known = [succession(A, C), succession(B, C)]

    check_succession(known, succession(C, D), TODAY)


@pytest.mark.parametrize(
    ("known", "following", "refusal"),
    [
        ([], succession(A, A), InvalidInput),
        ([], succession(A, B, date(2026, 7, 1)), DateInTheFuture),
        ([succession(A, B)], succession(A, C), CaeSucceeded),
        ([succession(B, C)], succession(A, B), CaeSucceeded),
        ([succession(A, B)], succession(B, A), SuccessionCycle),
        ([succession(A, B), succession(B, C)], succession(C, A), SuccessionCycle),
        ([succession(A, B, date(2026, 3, 1))], succession(B, C, date(2026, 2, 28)), DatesOutOfOrder),
    ],
)
def test_what_cannot_follow_is_refused(
    known: list[Succession], following: Succession, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        check_succession(known, following, TODAY)


def test_a_chain_of_one_day_is_a_chain() -> None:
    check_succession([succession(A, B)], succession(B, C), TODAY)

"""A line in which nobody is passed, as an officer would check it on paper."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.awards import Reservation, Room, Rooms, Usage, rooms
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.refusals import CaeCapReached
from services.capital.domain.reserving import keep, kept_within_scale, wants_room
from services.capital.domain.schemes import FunderShare, Period, ReservesAt, Version
from services.capital.domain.top_ups import Cae, Entrepreneur, TopUp
from services.capital.domain.waiting import Line, find_place, promoted
from services.kernel.contracts import Contract, ContractKind
from services.kernel.identifiers import EntrepreneurId, Siren, Siret

TODAY = date(2026, 6, 15)
FIRST, SECOND = Siren("552100554"), Siren("320252489")
VERSION = Version(
    id=UUID(int=1),
    created_at=datetime(2020, 1, 1, tzinfo=UTC),
    valid_from=date(2020, 1, 1),
    floor_cents=1_000_00,
    ceiling_cents=2_000_00,
    cae_cap_cents=20_000_00,
    cap_period=Period.SCHEME,
    partial_awards=False,
    once_per_person=True,
    budget_cents=100_000_00,
    reserves_at=ReservesAt.REQUEST,
    waiting_list=True,
    funders=(FunderShare(Siren("200053759"), "Région Nouvelle-Aquitaine", Decimal(100)),),
)
REQUEST = TopUp(
    id=UUID(int=2),
    scheme_id=UUID(int=3),
    version_id=VERSION.id,
    region="75",
    cae=Cae(siret=Siret(f"{FIRST}00013"), siren=FIRST, name="Tournesol"),
    entrepreneur=Entrepreneur(
        id=EntrepreneurId(UUID(int=4)),
        reference="T-1",
        given_name="Awa",
        family_name="Le Goff",
        contract=Contract(ContractKind.CESA, date(2025, 3, 1)),
    ),
    subscribed_cents=2_000_00,
    paid_up_cents=2_000_00,
    paid_up_on=date(2026, 1, 15),
    admitted_on=None,
    requested_on=None,
    status=TopUpStatus.REQUESTED,
    entitlement_cents=2_000_00,
    award_cents=None,
    decided_on=None,
    decision_reference=None,
    reason=None,
    payment_id=None,
    membership_due_on=None,
    revision=1,
    created_at=datetime(2026, 6, 15, tzinfo=UTC),
)


def available(cap_used: int = 0, budget_used: int = 0, version: Version = VERSION) -> Rooms:
    return rooms(version, Usage({"scheme": cap_used * 100}, {"scheme": budget_used * 100}), TODAY)


def place(line: Line, *, cap_used: int = 0, budget_used: int = 0, cents: int = 2_000_00) -> TopUp:
    asked = replace(REQUEST, paid_up_cents=cents, entitlement_cents=cents)
    return find_place(VERSION, asked, available(cap_used, budget_used), line, TODAY)


def test_a_request_keeps_what_its_grant_would_take() -> None:
    kept = keep(VERSION, REQUEST, available(18_000, 0), TODAY)

    assert (kept.reservation, kept.status) == (Reservation(2_000_00, TODAY), TopUpStatus.REQUESTED)
    with pytest.raises(CaeCapReached):
        keep(VERSION, REQUEST, available(18_001, 0), TODAY)
    in_parts = replace(VERSION, partial_awards=True)
    assert keep(in_parts, REQUEST, available(18_700, 0), TODAY).reserved_cents == 1_300_00


@pytest.mark.parametrize(
    ("rules", "asked", "is_person_served", "wanted"),
    [
        ({}, {}, False, True),
        ({"reserves_at": ReservesAt.GRANT, "waiting_list": False}, {}, False, False),
        ({}, {}, True, False),
        ({"once_per_person": False}, {}, True, True),
        ({}, {"paid_up_cents": 999_99}, False, False),
        ({"request_window_months": 4}, {}, False, False),
        ({"request_window_months": 5}, {}, False, True),
        ({"min_membership_months": 12}, {}, False, False),
        ({"min_membership_months": 12}, {"admitted_on": date(2026, 6, 1)}, False, True),
    ],
)
def test_room_is_kept_for_what_may_be_granted_one_day(
    rules: dict[str, object], asked: dict[str, object], is_person_served: bool, wanted: bool
) -> None:
    version, top_up = replace(VERSION, **rules), replace(REQUEST, **asked)  # type: ignore[arg-type]

    assert wants_room(version, top_up, is_person_served=is_person_served, today=TODAY) is wanted


def test_what_is_kept_is_its_own_under_a_lowered_limit_and_within_a_smaller_scale() -> None:
    kept = Reservation(2_000_00, date(2025, 12, 31))

    assert rooms(VERSION, Usage({"scheme": 30_000_00}, {}), TODAY, kept).cap.left_cents == 2_000_00
    yearly = replace(VERSION, cap_period=Period.CALENDAR_YEAR)
    assert rooms(yearly, Usage({"2026": 30_000_00}, {}), TODAY, kept).cap.left_cents == 0
    keeping = replace(REQUEST, reserved_cents=2_000_00, reserved_on=TODAY, entitlement_cents=1_500_00)
    assert kept_within_scale(keeping).reserved_cents == 1_500_00


def test_who_waits_for_its_cap_keeps_its_own_cae_behind_and_no_other() -> None:
    line = Line()

    assert place(line, cap_used=19_000).status is TopUpStatus.WAITING
    assert (line.caes, line.is_for_budget) == ({FIRST}, False)
    assert line.is_before(FIRST, VERSION)
    assert not line.is_before(SECOND, VERSION)
    assert place(line, cap_used=19_000, cents=1_000_00).status is TopUpStatus.WAITING


def test_who_waits_for_the_budget_keeps_everybody_behind_who_needs_it() -> None:
    line = Line()

    assert place(line, budget_used=99_000).status is TopUpStatus.WAITING
    assert line.is_before(SECOND, VERSION)
    assert not line.is_before(SECOND, replace(VERSION, budget_cents=None))


def test_without_a_list_who_finds_no_room_is_refused() -> None:
    version = replace(VERSION, waiting_list=False)

    with pytest.raises(CaeCapReached):
        find_place(version, REQUEST, available(19_000, 0), Line(), TODAY)


def test_who_leaves_the_line_has_no_number_any_more() -> None:
    waiting = replace(REQUEST, status=TopUpStatus.WAITING, waiting_number=7)

    left = promoted(waiting, TODAY)

    assert (left.status, left.waiting_number, left.promoted_on) == (TopUpStatus.REQUESTED, None, TODAY)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(10, 20)), min_size=1, max_size=12),
    st.integers(0, 8_000),
    st.integers(0, 12_000),
)
def test_whoever_passes_took_nothing_that_somebody_before_waited_for(
    asked: list[tuple[bool, int]], cap: int, budget: int
) -> None:
    version = replace(VERSION, cae_cap_cents=cap * 100, budget_cents=budget * 100)
    used: dict[Siren, int] = {FIRST: 0, SECOND: 0}
    line, waiting = Line(), list[tuple[Siren, int]]()

    for is_first, hundreds in asked:
        siren, cents = (FIRST if is_first else SECOND), hundreds * 100_00
        request = replace(
            REQUEST, cae=replace(REQUEST.cae, siren=siren), paid_up_cents=cents, entitlement_cents=cents
        )
        left = Rooms(Room("scheme", cap * 100, used[siren]), Room("scheme", budget * 100, sum(used.values())))
        placed = find_place(version, request, left, line, TODAY)
        if placed.status is TopUpStatus.WAITING:
            waiting.append((siren, cents))
            continue
        used[siren] += placed.reserved_cents or 0
        # Nobody before is of the same CAE, and none of them would have fitted in its own cap.
        assert siren not in {before for before, _ in waiting}
        assert all(cents_before > cap * 100 - used[before] for before, cents_before in waiting[:1])

    assert max(used.values()) <= cap * 100
    assert sum(used.values()) <= budget * 100

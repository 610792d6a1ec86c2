from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capital.domain.awards import Reason, Usage
from services.capital.domain.claims import require_known_priority
from services.capital.domain.refusals import UnknownPriority
from services.capital.domain.schemes import ContributionBasis, FunderShare, Period, PriorityGroup, Version
from services.capital.domain.simulation import Contribution, Order, Simulation, simulate
from services.kernel.identifiers import Siren
from services.kernel.language import Language

TODAY = date(2026, 6, 15)
PAID_ON = date(2026, 5, 1)
VERSION = Version(
    id=UUID(int=1),
    created_at=datetime(2020, 1, 1, tzinfo=UTC),
    valid_from=date(2020, 1, 1),
    floor_cents=1_000_00,
    ceiling_cents=2_000_00,
    cae_cap_cents=20_000_00,
    cap_period=Period.SCHEME,
    partial_awards=True,
    once_per_person=True,
    funders=(FunderShare(Siren("200053759"), "Région Nouvelle-Aquitaine", Decimal(100)),),
)


def run(
    contributions: list[Contribution], used_cents: int = 0, awarded: frozenset[str] = frozenset()
) -> Simulation:
    usage = Usage(cap_used_cents={"scheme": used_cents})
    return simulate([VERSION], contributions, usage, references_served=awarded, decided_on=TODAY)


def test_each_line_gets_its_award_and_its_reason_in_the_order_given() -> None:
    simulation = run(
        [
            Contribution("A", 500_00, PAID_ON),
            Contribution("B", 3_000_00, PAID_ON),
            Contribution("C", 1_500_00, PAID_ON),
            Contribution("B", 1_000_00, PAID_ON),
            Contribution("D", 2_000_00, date(2019, 1, 1)),
            Contribution("E", 2_000_00, PAID_ON),
            Contribution("F", 1_000_00, PAID_ON),
            Contribution("G", 1_200_00, PAID_ON),
        ],
        used_cents=14_000_00,
        awarded=frozenset({"G"}),
    )

    assert [
        (
            line.contribution.reference,
            line.award.entitlement_cents,
            line.award.amount_cents,
            line.award.reason,
        )
        for line in simulation.awards
    ] == [
        ("A", 0, 0, Reason.BELOW_FLOOR),
        ("B", 2_000_00, 2_000_00, Reason.ABOVE_CEILING),
        ("C", 1_500_00, 1_500_00, None),
        ("B", 1_000_00, 0, Reason.ALREADY_AWARDED),
        ("D", 0, 0, Reason.NO_VERSION_IN_FORCE),
        ("E", 2_000_00, 2_000_00, None),
        ("F", 1_000_00, 0, Reason.CAE_CAP_REACHED),
        ("G", 1_200_00, 0, Reason.ALREADY_AWARDED),
    ]
    assert (simulation.room_before_cents, simulation.room_after_cents) == (6_000_00, 500_00)


def test_the_last_that_fits_in_part_takes_the_part() -> None:
    simulation = run([Contribution("A", 2_000_00, PAID_ON)], used_cents=18_700_00)

    award = simulation.awards[0].award
    assert (award.amount_cents, award.reason) == (1_300_00, Reason.CAE_CAP_REACHED)
    assert simulation.room_after_cents == 0


def test_each_contribution_follows_the_version_of_its_day() -> None:
    from_may = replace(
        VERSION, id=UUID(int=2), valid_from=date(2026, 5, 1), ceiling_cents=3_000_00, cae_cap_cents=5_000_00
    )
    contributions = [
        Contribution("A", 3_000_00, date(2026, 4, 30)),
        Contribution("B", 3_000_00, date(2026, 5, 1)),
    ]

    simulation = simulate([VERSION, from_may], contributions, Usage(), references_served=(), decided_on=TODAY)

    assert [line.award.amount_cents for line in simulation.awards] == [2_000_00, 3_000_00]
    assert (simulation.room_before_cents, simulation.room_after_cents) == (5_000_00, 0)


def test_who_is_late_or_no_member_gets_nothing_and_takes_no_room() -> None:
    strict = replace(
        VERSION,
        request_window_months=2,
        min_membership_months=1,
        contribution_basis=ContributionBasis.SUBSCRIBED,
        priority_groups=(PriorityGroup("rsa", "Bénéficiaire du RSA", 4_000_00),),
    )
    since_april = date(2026, 4, 1)
    contributions = [
        Contribution("late", 2_500_00, date(2026, 4, 14), member_since=since_april),
        Contribution("stranger", 2_000_00, PAID_ON),
        Contribution("new", 2_000_00, PAID_ON, member_since=date(2026, 5, 16)),
        Contribution("promised", 500_00, PAID_ON, 1_500_00, since_april),
        Contribution("helped", 5_000_00, PAID_ON, None, since_april, "rsa"),
    ]

    simulation = simulate([strict], contributions, Usage(), references_served=(), decided_on=TODAY)

    assert [
        (line.award.amount_cents, [(item.reason, item.amount_cents) for item in line.award.withheld])
        for line in simulation.awards
    ] == [
        (0, [(Reason.ABOVE_CEILING, 500_00), (Reason.TOO_LATE, 2_000_00)]),
        (0, [(Reason.NOT_A_MEMBER, 2_000_00)]),
        (0, [(Reason.NOT_A_MEMBER, 2_000_00)]),
        (1_500_00, []),
        (4_000_00, [(Reason.ABOVE_CEILING, 1_000_00)]),
    ]
    assert simulation.room_after_cents == 14_500_00


def test_a_priority_that_the_rules_do_not_know_is_refused() -> None:
    with pytest.raises(UnknownPriority) as refusal:
        run([Contribution("A", 2_000_00, PAID_ON, None, None, "rsa")])

    assert refusal.value.facts == {"criterion": "rsa", "known": [], "paid_up_on": PAID_ON}
    assert refusal.value.message(Language.FRENCH) == (
        f"Les règles en vigueur le {PAID_ON:%d/%m/%Y} ne prévoient aucun public prioritaire ; "
        "« rsa » n'en est donc pas un."
    )


def test_a_priority_that_the_rules_do_not_know_is_refused_with_those_that_they_know() -> None:
    with pytest.raises(UnknownPriority) as refusal:
        require_known_priority(
            replace(VERSION, priority_groups=(PriorityGroup("rsa", "RSA", 3_000_00),)),
            Contribution("A", 2_000_00, PAID_ON, None, None, "femme").claimed_on(TODAY),
        )

    assert refusal.value.message(Language.FRENCH).endswith("« femme » ; elles connaissent : rsa.")


def test_an_empty_list_still_tells_the_room() -> None:
    simulation = run([], used_cents=19_000_00)

    assert simulation == Simulation(1_000_00, (), 1_000_00, None, None)


@given(st.lists(st.integers(min_value=0, max_value=4_000_00), max_size=30), st.integers(0, 20_000_00))
def test_awards_and_the_room_left_add_up_to_the_room_before(paid_up: list[int], used_cents: int) -> None:
    contributions = [Contribution(str(rank), cents, PAID_ON) for rank, cents in enumerate(paid_up)]

    simulation = run(contributions, used_cents)

    awarded = sum(line.award.amount_cents for line in simulation.awards)
    assert simulation.room_before_cents == 20_000_00 - used_cents
    assert simulation.room_after_cents == 20_000_00 - used_cents - awarded


def test_where_the_cap_binds_other_orders_say_who_gains_and_who_loses() -> None:
    simulation = run(
        [
            Contribution("A", 2_000_00, date(2026, 5, 3)),
            Contribution("B", 1_000_00, date(2026, 5, 2)),
            Contribution("C", 1_500_00, date(2026, 5, 1)),
            Contribution("D", 500_00, date(2026, 4, 30)),
        ],
        used_cents=17_000_00,
    )

    assert [(line.place, line.award.amount_cents) for line in simulation.awards] == [
        (1, 2_000_00),
        (2, 1_000_00),
        (3, 0),
        (4, 0),
    ]
    assert simulation.awarded_cents == 3_000_00
    assert [
        (
            other.order,
            other.awarded_cents,
            other.awarded,
            other.room_after_cents,
            [
                (change.contribution.reference, change.given_cents, change.award_cents)
                for change in other.changes
            ],
        )
        for other in simulation.other_orders
    ] == [
        # C, then B; A has 500 left, a part below the floor.
        (Order.PAYMENT_DATE, 2_500_00, 2, 500_00, [("A", 2_000_00, 0), ("C", 0, 1_500_00)]),
        # A, then C in part.
        (Order.LARGEST_FIRST, 3_000_00, 2, 0, [("B", 1_000_00, 0), ("C", 0, 1_000_00)]),
        (Order.SMALLEST_FIRST, 2_500_00, 2, 500_00, [("A", 2_000_00, 0), ("C", 0, 1_500_00)]),
    ]


def test_where_nothing_binds_no_other_order_is_tried() -> None:
    simulation = run([Contribution("A", 3_000_00, PAID_ON), Contribution("B", 500_00, PAID_ON)])

    assert (simulation.is_bound, simulation.other_orders) == (False, ())


def test_the_budget_binds_as_the_cap_does() -> None:
    version = replace(VERSION, cae_cap_cents=None, budget_cents=2_000_00, partial_awards=False)
    contributions = [Contribution("A", 1_500_00, PAID_ON), Contribution("B", 2_000_00, PAID_ON)]

    simulation = simulate([version], contributions, Usage(), references_served=(), decided_on=TODAY)

    assert [(line.award.amount_cents, line.award.reason) for line in simulation.awards] == [
        (1_500_00, None),
        (0, Reason.SCHEME_BUDGET_EXHAUSTED),
    ]
    [by_date, largest, smallest] = simulation.other_orders
    assert (by_date.changes, smallest.changes) == ((), ())
    assert [(change.contribution.reference, change.award_cents) for change in largest.changes] == [
        ("A", 0),
        ("B", 2_000_00),
    ]


def test_with_a_waiting_list_nobody_passes_who_finds_no_room() -> None:
    version = replace(VERSION, waiting_list=True, partial_awards=False)
    contributions = [
        Contribution("A", 2_000_00, PAID_ON),
        Contribution("B", 1_500_00, PAID_ON),
        Contribution("C", 1_000_00, PAID_ON),
    ]
    usage = Usage(cap_used_cents={"scheme": 17_000_00})

    def simulated(awaited: tuple[UUID, ...] = ()) -> Simulation:
        return simulate(
            [version], contributions, usage, references_served=(), decided_on=TODAY, awaited=awaited
        )

    assert [(line.award.amount_cents, line.award.reason) for line in simulated().awards] == [
        (2_000_00, None),
        (0, Reason.CAE_CAP_REACHED),
        (0, Reason.OTHERS_WAIT),
    ]
    [_, _, smallest] = simulated().other_orders
    assert [(change.contribution.reference, change.award_cents) for change in smallest.changes] == [
        ("A", 0),
        ("B", 1_500_00),
        ("C", 1_000_00),
    ]
    behind = simulated((version.id,))
    assert [line.award.reason for line in behind.awards] == [Reason.OTHERS_WAIT] * 3
    assert [other.changes for other in behind.other_orders] == [()] * 3


@given(st.permutations([500_00, 1_000_00, 1_000_00, 1_500_00, 2_000_00]), st.integers(14_000_00, 20_000_00))
def test_another_order_gives_what_the_list_in_that_order_would_get(
    paid_up: list[int], used_cents: int
) -> None:
    contributions = [
        Contribution(str(rank), cents, date(2026, 5, 1 + cents // 10_000 % 7))
        for rank, cents in enumerate(paid_up)
    ]
    simulation = run(contributions, used_cents)
    keys = {
        Order.PAYMENT_DATE: lambda line: line.paid_up_on,
        Order.LARGEST_FIRST: lambda line: -line.paid_up_cents,
        Order.SMALLEST_FIRST: lambda line: line.paid_up_cents,
    }

    for other in simulation.other_orders:
        # Below the floor nothing is entitled: it comes last where the largest are first, as by its payment.
        again = run(sorted(contributions, key=keys[other.order]), used_cents)
        assert (other.awarded_cents, other.room_after_cents) == (again.awarded_cents, again.room_after_cents)
        told = {change.contribution.reference: change.award_cents for change in other.changes}
        given_cents = {line.contribution.reference: line.award.amount_cents for line in simulation.awards}
        assert given_cents | told == {
            line.contribution.reference: line.award.amount_cents for line in again.awards
        }
    assert bool(simulation.other_orders) == simulation.is_bound


@given(st.lists(st.integers(0, 3_000_00), min_size=1, max_size=5), st.integers(13_000_00, 20_000_00))
def test_every_euro_of_the_match_is_given_or_explained(paid_up: list[int], used_cents: int) -> None:
    contributions = [Contribution(str(rank), cents, PAID_ON) for rank, cents in enumerate(paid_up)]

    for order in permutations(contributions):
        for line in run(list(order), used_cents).awards:
            explained = sum(item.amount_cents for item in line.award.withheld)
            assert line.award.amount_cents + explained == line.contribution.paid_up_cents

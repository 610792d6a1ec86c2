"""Random histories of a scheme with a waiting list: nobody is passed, nobody waits for room that is there."""

from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.capital.domain.awards import Room, Rooms, decide, rooms
from services.capital.domain.claims import entitlement_of
from services.capital.domain.lifecycle import TopUpStatus
from services.capital.domain.refusals import CaeCapReached, SchemeBudgetExhausted, VersionDateTaken
from services.capital.domain.schemes import Period, ReservesAt, Scheme, Version
from services.capital.domain.top_ups import TopUp
from services.capital.persistence import counters, schemes
from services.capital.usecases.add_version import AddVersion, add_version
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.grant_top_up import GrantTopUp, grant_top_up
from services.capital.usecases.promote_requests import promote_requests
from services.capital.usecases.read_top_ups import TopUpFilter, list_top_ups
from services.capital.usecases.refuse_top_up import RefuseTopUp, refuse_top_up
from services.capital.usecases.request_top_ups import request_top_up
from services.capital.usecases.withdraw_top_up import WithdrawTopUp, withdraw_top_up
from services.kernel.identifiers import Siren
from services.kernel.refusals import StatusForbids
from tests.services.capital.conftest import Capital

DAYS = [date(2025, 12, 30), date(2026, 1, 2), date(2026, 6, 30)]
limits = st.sampled_from([3_500_00, 5_500_00, 9_300_00, None])
# Enough for a line, whatever the limits are.
ASKED_FIRST = [2_000_00, 2_000_00, 1_500_00, 2_000_00, 1_000_00, 2_000_00, 1_500_00]
rules = st.fixed_dictionaries(
    {
        "cae_cap_cents": limits,
        "budget_cents": limits,
        "cap_period": st.sampled_from(Period),
        "budget_period": st.sampled_from(Period),
        "partial_awards": st.booleans(),
    }
)
which = st.integers(0, 30)
requests = st.tuples(st.just("request"), st.integers(0, 1), st.sampled_from([1_000_00, 1_500_00, 2_000_00]))
histories = st.lists(
    st.one_of(
        requests,
        requests,
        requests,
        st.tuples(st.just("grant"), which),
        st.tuples(st.just("cancel"), which),
        st.tuples(st.just("refuse"), which),
        st.tuples(st.just("withdraw"), which),
        st.tuples(st.just("promote")),
        st.tuples(st.just("version"), st.sampled_from([date(2025, 1, 1), date(2025, 3, 1)]), rules),
        st.tuples(st.just("later")),
    ),
    min_size=12,
    max_size=25,
)


@dataclass
class Told:
    capital: Capital
    scheme: Scheme
    caes: list[Siren]
    asked: list[UUID] = field(default_factory=list)
    numbers: dict[UUID, int] = field(default_factory=dict)
    days: list[date] = field(default_factory=lambda: list(DAYS))

    @property
    def today(self) -> date:
        return self.days[0]

    async def do(self, step: tuple[object, ...]) -> None:
        match step:
            case "later", *_ if len(self.days) > 1:
                self.days.pop(0)
            case "promote", *_:
                await self.promote()
            case "request", int(cae), int(cents):
                await self.ask(self.caes[cae], cents)
            case "version", date() as valid_from, dict(changed):
                await self.vote(valid_from, changed)
            case str(act), int(place) if self.asked:
                await self.act(act, self.asked[place % len(self.asked)])

    async def promote(self) -> None:
        """As the worker does; what it leaves is in order, and has no room that anybody waits for."""
        moved = True
        while moved:
            async with self.capital.database.of_all_tenants(client="worker") as session:
                moved = bool(await promote_requests(session, today=self.today))
        await check_line(self)

    async def ask(self, cae: Siren, cents: int) -> None:
        caller, before = self.capital.operator, await self.waiting()
        order = self.capital.asking(self.scheme, cae, cents, paid_up_on=date(2025, 6, 1))
        async with self.capital.database.transaction(caller) as session:
            asked = await request_top_up(
                session, caller, order, today=self.today, entrepreneur_key=self.capital.key
            )
        self.asked.append(asked.id)
        # Whoever keeps room at once passed nobody of its own CAE.
        assert asked.reservation is None or cae not in {one.cae.siren for one in before}
        if asked.waiting_number is not None:
            self.numbers[asked.id] = asked.waiting_number

    async def waiting(self) -> list[TopUp]:
        caller = self.capital.operator
        async with self.capital.database.transaction(caller, read_only=True) as session:
            wanted = TopUpFilter(scheme_id=self.scheme.id, status=TopUpStatus.WAITING)
            return await list_top_ups(session, caller, wanted, after=None, limit=100)

    async def vote(self, valid_from: date, changed: dict[str, object]) -> None:
        terms = replace(
            self.capital.terms,
            valid_from=valid_from,
            reserves_at=ReservesAt.REQUEST,
            waiting_list=True,
            **changed,  # type: ignore[arg-type]
        )
        try:
            async with self.capital.database.transaction(self.capital.operator) as session:
                order = AddVersion(scheme_id=self.scheme.id, terms=terms)
                await add_version(session, self.capital.operator, order, today=self.today)
        except VersionDateTaken:
            return

    async def act(self, act: str, top_up_id: UUID) -> None:
        caller, today = self.capital.operator, self.today
        try:
            async with self.capital.database.transaction(caller) as session:
                match act:
                    case "grant":
                        grant = GrantTopUp(top_up_id=top_up_id, decided_on=today, reference="CP 12")
                        await grant_top_up(session, caller, grant, today=today)
                    case "cancel":
                        cancel = CancelTopUp(top_up_id=top_up_id, reason="x")
                        await cancel_top_up(session, caller, cancel, today=today)
                    case "refuse":
                        refusal = RefuseTopUp(top_up_id=top_up_id, reason="x")
                        await refuse_top_up(session, caller, refusal, today=today)
                    case "withdraw":
                        order = WithdrawTopUp(top_up_id=top_up_id)
                        await withdraw_top_up(session, caller, order, today=today)
        except (StatusForbids, CaeCapReached, SchemeBudgetExhausted):
            return  # the latter two: a limit by year leaves no room in the year of the decision


async def check_line(told: Told) -> None:
    capital = told.capital
    async with capital.database.transaction(capital.operator, read_only=True) as session:
        wanted = TopUpFilter(scheme_id=told.scheme.id)
        found = await list_top_ups(session, capital.operator, wanted, after=None, limit=100)
        versions = {
            version.id: version
            for version in (await schemes.versions_of(session, [told.scheme.id]))[told.scheme.id]
        }
        used = await counters.read(session, told.scheme.id, told.caes)
    waiting = sorted(
        (top_up for top_up in found if top_up.waiting_number), key=lambda top_up: top_up.waiting_number or 0
    )
    for cae in told.caes:
        left = [told.numbers[one.id] for one in found if one.cae.siren == cae and one.promoted_on]
        still = [one.waiting_number or 0 for one in waiting if one.cae.siren == cae]
        assert all(number < min(still) for number in left if still)
    # What was kept in a year that is over and does not fit in this one stands before them all.
    if any(one.reserved_on and one.reserved_on.year < told.today.year for one in found):
        return
    first_of_each = {top_up.cae.siren: top_up for top_up in reversed(waiting)}
    heads = sorted(first_of_each.values(), key=lambda top_up: top_up.waiting_number or 0)
    fitting = [
        (head, available)
        for head in heads
        for available in [rooms(versions[head.version_id], used.by_cae(head.cae.siren), told.today)]
        if gets(versions[head.version_id], head, Rooms(available.cap, Room("scheme", None, 0)))
    ]
    for head, available in fitting[:1]:
        assert not gets(versions[head.version_id], head, available), head


def gets(version: Version, top_up: TopUp, available: Rooms) -> int:
    return decide(version, entitlement_of(version, top_up.claim), available).amount_cents


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=rules, steps=histories)
async def test_nobody_is_passed_and_nobody_waits_for_room_that_is_there(
    capital: Capital, first: dict[str, object], steps: list[tuple[object, ...]]
) -> None:
    scheme = await capital.scheme(reserves_at=ReservesAt.REQUEST, waiting_list=True, **first)
    told = Told(capital, scheme, [capital.new_cae() for _ in range(2)])
    for number, cents in enumerate(ASKED_FIRST):
        await told.ask(told.caes[number % 3 // 2], cents)

    for step in steps:
        await told.do(step)
    await told.promote()

    assert await capital.differences() == []

"""Random sequences of requests, grants, cancellations, payments, reversals, new versions and turns of year.

Each grant must give exactly what the rules give for what is awarded so far, recomputed from the awards that
stand: never a cent over a limit, never a refusal of what fits. At the end the ledger must be clean.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.capital.domain.awards import Usage, count, decide, entitle, rooms
from services.capital.domain.refusals import CaeCapReached, SchemeBudgetExhausted
from services.capital.domain.schemes import Period, Scheme, Version, require_version
from services.capital.domain.top_ups import TopUp
from services.capital.usecases.add_version import AddVersion, add_version
from services.capital.usecases.cancel_top_up import CancelTopUp, cancel_top_up
from services.capital.usecases.pay_top_ups import PayTopUps, pay_top_ups
from services.kernel.identifiers import Siren
from services.kernel.refusals import Refusal
from tests.services.capital.conftest import Capital

PAID_ON = [date(2023, 2, 1), date(2024, 2, 1), date(2025, 2, 1)]
DECIDED_ON = [date(2025, 3, 1), date(2025, 12, 31), date(2026, 1, 1)]
limits = st.none() | st.sampled_from([3_000_00, 5_500_00, 9_000_00])
terms_changes = st.fixed_dictionaries(
    {
        "cae_cap_cents": limits,
        "budget_cents": limits,
        "cap_period": st.sampled_from(Period),
        "budget_period": st.sampled_from(Period),
        "partial_awards": st.booleans(),
        "once_per_person": st.just(False),
    }
)
grants = st.tuples(
    st.just("grant"),
    st.integers(0, 1),
    st.integers(900_00, 2_500_00),
    st.sampled_from(PAID_ON),
    st.sampled_from(DECIDED_ON),
)
acts = st.lists(
    st.one_of(
        grants,
        grants,
        grants,
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.just("pay"), st.integers(0, 30)),
        st.tuples(st.just("reverse"), st.integers(0, 30)),
        st.tuples(st.just("version"), st.sampled_from(PAID_ON), terms_changes),
    ),
    min_size=5,
    max_size=25,
)


@dataclass
class Model:
    """What should be true: the awards that stand, and the versions."""

    versions: list[Version]
    standing: dict[UUID, tuple[Siren, int, date]] = field(default_factory=dict)
    payments: dict[UUID, set[UUID]] = field(default_factory=dict)

    @property
    def paid(self) -> set[UUID]:
        return set().union(*self.payments.values())

    def usage(self, cae: Siren) -> Usage:
        of_cae, of_scheme = Usage(), Usage()
        for siren, cents, decided_on in self.standing.values():
            of_scheme = count(of_scheme, cents, decided_on)
            of_cae = count(of_cae, cents, decided_on) if siren == cae else of_cae
        return Usage(of_cae.cap_used_cents, of_scheme.budget_used_cents)

    def award(self, cae: Siren, paid_up_cents: int, paid_up_on: date, decided_on: date) -> int:
        version = require_version(self.versions, paid_up_on)
        available = rooms(version, self.usage(cae), decided_on)
        return decide(version, entitle(version, paid_up_cents), available).amount_cents

    def unpaid(self) -> list[UUID]:
        return [top_up_id for top_up_id in self.standing if top_up_id not in self.paid]


async def grant(
    capital: Capital, scheme: Scheme, model: Model, cae: Siren, cents: int, paid_on: date, on: date
) -> None:
    [asked] = await capital.request(capital.asking(scheme, cae, cents, paid_up_on=paid_on))
    expected = model.award(cae, cents, paid_on, on)
    outcome = await granted_or_refused(capital, asked.id, on)
    if isinstance(outcome, TopUp):
        assert outcome.award_cents == expected
        model.standing[asked.id] = (cae, expected, on)
        return
    assert expected == 0, outcome
    if isinstance(outcome, (CaeCapReached, SchemeBudgetExhausted)):
        left_cents = rooms(require_version(model.versions, paid_on), model.usage(cae), on).left_cents
        assert outcome.facts["room_cents"] == left_cents


async def granted_or_refused(capital: Capital, top_up_id: UUID, on: date) -> TopUp | Refusal:
    try:
        return await capital.grant(top_up_id, on)
    except Refusal as refusal:
        return refusal


async def cancel(capital: Capital, model: Model, top_up_id: UUID) -> None:
    async with capital.database.transaction(capital.operator) as session:
        order = CancelTopUp(top_up_id=top_up_id, reason="x")
        await cancel_top_up(session, capital.operator, order, today=capital.today)
    del model.standing[top_up_id]


async def pay(capital: Capital, scheme: Scheme, model: Model, ids: Sequence[UUID], cae: Siren) -> None:
    async with capital.database.transaction(capital.operator) as session:
        order = PayTopUps(
            scheme_id=scheme.id, cae_siren=cae, top_up_ids=ids, paid_on=capital.today, reference="x"
        )
        payment = await pay_top_ups(session, capital.operator, order, today=capital.today)
    model.payments[payment.id] = set(ids)


async def act(capital: Capital, scheme: Scheme, model: Model, caes: list[Siren], step: tuple) -> None:  # type: ignore[type-arg]
    match step:
        case "grant", cae, cents, paid_on, decided_on:
            await grant(capital, scheme, model, caes[cae], cents, paid_on, decided_on)
        case "cancel", which if model.unpaid():
            await cancel(capital, model, model.unpaid()[which % len(model.unpaid())])
        case "pay", which if model.unpaid():
            cae = model.standing[model.unpaid()[which % len(model.unpaid())]][0]
            ids = [top_up_id for top_up_id in model.unpaid() if model.standing[top_up_id][0] == cae]
            await pay(capital, scheme, model, ids, cae)
        case "reverse", which if model.payments:
            payment_id = list(model.payments)[which % len(model.payments)]
            await capital.reverse(payment_id, capital.today)
            del model.payments[payment_id]
        case "version", valid_from, changed:
            taken = {version.valid_from for version in model.versions}
            if valid_from not in taken:
                terms = replace(capital.terms, valid_from=valid_from, **changed)
                async with capital.database.transaction(capital.operator) as session:
                    order = AddVersion(scheme_id=scheme.id, terms=terms)
                    model.versions.append(
                        await add_version(session, capital.operator, order, today=capital.today)
                    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=terms_changes, steps=acts)
async def test_any_sequence_gives_what_the_rules_give(
    capital: Capital,
    first: dict[str, object],
    steps: list[tuple],  # type: ignore[type-arg]
) -> None:
    scheme = await capital.scheme(**first)
    caes = [capital.new_cae(), capital.new_cae()]
    model = Model(list(scheme.versions))

    for step in steps:
        await act(capital, scheme, model, caes, step)

    assert await capital.differences() == []

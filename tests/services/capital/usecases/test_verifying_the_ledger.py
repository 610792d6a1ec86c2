"""The proof must find what is wrong: each kind of difference is made, seen, and undone."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.capital.persistence.ledger_proof import prove
from services.capital.usecases.pay_top_ups import PayTopUps, pay_top_ups
from services.capital.usecases.verify_ledger import verify_ledger
from services.kernel.refusals import NotAllowed
from tests.services.capital.conftest import Capital


async def found_after(session: AsyncSession, statement: str) -> set[tuple[str, int, int]]:
    """The differences that a statement makes, in a transaction that is never committed."""
    await session.execute(text(statement))
    proof = await prove(session)
    await session.rollback()
    return {
        (difference.check, difference.expected_cents, difference.found_cents)
        for difference in proof.differences
    }


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (
            "UPDATE capital.cae_caps SET used_cents = used_cents + 1 WHERE scheme_id = '{scheme}'",
            {("cap-counter-equals-awards", 3_000_00, 3_000_01)},
        ),
        (
            "UPDATE capital.scheme_budgets SET used_cents = used_cents - 1 WHERE scheme_id = '{scheme}'",
            {("budget-counter-equals-awards", 3_000_00, 2_999_99)},
        ),
        (
            "DELETE FROM capital.cae_caps WHERE scheme_id = '{scheme}'",
            {("award-has-its-cap-counters", 1, 0)},
        ),
        (
            "DELETE FROM capital.scheme_budgets WHERE scheme_id = '{scheme}'",
            {("award-has-its-budget-counters", 1, 0)},
        ),
        (
            "UPDATE capital.top_ups SET award_cents = 199999 WHERE id = '{granted}'",
            {
                ("award-equals-its-entries", 1_999_99, 2_000_00),
                ("cap-counter-equals-awards", 2_999_99, 3_000_00),
                ("budget-counter-equals-awards", 2_999_99, 3_000_00),
                ("payable-equals-granted-and-not-paid", 1_999_99, 2_000_00),
                ("de-minimis-counter-equals-aid", 2_999_99, 3_000_00),
            },
        ),
        (
            """UPDATE capital.de_minimis_counters SET counted_cents = counted_cents - 1
                WHERE cae_siren = (SELECT cae_siren FROM capital.top_ups WHERE id = '{granted}')""",
            {("de-minimis-counter-equals-aid", 3_000_00, 2_999_99)},
        ),
        (
            "UPDATE capital.payments SET total_cents = 99999 WHERE scheme_id = '{scheme}'",
            {("payment-lines-add-up", 999_99, 1_000_00), ("payment-parts-add-up", 999_99, 1_000_00)},
        ),
        (
            """UPDATE capital.payment_parts SET amount_cents = 79999
                WHERE payment_id = '{payment}' AND rank = 1""",
            {
                ("payment-parts-add-up", 1_000_00, 999_99),
                ("payment-part-equals-its-posting", 799_99, 800_00),
            },
        ),
        (
            "UPDATE capital.payment_lines SET amount_cents = 99999 WHERE payment_id = '{payment}'",
            {("payment-lines-add-up", 1_000_00, 999_99), ("paid-top-up-has-its-line", 1_000_00, 999_99)},
        ),
        (  # reversed, without a word in its lines, its parts and the journal
            """INSERT INTO capital.payment_reversals (id, payment_id, region, cae_siren, reversed_on, reason)
               SELECT gen_random_uuid(), id, region, cae_siren, paid_on, 'x'
                 FROM capital.payments WHERE id = '{payment}'""",
            {("reversal-covers-its-payment", 2_000_00, 0)},
        ),
        (  # its lines and parts, without the journal and the dossier
            """WITH back AS (
                   INSERT INTO capital.payment_reversals
                          (id, payment_id, region, cae_siren, reversed_on, reason)
                   SELECT id, id, region, cae_siren, paid_on, 'x'
                     FROM capital.payments WHERE id = '{payment}' RETURNING id, payment_id),
               lines AS (UPDATE capital.payment_lines AS line SET reversal_id = back.id
                           FROM back WHERE line.payment_id = back.payment_id)
               UPDATE capital.payment_parts AS part SET reversal_id = back.id
                 FROM back WHERE part.payment_id = back.payment_id""",
            {
                ("payment-part-equals-its-posting", 0, 800_00),
                ("payment-part-equals-its-posting", 0, 200_00),
                ("paid-top-up-has-its-line", 1_000_00, 0),
            },
        ),
        (
            """INSERT INTO capital.journal_entries
                      (id, kind, entry_on, scheme_id, region, cae_siren, top_up_id)
               SELECT gen_random_uuid(), 'grant', DATE '2026-02-01', scheme_id, region, cae_siren, id
                 FROM capital.top_ups WHERE id = '{granted}'""",
            {("entry-has-postings", 1, 0)},
        ),
    ],
)
async def test_each_kind_of_difference_is_found(
    capital: Capital, unguarded: AsyncSession, damage: str, expected: set[tuple[str, int, int]]
) -> None:
    scheme, cae = await capital.scheme(budget_cents=9_000_00), capital.new_cae()
    granted, paid = await capital.award(scheme, cae, [2_000_00, 1_000_00])
    async with capital.database.transaction(capital.operator) as session:
        order = PayTopUps(
            scheme_id=scheme.id,
            cae_siren=cae,
            top_up_ids=[paid.id],
            paid_on=date(2026, 3, 1),
            reference="M7",
        )
        payment = await pay_top_ups(session, capital.operator, order, today=capital.today)
    names = {"scheme": scheme.id, "granted": granted.id, "payment": payment.id}

    assert await found_after(unguarded, damage.format(**names)) == expected
    assert await capital.differences() == []


async def test_only_an_administrator_asks(capital: Capital) -> None:
    with pytest.raises(NotAllowed):
        async with capital.database.transaction(capital.operator, read_only=True) as session:
            await verify_ledger(session, capital.operator)

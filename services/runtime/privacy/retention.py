"""How long each category of personal data is kept once its dossier has ended: settings with a date.

What is seeded are defaults, with the reason of each. A period is a decision of whoever answers for the data:
it is changed with `essor privacy periods set`, from a day on, and what was in force before stays readable.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.calendar import add_months
from services.kernel.language import Word
from services.runtime.database.tenancy import policies
from services.runtime.privacy.personal_data import Category, Erasure, personal

LONGEST_MONTHS = 1_200
SEEDED_FROM = date(2018, 5, 25)  # the day from which the GDPR applies
SEEDED_BY = "essor"


class Ending(Word):
    """How a dossier ended: its money gives reasons to keep what nothing else does."""

    NOT_GRANTED = "not_granted", "sans suite", "came to nothing"
    CARRIED_OUT = "carried_out", "mené à terme", "carried out"


@dataclass(frozen=True, slots=True)
class Period:
    category: Category
    ending: Ending
    months: int
    valid_from: date
    reason: str
    set_by: str
    set_at: datetime | None = None

    def is_over(self, ended_on: date, today: date) -> bool:
        return add_months(ended_on, self.months) <= today


Periods = Mapping[tuple[Category, Ending], Period]

_UNTIL_LATER = "Délai d'usage pour répondre à une contestation ou à une nouvelle demande"
_ACCOUNTS = "Pièce comptable : dix ans (Code de commerce, art. L123-22)"
_CLAIMS = "Prescription de droit commun : cinq ans (Code civil, art. 2224)"
_NO_MORE_USE = "Plus aucun usage après la fin du dossier"
_ABANDONED = "Brouillon jamais déposé : délai compté de son dernier changement"
_DEBITS = "Prélèvement contesté : treize mois (Code monétaire et financier, art. L133-24)"

DEFAULTS: Mapping[tuple[Category, Ending], tuple[int, str]] = {
    (Category.IDENTITY, Ending.NOT_GRANTED): (24, _UNTIL_LATER),
    (Category.REFERENCE, Ending.NOT_GRANTED): (24, _UNTIL_LATER),
    (Category.CONTACT, Ending.NOT_GRANTED): (24, _UNTIL_LATER),
    (Category.BIRTH, Ending.NOT_GRANTED): (24, _UNTIL_LATER),
    (Category.CAREER, Ending.NOT_GRANTED): (24, _UNTIL_LATER),
    (Category.FREE_TEXT, Ending.NOT_GRANTED): (24, _UNTIL_LATER),
    (Category.COMMITTEE, Ending.NOT_GRANTED): (24, _UNTIL_LATER),
    (Category.OFFICER, Ending.NOT_GRANTED): (24, _UNTIL_LATER),
    (Category.BANK, Ending.NOT_GRANTED): (3, _NO_MORE_USE),
    (Category.DRAFT, Ending.NOT_GRANTED): (6, _ABANDONED),
    (Category.DRAFT, Ending.CARRIED_OUT): (0, _NO_MORE_USE),
    (Category.DOCUMENT, Ending.NOT_GRANTED): (6, _UNTIL_LATER),
    (Category.IDENTITY, Ending.CARRIED_OUT): (120, _ACCOUNTS),
    (Category.REFERENCE, Ending.CARRIED_OUT): (120, _ACCOUNTS),
    (Category.FREE_TEXT, Ending.CARRIED_OUT): (120, _ACCOUNTS),
    (Category.OFFICER, Ending.CARRIED_OUT): (120, _ACCOUNTS),
    (Category.CONTACT, Ending.CARRIED_OUT): (60, _CLAIMS),
    (Category.BIRTH, Ending.CARRIED_OUT): (60, _CLAIMS),
    (Category.CAREER, Ending.CARRIED_OUT): (60, _CLAIMS),
    (Category.COMMITTEE, Ending.CARRIED_OUT): (60, _CLAIMS),
    (Category.BANK, Ending.CARRIED_OUT): (13, _DEBITS),
    (Category.DOCUMENT, Ending.CARRIED_OUT): (60, _CLAIMS),
}


def define_table(metadata: MetaData) -> Table:
    """`retention_periods` in the schema of `metadata`."""
    return Table(
        "retention_periods",
        metadata,
        Column("category", Text, primary_key=True),
        Column("ending", Text, primary_key=True),
        Column("valid_from", Date, primary_key=True),
        Column("months", SmallInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("set_by", Text, nullable=False, info=personal(Category.OFFICER, Erasure.WORD)),
        Column("set_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        CheckConstraint(f"months BETWEEN 0 AND {LONGEST_MONTHS}", name="months_known"),
        CheckConstraint(f"category IN ({_listed(Category)})", name="category_known"),
        CheckConstraint(f"ending IN ({_listed(Ending)})", name="ending_known"),
    )


def statements(schema: str, categories: Collection[Category]) -> list[str]:
    """For a migration: the table, the defaults of `categories`, and who may write: nobody's token."""
    return [
        f"""CREATE TABLE {schema}.retention_periods (
            category TEXT NOT NULL,
            ending TEXT NOT NULL,
            valid_from DATE NOT NULL,
            months SMALLINT NOT NULL,
            reason TEXT NOT NULL,
            set_by TEXT NOT NULL,
            set_at TIMESTAMPTZ DEFAULT now() NOT NULL,
            CONSTRAINT pk_retention_periods PRIMARY KEY (category, ending, valid_from),
            CONSTRAINT ck_retention_periods_months_known CHECK (months BETWEEN 0 AND {LONGEST_MONTHS}),
            CONSTRAINT ck_retention_periods_category_known CHECK (category IN ({_listed(Category)})),
            CONSTRAINT ck_retention_periods_ending_known CHECK (ending IN ({_listed(Ending)}))
        )""",
        _seeds(schema, categories),
        *policies(schema, "retention_periods", reads=(), writes=()),
    ]


def more_categories(schema: str, categories: Collection[Category]) -> list[str]:
    """For a later migration, which speaks as the system: categories that the schema did not hold before."""
    table = f"{schema}.retention_periods"
    return [
        f"ALTER TABLE {table} DROP CONSTRAINT ck_retention_periods_category_known",
        f"""ALTER TABLE {table} ADD CONSTRAINT ck_retention_periods_category_known
            CHECK (category IN ({_listed(Category)}))""",
        _seeds(schema, categories),
    ]


def _seeds(schema: str, categories: Collection[Category]) -> str:
    seeds = ", ".join(
        f"('{category}', '{ending}', '{SEEDED_FROM}', {months}, {_literal(reason)}, '{SEEDED_BY}')"
        for (category, ending), (months, reason) in DEFAULTS.items()
        if category in categories
    )
    return f"""INSERT INTO {schema}.retention_periods (category, ending, valid_from, months, reason, set_by)
            VALUES {seeds}"""  # noqa: S608 - names and values of ours


async def every_period(session: AsyncSession, table: Table) -> list[Period]:
    """Past, present and to come; the newest of each kind first."""
    ordered = select(table).order_by(table.c.category, table.c.ending, table.c.valid_from.desc())
    return [
        Period(
            Category(row.category),
            Ending(row.ending),
            row.months,
            row.valid_from,
            row.reason,
            row.set_by,
            row.set_at,
        )
        for row in await session.execute(ordered)
    ]


def in_force(periods: Sequence[Period], on: date) -> Periods:
    """The period of each kind on a day. What has none is kept: nothing is purged by a default of the code."""
    found: dict[tuple[Category, Ending], Period] = {}
    for period in sorted(periods, key=lambda period: period.valid_from):
        if period.valid_from <= on:
            found[period.category, period.ending] = period
    return found


async def set_periods(session: AsyncSession, table: Table, periods: Collection[Period]) -> None:
    """From their days on. Setting one of the same day again corrects it."""
    for period in periods:
        given = {
            "category": period.category.value,
            "ending": period.ending.value,
            "valid_from": period.valid_from,
            "months": period.months,
            "reason": period.reason,
            "set_by": period.set_by,
        }
        corrected = {name: given[name] for name in ("months", "reason", "set_by")}
        await session.execute(
            postgresql_insert(table)
            .values(given)
            .on_conflict_do_update(
                index_elements=["category", "ending", "valid_from"], set_={**corrected, "set_at": func.now()}
            )
        )


def _listed(words: type[Word]) -> str:
    return ", ".join(f"'{word.value}'" for word in words)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

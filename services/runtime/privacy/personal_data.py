"""Which columns hold personal data, of which category, and what a purge leaves of each.

Declared on the tables themselves, in `info=`: the export and the purge read nothing else, and a test asks for
every column of text or of dates whether it is personal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sqlalchemy import Column, Table

from services.kernel.language import Word

PERSONAL = "personal"
ERASED_PERSON = "personne effacée"


class Category(Word):
    """What is kept about a person for the same reason, and therefore for the same time."""

    IDENTITY = "identity", "identité", "identity"
    REFERENCE = "reference", "référence dans la CAE", "reference in the CAE"
    CONTACT = "contact", "coordonnées", "contact details"
    BIRTH = "birth", "date de naissance", "date of birth"
    BANK = "bank", "coordonnées bancaires", "bank details"
    CAREER = "career", "parcours dans la CAE", "time in the CAE"
    FREE_TEXT = "free_text", "textes libres", "free text"
    DRAFT = "draft", "brouillons", "drafts"
    DOCUMENT = "document", "pièces jointes", "attached documents"
    COMMITTEE = "committee", "membres du comité", "committee members"
    OFFICER = "officer", "agents qui agissent", "officers who act"
    ANSWER = "answer", "réponses conservées", "stored answers"


# They are other people than the one whose dossier it is: what is held about the latter does not tell of them.
OF_OTHERS = frozenset({Category.COMMITTEE, Category.OFFICER})


class Erasure(Enum):
    """What stands in the column once the period is over."""

    NOTHING = auto()  # NULL
    EMPTY = auto()  # an empty text or list, where the column must hold one
    WORD = auto()  # `ERASED_PERSON`
    PSEUDONYM = auto()  # the same for every dossier of the person, made from the id that stays
    YEAR = auto()  # the first of January: a year says how long ago, and of nobody
    ROW = auto()  # the row itself goes
    STAYS = auto()  # a pseudonym already: what links a person's dossiers without telling whose they are


@dataclass(frozen=True, slots=True)
class Personal:
    category: Category
    erasure: Erasure


def personal(category: Category, erasure: Erasure = Erasure.NOTHING) -> dict[Any, Any]:
    """The `info=` of a column that holds personal data."""
    return {PERSONAL: Personal(category, erasure)}


def declared(column: Column[Any]) -> Personal | None:
    found = column.info.get(PERSONAL)
    return found if isinstance(found, Personal) else None


def personal_columns(table: Table) -> Iterator[tuple[Column[Any], Personal]]:
    for column in table.columns:
        found = declared(column)
        if found is not None:
            yield column, found

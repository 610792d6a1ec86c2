"""What users read is written in French and in English, side by side, where it is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

NARROW_NO_BREAK_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"


class Language(StrEnum):
    FRENCH = "fr"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in both languages; `{name}` stands for a fact, `{..._cents}` is shown in euros."""

    french: str
    english: str

    def render(self, language: Language, facts: Mapping[str, object] | None = None) -> str:
        template = self.french if language is Language.FRENCH else self.english
        shown = {name: show_fact(name, value, language) for name, value in (facts or {}).items()}
        return template.format_map(shown)


class Word(StrEnum):
    """A word of the domain: programs compare its value, a stable code; sentences say its label.

    `UNDER_REVIEW = "under_review", "en instruction", "under review"`: the code, then French and English.
    """

    label: Text

    def __new__(cls, code: str, french: str = "", english: str = "") -> Self:
        # The defaults are for `Role("cae")`, which looks a member up and never comes here.
        if not french or not english:
            raise TypeError(f"{cls.__name__} {code!r} needs a label in both languages")
        word = str.__new__(cls, code)
        word._value_ = code
        word.label = Text(french, english)
        return word


def show_fact(name: str, value: object, language: Language) -> str:
    if isinstance(value, Word):
        return value.label.render(language)
    if name.endswith("_cents") and isinstance(value, int):
        return euros(value, language)
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y") if language is Language.FRENCH else value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(show_fact(name, item, language) for item in value)
    return str(value)


def euros(amount_cents: int, language: Language = Language.FRENCH) -> str:
    """123456789 cents: `1 234 567,89 €` in French (no-break spaces), `€1,234,567.89` in English."""
    sign = "-" if amount_cents < 0 else ""
    whole, cents = divmod(abs(amount_cents), 100)
    if language is Language.ENGLISH:
        return f"{sign}€{whole:,}.{cents:02d}"
    grouped = f"{whole:,}".replace(",", NARROW_NO_BREAK_SPACE)
    return f"{sign}{grouped},{cents:02d}{NO_BREAK_SPACE}€"

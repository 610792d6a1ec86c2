"""Who acts, where rules ask for another person than who acted before."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acts: the software, and the person in front of it where the token says."""

    client: str
    person: str | None

    def is_person(self, other: "Officer") -> bool:
        """Typed otherwise, or through other software, it is still the same person."""
        return (
            self.person is not None
            and other.person is not None
            and _folded(self.person) == _folded(other.person)
        )


def _folded(person: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", person).casefold().split())

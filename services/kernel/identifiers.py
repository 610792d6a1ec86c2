"""Identifiers at the door: checked offline by their check digits, kept without spaces."""

import hashlib
import hmac
from typing import NewType
from uuid import UUID

import stdnum.bic
import stdnum.exceptions
import stdnum.fr.siren
import stdnum.fr.siret
import stdnum.iban
import uuid_utils.compat

Siren = NewType("Siren", str)
Siret = NewType("Siret", str)
Iban = NewType("Iban", str)
Bic = NewType("Bic", str)
EntrepreneurId = NewType("EntrepreneurId", UUID)


class InvalidIdentifierError(ValueError):
    """`kind` is what the value was meant to be; the value itself is not repeated: it may be personal."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"not a valid {kind}: the length, the characters or the check digit is wrong")
        self.kind = kind


def parse_siren(text: str) -> Siren:
    """Nine digits with their check digit; spaces of any kind are allowed."""
    try:
        return Siren(stdnum.fr.siren.validate(_without_spaces(text)))
    except stdnum.exceptions.ValidationError as error:
        raise InvalidIdentifierError("SIREN") from error


def parse_siret(text: str) -> Siret:
    """Fourteen digits; La Poste's establishments follow their own rule, which the library knows."""
    try:
        return Siret(stdnum.fr.siret.validate(_without_spaces(text)))
    except stdnum.exceptions.ValidationError as error:
        raise InvalidIdentifierError("SIRET") from error


def siren_of(siret: Siret) -> Siren:
    """Limits "per CAE" are per company, whatever the establishment."""
    return Siren(siret[:9])


def parse_iban(text: str) -> Iban:
    try:
        return Iban(stdnum.iban.validate(_without_spaces(text)))
    except stdnum.exceptions.ValidationError as error:
        raise InvalidIdentifierError("IBAN") from error


def parse_bic(text: str) -> Bic:
    try:
        return Bic(stdnum.bic.validate(_without_spaces(text)))
    except stdnum.exceptions.ValidationError as error:
        raise InvalidIdentifierError("BIC") from error


def mask_iban(iban: str) -> str:
    """`FR76 •••• 0189`: the country, the check digits and the last four are enough to recognise it."""
    return f"{iban[:4]} •••• {iban[-4:]}"


def mask_bic(bic: str) -> str:
    """`AGRI••••`: the bank, without its place and branch."""
    return f"{bic[:4]}••••"


def new_id() -> UUID:
    """UUIDv7: in order of creation within one process, so that indexes grow at their end."""
    return uuid_utils.compat.uuid7()


def entrepreneur_id(key: bytes, siren: Siren, reference: str) -> EntrepreneurId:
    """The same id in both services, from the CAE's SIREN and its own reference for the person.

    A keyed hash shaped as a UUIDv8: without the key nobody can guess an id or find the person from it.
    """
    digest = hmac.new(key, f"{siren}\x1f{reference.strip()}".encode(), hashlib.sha256).digest()
    shaped = bytearray(digest[:16])
    shaped[6] = (shaped[6] & 0x0F) | 0x80
    shaped[8] = (shaped[8] & 0x3F) | 0x80
    return EntrepreneurId(UUID(bytes=bytes(shaped)))


def _without_spaces(text: str) -> str:
    return "".join(text.split())

"""Bytes to text: UTF-8 with or without its mark, or the Windows-1252 of older spreadsheets."""

import codecs
import re
import unicodedata

from services.kernel.language import Text
from services.kernel.refusals import InvalidInput
from services.loans.domain.portfolio.findings import PortfolioFile

LARGEST_FILE_BYTES = 16 * 1024 * 1024

WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods, .xls
CONTROL_CHARACTERS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

EMPTY = Text("le fichier est vide", "the file is empty")
TOO_LARGE = Text(
    "le fichier dépasse {largest_megabytes} Mo : reprenez-le en plusieurs fois",
    "the file is larger than {largest_megabytes} MB: import it in several parts",
)
WORKBOOK = Text(
    "c'est un classeur : enregistrez la feuille au format « CSV UTF-8 (séparateur : point-virgule) »",
    "this is a workbook: save the sheet as “CSV UTF-8”, separated by semicolons",
)
WIDE = Text(
    "le texte est en UTF-16 ou UTF-32 : enregistrez-le en « CSV UTF-8 »",
    "the text is in UTF-16 or UTF-32: save it as “CSV UTF-8”",
)
NOT_TEXT = Text(
    "ce n'est pas un texte en UTF-8 ni en Windows-1252",
    "this is not a text in UTF-8 or Windows-1252",
)


def decode(content: bytes, file: PortfolioFile) -> str:
    """The text with composed accents; InvalidInput for what is not a text in one of the two encodings."""
    pointer = f"/{file.value}"
    if not content.strip():
        raise InvalidInput(pointer, EMPTY)
    if len(content) > LARGEST_FILE_BYTES:
        raise InvalidInput(pointer, TOO_LARGE, largest_megabytes=LARGEST_FILE_BYTES // (1024 * 1024))
    if content.startswith(WORKBOOK_MARKS):
        raise InvalidInput(pointer, WORKBOOK)
    # Without a mark, UTF-16 shows by the zero bytes of its ASCII characters.
    if content.startswith(WIDE_MARKS) or b"\x00" in content[:4]:
        raise InvalidInput(pointer, WIDE)
    if CONTROL_CHARACTERS.search(content):
        raise InvalidInput(pointer, NOT_TEXT)
    text = _utf_8(content) or _windows_1252(content)
    if text is None:
        raise InvalidInput(pointer, NOT_TEXT)
    return unicodedata.normalize("NFC", text)


def _utf_8(content: bytes) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _windows_1252(content: bytes) -> str | None:
    """Nearly any bytes pass as Windows-1252, so a file that says it is UTF-8 is not tried as such."""
    if content.startswith(codecs.BOM_UTF8):
        return None
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return None

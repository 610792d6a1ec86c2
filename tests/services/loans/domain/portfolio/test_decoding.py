import codecs

import pytest

from services.kernel.refusals import InvalidInput
from services.loans.domain.portfolio import decoding
from services.loans.domain.portfolio.decoding import decode
from services.loans.domain.portfolio.findings import PortfolioFile

TEXT = "N° prêt;Prénom;€\r\n1;Maître Noël;Œuvre\r\n"


@pytest.mark.parametrize(
    "content",
    [TEXT.encode(), codecs.BOM_UTF8 + TEXT.encode(), TEXT.encode("cp1252")],
    ids=["utf-8", "utf-8 with its mark", "windows-1252"],
)
def test_reads_what_spreadsheets_write(content: bytes) -> None:
    assert decode(content, PortfolioFile.LOANS) == TEXT


def test_composes_accents() -> None:
    assert decode("Pre\u0301nom".encode(), PortfolioFile.LOANS) == "Prénom"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", decoding.EMPTY),
        (b" \r\n ", decoding.EMPTY),
        (TEXT.encode("utf-16"), decoding.WIDE),
        (TEXT.encode("utf-16-le"), decoding.WIDE),
        (TEXT.encode("utf-16-be"), decoding.WIDE),
        (TEXT.encode("utf-32"), decoding.WIDE),
        (b"PK\x03\x04 a workbook", decoding.WORKBOOK),
        (b"\xd0\xcf\x11\xe0 an older workbook", decoding.WORKBOOK),
        (b"text;\x00\x01\x02", decoding.NOT_TEXT),
        (b"undefined in windows-1252: \x81", decoding.NOT_TEXT),
        (codecs.BOM_UTF8 + "prêt".encode("cp1252"), decoding.NOT_TEXT),
    ],
)
def test_says_what_is_wrong_with_a_file(content: bytes, reason: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        decode(content, PortfolioFile.REPAYMENTS)
    assert refusal.value.pointer == "/repayments"
    assert refusal.value.reason == reason


def test_has_a_limit_of_size() -> None:
    with pytest.raises(InvalidInput) as refusal:
        decode(b"a" * (decoding.LARGEST_FILE_BYTES + 1), PortfolioFile.LOANS)
    assert refusal.value.reason == decoding.TOO_LARGE

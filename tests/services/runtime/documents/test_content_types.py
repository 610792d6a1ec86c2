import io

import pytest

from services.runtime.documents.content_types import media_type_of
from tests.factories import documents as files

OFFICE = files.OFFICE


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (files.PDF, "application/pdf"),
        (files.PNG, "image/png"),
        (files.JPEG, "image/jpeg"),
        (files.ODT, "application/vnd.oasis.opendocument.text"),
        (files.ODS, "application/vnd.oasis.opendocument.spreadsheet"),
        (files.DOCX, f"{OFFICE}wordprocessingml.document"),
        (files.XLSX, f"{OFFICE}spreadsheetml.sheet"),
    ],
)
def test_a_file_is_what_it_holds(content: bytes, media_type: str) -> None:
    file = io.BytesIO(content)
    assert media_type_of(file) == media_type
    assert file.tell() == 0


@pytest.mark.parametrize(
    "content",
    [
        files.HTML,
        files.PROGRAM,
        files.DOCM,
        files.DOCX_WITH_MACROS,
        files.ODP,
        files.ZIP,
        files.MANY,
        files.DOCX[:-30],  # its directory is cut off
        files.ODT[:40],
        b" %PDF-1.7",
        b"nom;montant\nA;1\n",
        b"",
    ],
)
def test_what_is_none_of_them_is_not_taken(content: bytes) -> None:
    assert media_type_of(io.BytesIO(content)) is None


def test_an_archive_that_unpacks_to_much_more_is_read_no_further_than_a_part() -> None:
    bomb = files.archive(("mimetype", "a" * 50_000_000))
    assert len(bomb) < 100_000
    assert media_type_of(io.BytesIO(bomb)) is None

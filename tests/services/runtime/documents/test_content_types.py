import errno
import hashlib
import io
import os
import zipfile

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


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_part_that_does_not_unpack_is_a_damaged_document(method: int) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        archive.writestr("[Content_Types].xml", hashlib.shake_128(b"a part").digest(4_000))
    damaged = bytearray(whole.getvalue())
    damaged[60:400] = bytes(range(170)) * 2

    assert media_type_of(io.BytesIO(damaged)) is None


class FailingDisk(io.BytesIO):
    """The file's beginning is read; then the disk fails."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read(size)


def test_a_disk_that_fails_is_not_told_as_a_bad_document() -> None:
    with pytest.raises(OSError, match="error"):
        media_type_of(FailingDisk(files.DOCX))

"""What a file is, by what it holds: neither its name nor what the sender says of it is believed.

A signature at the beginning tells PDF, JPEG and PNG. Office documents are all ZIP archives: which one, and
whether it carries macros, only a look inside tells.
"""

import errno
import lzma
import zipfile
import zlib
from typing import BinaryIO

LONGEST_SIGNATURE = 8
SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
ARCHIVE = b"PK\x03\x04"
OPEN_DOCUMENTS = frozenset(
    {"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"}
)
OFFICE = "application/vnd.openxmlformats-officedocument."
# By the type of the archive's main part: one with macros has another.
OFFICE_DOCUMENTS = {
    f"{OFFICE}{kind}.main+xml".encode(): f"{OFFICE}{kind}"
    for kind in ("wordprocessingml.document", "spreadsheetml.sheet")
}
ACCEPTED = (*SIGNATURES.values(), *sorted(OPEN_DOCUMENTS), *OFFICE_DOCUMENTS.values())
ACCEPTED_NAMES = ("PDF", "JPEG", "PNG", "ODT", "ODS", "DOCX", "XLSX")

MOST_ENTRIES = 2_000
MOST_DIRECTORY_BYTES = 1_048_576
MOST_PART_BYTES = 262_144
END_OF_DIRECTORY, END_BYTES, LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
MACROS = "vbaproject.bin"

# What the library raises on an archive that is damaged, encrypted, or written to hurt who reads it.
DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,  # a method of compression, or a version, that it does not know
    RuntimeError,  # encrypted
    ValueError,  # a name or an offset that cannot be
    EOFError,  # cut short
    OSError,  # bzip2's word for damaged, without a number; and an offset before the beginning
    zlib.error,
    lzma.LZMAError,
)
OF_THE_ARCHIVE = (None, errno.EINVAL)


def media_type_of(file: BinaryIO) -> str | None:
    """None for what is none of `ACCEPTED`. Leaves the file at its beginning."""
    file.seek(0)
    head = file.read(LONGEST_SIGNATURE)
    try:
        for signature, media_type in SIGNATURES.items():
            if head.startswith(signature):
                return media_type
        return _office_type(file) if head.startswith(ARCHIVE) else None
    finally:
        file.seek(0)


def _office_type(file: BinaryIO) -> str | None:
    if not _has_small_directory(file):
        return None
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if any(name.lower().endswith(MACROS) for name in names):
                return None
            if "mimetype" in names:
                said = _part(archive, "mimetype").decode("ascii", "replace").strip()
                return said if said in OPEN_DOCUMENTS else None
            if "[Content_Types].xml" in names:
                parts = _part(archive, "[Content_Types].xml")
                return next((kind for main, kind in OFFICE_DOCUMENTS.items() if main in parts), None)
    except DAMAGED as error:
        _raise_what_is_of_the_disk(error)
        return None
    return None


def _raise_what_is_of_the_disk(error: Exception) -> None:
    """Ours to mend, not the sender's: the library tells some of it as a bad archive."""
    for cause in (error, error.__context__):
        if isinstance(cause, OSError) and cause.errno not in OF_THE_ARCHIVE:
            raise cause


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Never more than a bounded part, however much it says to unpack to."""
    with archive.open(name) as part:
        return part.read(MOST_PART_BYTES)


def _has_small_directory(file: BinaryIO) -> bool:
    """The library reads the whole directory of an archive at once: a sane document's is short."""
    size = file.seek(0, 2)
    file.seek(max(0, size - END_BYTES - LONGEST_COMMENT))
    tail = file.read()
    at = tail.rfind(END_OF_DIRECTORY)
    end = tail[at : at + END_BYTES]
    if at < 0 or len(end) < END_BYTES:
        return False
    entries = int.from_bytes(end[10:12], "little")
    directory_bytes = int.from_bytes(end[12:16], "little")
    return entries <= MOST_ENTRIES and directory_bytes <= MOST_DIRECTORY_BYTES

"""A file as it was sent: measured, hashed and looked into before anything is recorded of it."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from fastapi import UploadFile

from services.runtime.documents.content_types import ACCEPTED_NAMES, media_type_of
from services.runtime.documents.refusals import DocumentEmpty, DocumentTooLarge, DocumentTypeRefused
from services.runtime.fields import NO_LINE

CHUNK_BYTES = 65_536
LONGEST_NAME = 200
UNNAMED = "document"


@dataclass(frozen=True, slots=True)
class Upload:
    """`file` is where the request's form has put it: beyond a megabyte on disk, so that memory stays flat."""

    file: BinaryIO
    name: str
    media_type: str
    size_bytes: int
    sha256: str


async def received(sent: UploadFile, *, most_bytes: int) -> Upload:
    """Refuses what is empty, too large, or of no accepted type."""
    return await asyncio.to_thread(_looked_into, sent.file, sent.filename or "", most_bytes)


def _looked_into(file: BinaryIO, name: str, most_bytes: int) -> Upload:
    size_bytes, sha256 = measure(file)
    if not size_bytes:
        raise DocumentEmpty
    if size_bytes > most_bytes:
        raise DocumentTooLarge(size_bytes=size_bytes, limit_bytes=most_bytes)
    media_type = media_type_of(file)
    if media_type is None:
        raise DocumentTypeRefused(accepted=list(ACCEPTED_NAMES))
    return Upload(file, shown_name(name), media_type, size_bytes, sha256)


def measure(file: BinaryIO) -> tuple[int, str]:
    """Size and SHA-256 of the whole file, read by pieces; leaves it at its beginning."""
    file.seek(0)
    digest, size_bytes = hashlib.sha256(), 0
    while piece := file.read(CHUNK_BYTES):
        digest.update(piece)
        size_bytes += len(piece)
    file.seek(0)
    return size_bytes, digest.hexdigest()


def shown_name(name: str) -> str:
    """What the sender called it, without a path: it is shown, and never opens anything."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"\s+", " ", NO_LINE.sub(" ", last)).strip()[:LONGEST_NAME] or UNNAMED

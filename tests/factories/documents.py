"""Files of every kind that is taken, and of some that are not."""

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64)
HTML = b"<!doctype html><script>alert(1)</script>"
PROGRAM = b"MZ" + bytes(64)
OFFICE = "application/vnd.openxmlformats-officedocument."


def archive(*parts: tuple[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in parts:
            # Always of the same day: the same bytes in every process.
            written.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def open_document(kind: str) -> bytes:
    return archive(("mimetype", f"application/vnd.oasis.opendocument.{kind}"), ("content.xml", "<a/>"))


def office_document(main_type: str, *more: tuple[str, str]) -> bytes:
    types = f'<Types><Override PartName="/main.xml" ContentType="{main_type}"/></Types>'
    return archive(("_rels/.rels", "<a/>"), ("[Content_Types].xml", types), ("main.xml", "<a/>"), *more)


ODT = open_document("text")
ODS = open_document("spreadsheet")
DOCX = office_document(f"{OFFICE}wordprocessingml.document.main+xml")
XLSX = office_document(f"{OFFICE}spreadsheetml.sheet.main+xml")
DOCM = office_document("application/vnd.ms-word.document.macroEnabled.main+xml")
DOCX_WITH_MACROS = office_document(
    f"{OFFICE}wordprocessingml.document.main+xml", ("word/vbaProject.bin", "macro")
)
ODP = open_document("presentation")
ZIP = archive(("a.txt", "x"))
MANY = archive(*((f"{number}.txt", "") for number in range(2_001)), ("mimetype", "x"))

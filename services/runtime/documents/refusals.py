"""Why a document is not taken."""

from services.kernel.language import Text, Word
from services.kernel.refusals import Refusal


class DocumentElement(Word):
    DOCUMENT = "document", "pièce", "document"


class DocumentTooLarge(Refusal):
    http_status = 413
    code = "document-too-large"
    title = Text("Pièce trop volumineuse", "Document too large")
    detail = Text(
        "La pièce compte {size_bytes} octets ; {limit_bytes} au plus sont acceptés.",
        "The document has {size_bytes} bytes; {limit_bytes} at most are taken.",
    )


class DocumentEmpty(Refusal):
    http_status = 422
    code = "document-empty"
    title = Text("Pièce vide", "Empty document")
    detail = Text("Le fichier envoyé est vide.", "The file that was sent is empty.")


class DocumentTypeRefused(Refusal):
    http_status = 415
    code = "document-type-refused"
    title = Text("Type de pièce refusé", "Type of document refused")
    detail = Text(
        "Le contenu n'est d'aucun des types acceptés : {accepted}. Le nom du fichier n'y change rien.",
        "The content is of none of the types that are taken: {accepted}. Its name changes nothing.",
    )


class TooManyDocuments(Refusal):
    code = "too-many-documents"
    title = Text("Trop de pièces", "Too many documents")
    detail = Text(
        "Un dossier porte {limit} pièces au plus ; retirez-en une d'abord.",
        "A dossier has {limit} documents at most; remove one first.",
    )


class DocumentsTooLarge(Refusal):
    code = "documents-too-large"
    title = Text("Pièces trop volumineuses", "Documents too large")
    detail = Text(
        "Les pièces d'un dossier comptent {limit_bytes} octets au plus ; il en reste {room_bytes} pour "
        "{size_bytes}.",
        "A dossier's documents have {limit_bytes} bytes at most; {room_bytes} are left for {size_bytes}.",
    )

"""The `ETag` of a dossier: what a reader holds changes exactly when what is answered does."""

import hashlib

from fastapi.responses import Response

from services.runtime.fields import Answer


def tag(response: Response, answer: Answer) -> None:
    digest = hashlib.sha256(answer.model_dump_json().encode()).hexdigest()
    response.headers["ETag"] = f'"{digest[:32]}"'

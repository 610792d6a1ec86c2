"""Lost edits between two officers: `ETag` on what is read of a dossier, `If-Match` on what changes it.

A tag is made of the answer itself: what a reader holds changes exactly when what is answered does.
It is compared in the effect's own transaction, with the dossier read again under its lock: no other
call fits between the comparison and the change.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.kernel.language import Text
from services.kernel.refusals import Refusal
from services.runtime.fields import Answer
from services.runtime.idempotency import Effect

HEADER = "If-Match"
REPLACING = frozenset({"PATCH", "PUT"})
LONGEST = 1_000
ONE_TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'
TAGS = rf"^(?:\*|{ONE_TAG}(?:[ \t]*,[ \t]*{ONE_TAG})*)$"
EXAMPLE = '"5f2c1d7a90b34e6f8d1c2b3a4f5e6d7c"'


class StaleDossier(Refusal):
    http_status = 412
    code = "stale-dossier"
    title = Text("Le dossier a changé", "The dossier has changed")
    detail = Text(
        "Le dossier n'est plus celui que vous avez lu ; relisez-le, puis recommencez avec son ETag actuel.",
        "The dossier is no longer the one that you read; read it again, then try with its present ETag.",
    )


class PreconditionRequired(Refusal):
    http_status = 428
    code = "precondition-required"
    title = Text("En-tête If-Match absent", "If-Match header missing")
    detail = Text(
        "Cet appel modifie un dossier : donnez dans If-Match l'ETag de ce que vous avez lu.",
        "This call changes a dossier: give the ETag of what you read as If-Match.",
    )


def entity_tag(answer: Answer) -> str:
    digest = hashlib.sha256(answer.model_dump_json().encode()).hexdigest()
    return f'"{digest[:32]}"'


def tag(response: Response, answer: Answer) -> None:
    response.headers["ETag"] = entity_tag(answer)


@dataclass(frozen=True, slots=True)
class Precondition:
    """The tags that the caller accepts; None where it gave no `If-Match`."""

    accepted: frozenset[str] | None
    is_required: bool

    def before(self, effect: Effect, now: Callable[[AsyncSession], Awaitable[Answer]]) -> Effect:
        """`effect`, refused where the dossier is not the one that was read.

        `now` locks the dossier, as the effect will, and answers what a GET by the same caller would.
        """
        if self.accepted is None and not self.is_required:
            return effect

        async def checked(session: AsyncSession) -> BaseModel:
            self._check(await now(session))
            return await effect(session)

        return checked

    def _check(self, current: Answer) -> None:
        if self.accepted is None:
            raise PreconditionRequired
        # RFC 9110, 13.1.1: `*` accepts what exists; the comparison is the strong one, so no `W/` ever equals.
        if "*" not in self.accepted and entity_tag(current) not in self.accepted:
            raise StaleDossier


async def precondition(
    request: Request,
    _given: Annotated[
        str | None,
        Header(
            alias=HEADER,
            pattern=TAGS,
            max_length=LONGEST,
            description="The `ETag` of the dossier as it was read: nothing is done if it has changed since. "
            "Required on PATCH and PUT",
            examples=[EXAMPLE],
        ),
    ] = None,
) -> Precondition:
    lines = request.headers.getlist(HEADER)
    tags = re.findall(rf"\*|{ONE_TAG}", ",".join(lines))
    return Precondition(frozenset(tags) if lines else None, request.method in REPLACING)


IfMatch = Annotated[Precondition, Depends(precondition)]
"""Parameter of an endpoint that changes a dossier: required on PATCH and PUT, obeyed on POST."""

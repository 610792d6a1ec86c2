"""What was kept before it was whole, and is now read as if it were sent whole: what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from services.kernel.language import Text
from services.kernel.refusals import Refusal
from services.runtime.standard_problems import STANDARD_PROBLEMS

CODE, TITLE, DETAIL = STANDARD_PROBLEMS[422]


class InvalidContent(Refusal):
    """Answered as a malformed body is. `found` is as pydantic tells it, without the values themselves."""

    http_status = 422
    code = CODE
    title: ClassVar[Text] = TITLE
    detail: ClassVar[Text] = DETAIL

    def __init__(self, found: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(count=len(found))
        self.found = tuple(
            {
                "type": one["type"],
                "loc": ("body", *one["loc"]),
                "msg": one["msg"],
                "ctx": one.get("ctx") or {},
            }
            for one in found
        )

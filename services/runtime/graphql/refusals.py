"""How a refusal of the rules leaves: a type of its own in mutations, an error's extensions in queries."""

from typing import cast

import strawberry
from pydantic_core import to_jsonable_python
from strawberry.utils.str_converters import to_camel_case

from services.kernel.language import Language
from services.kernel.refusals import InvalidInput, SeveralRefusals
from services.kernel.refusals import Refusal as RefusalOfRules
from services.runtime.graphql.scalars import Facts
from services.runtime.invalid_content import InvalidContent
from services.runtime.problems import input_errors


@strawberry.federation.type(
    name="Refusal",
    shareable=True,
    description="What the rules or the state of a dossier refuse. Nothing was recorded.",
)
class Refusal:
    code: str = strawberry.field(description="Stable and kebab-case: what a program compares.")
    message: str = strawberry.field(description="What is refused and why, in the caller's language.")
    facts: Facts = strawberry.field(
        description="The refusal's facts (`owed_cents`, `room_cents`...), as REST names them."
    )


def shown(refusal: RefusalOfRules, language: Language) -> Refusal:
    return Refusal(
        code=refusal.code,
        message=message_of(refusal, language),
        facts=Facts(facts_of(refusal, language)),
    )


def message_of(refusal: RefusalOfRules, language: Language) -> str:
    if isinstance(refusal, InvalidInput):
        return refusal.reason.render(language, refusal.reason_facts)
    return refusal.message(language)


def facts_of(refusal: RefusalOfRules, language: Language) -> dict[str, object]:
    if isinstance(refusal, InvalidInput):
        message = message_of(refusal, language)
        return {
            "errors": [{"pointer": graph_pointer(refusal.pointer), "code": refusal.code, "message": message}]
        }
    facts = refusal.facts
    if isinstance(refusal, SeveralRefusals):
        facts = {**facts, "errors": refusal.errors(language)}
    if isinstance(refusal, InvalidContent):
        errors = input_errors(refusal.found, language)
        facts = {**facts, "errors": [{**one, "pointer": graph_pointer(one["pointer"])} for one in errors]}
    return cast("dict[str, object]", to_jsonable_python(facts, fallback=str))


def graph_pointer(pointer: str) -> str:
    """A pointer into a REST body as one into the input: `/cae/paid_up_on` is `/cae/paidUpOn` here."""
    return "/".join(to_camel_case(step) for step in pointer.split("/"))

"""What is wrong with a value, without the value: the library's words quote it, and it may be a person's."""

import re

# How graphql-core ends or begins such a sentence; the rest says the type, the field and the place.
_QUOTING = (
    (re.compile(r"Value .* does not exist in ('\w+') enum.*$", re.DOTALL), r"The value is not in \1."),
    (re.compile(r"(cannot represent (?:an? )?[\w\- ]*value): .*$", re.DOTALL), r"\1."),
    (re.compile(r"(?:, but encountered error .*|[,;] found: .*)$", re.DOTALL), "."),
    (re.compile(r" Found: .*$", re.DOTALL), ""),
    (re.compile(r"\b((?:Block)?String|Int|Float) (['\"]).*\2", re.DOTALL), r"\1"),
)


def without_values(message: str) -> str:
    for quoting, said in _QUOTING:
        message = quoting.sub(said, message)
    return message

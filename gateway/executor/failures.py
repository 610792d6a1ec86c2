"""Errors of subgraphs, told in the client's terms: its paths, its names, and no more of the inside than it
may see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.executor.representations import Representations, paths_at
from gateway.planner.normalize import ALIASED_TYPENAME
from gateway.selections import TYPENAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.executor.representations import DataPath
    from gateway.plan import Part
    from gateway.planner.steps import Output

MAX_ERRORS_PER_FETCH = 100
"""A graph that fails for each of thousands of objects says nothing more by saying it thousands of times."""

UNFORESEEN = "INTERNAL_SERVER_ERROR"
"""What servers of the Apollo kind call an error that nobody gave a code."""
OF_THE_INSIDE = ("exception", "stacktrace")
"""What such servers add to an error, of any code, on machines that are set up for development."""

Error = dict[str, Any]


class SubgraphFailure(Exception):  # noqa: N818 - a failure of another program, not an error of this one
    """A whole request to a subgraph that brought nothing usable."""

    def __init__(self, code: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts = facts


def is_foreseen(error: Any) -> bool:
    """Whether the subgraph gave an error a code of its own: its text is then for clients."""
    extensions = error.get("extensions") if isinstance(error, dict) else None
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return isinstance(code, str) and code != UNFORESEEN


def listed(errors: Any) -> list[dict[str, Any]]:
    """The errors of an answer. What should be one and is no object is an error without words."""
    if not errors:
        return []
    if not isinstance(errors, list):
        return [{}]
    return [error if isinstance(error, dict) else {} for error in errors]


@dataclass(frozen=True, slots=True)
class Failures:
    """`reveal=False` hides the text of errors that the subgraph did not foresee, and what others tell of its
    inside.
    """

    reveal: bool

    def of_request(
        self,
        service: str,
        part: Part,
        failure: SubgraphFailure,
        representations: Representations | None,
        data: dict[str, Any],
    ) -> list[Error]:
        """One error per field now missing if the fetch was about one object, else one for all the objects."""
        extensions = {"code": failure.code, "service": service, **failure.facts}
        paths = [place for each in _sent(part, representations, data) for place in each]
        if len(paths) == 1:
            fields = sorted(set(_visible_fields(part.output)))
            places = [(*paths[0], *names) for names in fields] or paths
        else:
            places = [_common(paths)]
        return [_error(failure.message, place, extensions) for place in places[:MAX_ERRORS_PER_FETCH]]

    def of_answer(
        self,
        service: str,
        part: Part,
        errors: list[dict[str, Any]],
        representations: Representations | None,
        data: dict[str, Any],
    ) -> list[Error]:
        """The errors a subgraph listed beside its data."""
        told: list[Error] = []
        sent = _sent(part, representations, data)
        for error in errors:
            message, extensions = self._told(service, error)
            for place in self._places(part, error.get("path"), sent):
                told.append(_error(message, place, extensions))
                if len(told) == MAX_ERRORS_PER_FETCH:
                    return told
        return told

    def _told(self, service: str, error: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        message, extensions = error.get("message"), error.get("extensions")
        extensions = dict(extensions) if isinstance(extensions, dict) else {}
        if not self.reveal:
            if not is_foreseen(error):
                message, extensions = None, {}
            for name in OF_THE_INSIDE:
                extensions.pop(name, None)
        if not isinstance(message, str) or not message:
            message = f"The service {service} could not give this."
        return message, {"code": "DOWNSTREAM_SERVICE_ERROR", **extensions, "service": service}

    @staticmethod
    def _places(part: Part, path: Any, sent: list[list[DataPath]]) -> Iterator[DataPath]:
        """`sent` has the client's paths of each representation, or of what was asked from the root."""
        within = path if isinstance(path, list) else []
        if not part.is_entity:
            for base in sent[0][:1]:
                yield (*base, *_client_path(part.output, within))
            return
        if len(within) > 1 and isinstance(within[1], int) and 0 <= within[1] < len(sent):
            below = _client_path(part.output, within[2:])
            for place in sent[within[1]]:
                yield (*place, *below)
            return
        places = [place for each in sent for place in each]
        yield places[0] if len(places) == 1 else _common(places)


def _sent(part: Part, representations: Representations | None, data: dict[str, Any]) -> list[list[DataPath]]:
    paths = [_visible(at, part) for at in paths_at(data, part.path)]
    if representations is None:
        return [paths]
    return [[paths[at] for at in positions] for positions in representations.positions]


def _error(message: str, path: DataPath, extensions: dict[str, Any]) -> Error:
    return {"message": message, **({"path": list(path)} if path else {}), "extensions": extensions}


def _visible_fields(output: Output) -> Iterator[tuple[str, ...]]:
    """The fields that a request brings; of one that other requests bring as well, what stands below it."""
    for asked in output.fields.values():
        name = asked.response_key
        if name is not None and asked.below is not None and asked.is_part:
            yield from ((name, *names) for names in _visible_fields(asked.below))
        elif name is not None:
            yield (name,)
    for part in output.fragments.values():
        yield from _visible_fields(part)


def _visible(path: DataPath, part: Part) -> DataPath:
    """A path of the gathered data as the client sees it: it ends where the planner's own fields begin."""
    told: list[str | int] = []
    names = 0
    for step in path:
        if isinstance(step, str):
            names += 1
            if names > part.visible_names:
                break
        told.append(TYPENAME if step == ALIASED_TYPENAME else step)
    return tuple(told)


def _client_path(output: Output, path: list[Any]) -> DataPath:
    """A path within a graph's answer, in the client's names; it ends at a field that no client asked for."""
    told: list[str | int] = []
    here: list[Output] = [output]
    for part in path:
        if isinstance(part, int):
            told.append(part)
            continue
        stack, matches = list(here), []
        while stack:
            one = stack.pop()
            stack.extend(one.fragments.values())
            matches += [asked for asked in one.fields.values() if asked.alias == part]
        names = [asked.response_key for asked in matches if asked.response_key is not None]
        if not names:
            break
        told.append(names[0])
        here = [asked.below for asked in matches if asked.below is not None]
    return tuple(told)


def _common(paths: list[DataPath]) -> DataPath:
    """The longest beginning that all share, without the index it may end with."""
    if not paths:
        return ()
    length = 0
    shortest = min(len(path) for path in paths)
    while length < shortest and all(path[length] == paths[0][length] for path in paths):
        length += 1
    while length and isinstance(paths[0][length - 1], int):
        length -= 1
    return paths[0][:length]

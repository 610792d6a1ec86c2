"""Server-sent events, read from bytes that come in any pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.event_source import Block, EventReader

TEXT = (
    b': hello\n\nevent: next\nid: 1\ndata: {"a":\ndata: "\xc3\xa9"}\n\n:\n\nevent: next\r\ndata:x\r\n\r\n'
    b"retry: 5\nid: bad\0id\nevent: complete\ndata: \n\n"
)
BLOCKS = [Block("next", "1", '{"a":\n"é"}'), Block("next", "1", "x"), Block("complete", "1", "")]


@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_pieces_make_the_same_events(cuts: list[int]) -> None:
    reader = EventReader(1_000)
    places = [0, *sorted(cuts), len(TEXT)]
    parts = [TEXT[start:end] for start, end in pairwise(places)]
    assert [block for part in parts for block in reader.read(part)] == BLOCKS


@pytest.mark.parametrize("text", [b"data: " + b"x" * 200, b"data: x\n" * 40])
def test_an_event_without_end_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="larger"):
        list(EventReader(100).read(text))


def test_events_one_after_the_other_are_counted_one_by_one() -> None:
    assert len(list(EventReader(100).read(b"event: next\ndata: x\n\n" * 40))) == 40

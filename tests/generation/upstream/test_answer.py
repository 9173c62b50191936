"""Bytes in, visible text out: however the bytes were cut, and whatever stands in them."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.generation.upstream.answer import AnswerReader
from service.generation.upstream.wire import EventStream, ServerEvent
from tests.upstream import DONE, delta, event, usage

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT = "제주는 3,000원 👩‍👩‍👧 <b>굵게</b> ① A < B"
SENT = b"".join((*(delta(content=piece) for piece in TEXT.split(" ")), delta("stop"), usage(7, 5), DONE))
SHOWN = TEXT.replace(" ", "")


def read(parts: Iterable[bytes]) -> tuple[str, AnswerReader]:
    reader = AnswerReader(EventStream())
    text = "".join([reader.feed(part) for part in parts])
    return text + reader.end(), reader


def said(*pieces: str) -> str:
    text, reader = read([*(delta(content=piece) for piece in pieces), delta("stop")])
    assert reader.fault is None
    return text


@given(st.lists(st.integers(0, len(SENT)), max_size=30))
def test_the_text_is_exact_wherever_the_bytes_were_cut(cuts: list[int]) -> None:
    """Fault 88: also inside a character and inside an event."""
    edges = [0, *sorted(cuts), len(SENT)]
    text, reader = read(SENT[begin:end] for begin, end in pairwise(edges))
    assert (text, reader.fault, reader.finish_reason) == (SHOWN, None, "stop")


def test_no_beginning_of_a_stream_is_whole_before_its_finish_reason() -> None:
    """Goal G3, for every single byte."""
    whole_from = SENT.index(b'"stop"}]}\n\n') + len(b'"stop"}]}\n\n')
    for cut in range(len(SENT)):
        text, reader = read([SENT[:cut]])
        assert (reader.fault is None) is (cut >= whole_from)
        assert SHOWN.startswith(text)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_of_the_standard_is_understood(line_end: bytes) -> None:
    stream = b"\xef\xbb\xbf: hello\n" + b"id: 3\nretry: 9\ndata:a\ndata: b\n\nevent: x\ndata:  c\n\n\n\ndata: d\n\n"
    stream = stream.replace(b"\n", line_end) + b": more\n"
    events = EventStream()
    found = [found for byte in stream for found in events.feed(bytes([byte]))]
    assert found == [ServerEvent("message", "a\nb"), ServerEvent("x", " c"), ServerEvent("message", "d")]


@given(st.binary(max_size=400))
def test_no_bytes_at_all_break_the_reader(data: bytes) -> None:
    text, reader = read([b"data: " + data + b"\n\n", data])
    assert text == ""
    assert reader.fault


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["choices", "delta", "content", "index", "usage"]), inner)
    ),
)


@given(JSON, JSON)
def test_no_json_at_all_breaks_the_reader(document: object, choice: object) -> None:
    """Fault 89."""
    for sent in (document, {"choices": document}, {"choices": [choice]}, {"choices": [{"delta": choice}]}):
        _, reader = read([b"data: " + json.dumps(sent).encode() + b"\n\n"])
        assert reader.fault


@pytest.mark.parametrize(
    "nothing",
    [
        {},
        {"choices": []},
        {"choices": None},
        {"choices": [{}]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {}, "finish_reason": ""}]},
        {"choices": [{"delta": {"content": None, "tool_calls": None, "refusal": None}}]},
        {"choices": [{"delta": {"tool_calls": []}}]},
        {"choices": [{"index": 1, "delta": {"content": "another choice"}}]},
        {"error": None, "usage": None, "model": 7, "choices": []},
    ],
)
def test_an_event_that_says_nothing_is_passed_over(nothing: object) -> None:
    """Fault 89."""
    text, reader = read([event(nothing), delta(content="네"), delta("stop")])
    assert (text, reader.fault) == ("네", None)


def test_an_event_that_says_nothing_is_no_sign_of_the_model() -> None:
    """Fault 82."""
    reader = AnswerReader(EventStream())
    for silent in (b": ping\n\n", event({"choices": []}), delta(role="assistant", content=""), usage(1, 0)):
        reader.feed(silent)
        assert not reader.moved
    for sign in (delta(reasoning_content="Hm"), delta(content="네"), delta("stop")):
        reader.feed(sign)
        assert reader.moved


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["<think>비밀</think>네"], "네"),
        (["<th", "ink>비", "밀</thi", "nk>\n\n네"], "네"),
        (["네<think>비밀</think>, 됩니다"], "네, 됩니다"),
        (["A <", " B"], "A < B"),
        (["A <t", "able>"], "A <table>"),
        (["끝은 <"], "끝은 <"),
        (["끝은 </th"], "끝은 </th"),
        (["네<think>끝없는 비밀"], "네"),
        (["<think><think>비밀</think>네"], "네"),
    ],
)
def test_reasoning_is_never_shown(pieces: list[str], shown: str) -> None:
    """Fault 97."""
    assert said(*pieces) == shown
    assert said(*"".join(pieces)) == shown


def test_reasoning_in_its_own_field_is_never_shown() -> None:
    """Fault 97."""
    text, _ = read([delta(reasoning_content="비밀"), delta(reasoning="비밀"), delta(content="네"), delta("stop")])
    assert text == "네"


def test_reasoning_whose_opening_tag_was_in_the_prompt_is_left_out_when_it_ends_in_time() -> None:
    """Fault 97."""
    assert said("비밀</think>네") == "네"


def test_reasoning_that_was_taken_for_the_answer_makes_it_a_fault() -> None:
    """Fault 97: the tag that closes it came too late to know."""
    _, reader = read([delta(content="비밀"), delta(content="</think>네"), delta("stop")])
    assert reader.fault


def test_an_emoji_in_two_halves_is_put_together() -> None:
    """Fault 88."""
    halves = (b'data: {"choices":[{"delta":{"content":"%b"}}]}\n\n' % half for half in (b"\\ud83d", b"\\ude00"))
    text, _ = read([*halves, delta("stop")])
    assert text == "😀"


def test_an_answer_that_ends_in_half_a_character_is_not_whole() -> None:
    """Fault 88."""
    _, reader = read([b'data: {"choices":[{"delta":{"content":"A\\ud83d"},"finish_reason":"stop"}]}\n\n'])
    assert reader.fault


def test_control_characters_are_left_out() -> None:
    """Faults 30, 101: NUL would break a database, ESC a terminal."""
    assert said("\x1b[31m네\x00\r\n\t예\x9b") == "[31m네\n\t예"


def test_white_space_before_the_first_word_is_left_out() -> None:
    assert said("\n", "  ", " 네 ", " ") == "네  "

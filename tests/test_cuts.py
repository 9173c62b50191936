"""Streams cut at a random byte: the checker itself, and two hundred through a real service."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from scripts.bench.cuts import HOPEFUL, HOWS, Cutter, Sent, counted, cut_answer, faults_of, hear, judged
from scripts.bench.service import serving
from scripts.bench.streams import Heard, Scripted
from service.conversation.store import Answer
from tests.conftest import SHOP

TEXT = "오늘은 하늘이 맑고 "
SENT = Sent("close", TEXT, TEXT, finished=True)
CUT = replace(SENT, said="오늘은 하늘이 ", finished=False)
STORED = Answer(TEXT, "model", "complete")
HALF = Answer("오늘은 ", "model", "interrupted")
META = ("meta", {"exchange_id": "e", "source": "model"})
DONE = ("done", {"complete": True, "answer": TEXT})
ERROR = ("error", {"code": "interrupted"})


def delta(text: str) -> tuple[str, dict[str, Any]]:
    return "delta", {"text": text}


def heard(*events: tuple[str, dict[str, Any]], status: int = 200, ended: bool = True) -> Heard:
    blocks = [
        f"id: e:{number}\nevent: {name}\ndata: {json.dumps(data)}\n\n" for number, (name, data) in enumerate(events, 1)
    ]
    return Heard(status, "".join(blocks).encode(), ended, 0.1)


WHOLE = heard(META, delta(TEXT), DONE)
BROKEN_OFF = heard(META, delta("오늘은 "), ERROR)
DECLINED = heard(("meta", {"exchange_id": "e", "source": "suggest"}), ("done", {"complete": True, "answer": "모름"}))


@pytest.mark.parametrize(
    ("sent", "one", "stored"),
    [
        ([SENT], WHOLE, STORED),
        ([CUT], BROKEN_OFF, HALF),
        ([CUT, SENT], WHOLE, STORED),
        ([SENT], BROKEN_OFF, HALF),  # sent is not arrived: a reset takes back what was on its way
        ([replace(CUT, said="")], DECLINED, Answer("모름", "suggest", "complete")),
    ],
)
def test_an_honest_stream_has_no_fault(sent: list[Sent], one: Heard, stored: Answer) -> None:
    assert faults_of(sent, one, stored) == []


@pytest.mark.parametrize(
    ("sent", "one", "stored", "fault"),
    [
        ([CUT], WHOLE, STORED, "was shown as complete and was not"),
        ([replace(SENT, finished=False)], WHOLE, STORED, "was shown as complete and was not"),
        ([CUT], BROKEN_OFF, replace(HALF, end="complete"), "was stored as complete and was not"),
        ([SENT], WHOLE, replace(STORED, end="interrupted"), "was shown as one thing and stored as another"),
        ([CUT], BROKEN_OFF, replace(HALF, text=TEXT), "was shown as one thing and stored as another"),
        ([SENT], heard(META, delta("오늘은 "), DONE), STORED, "ended with another answer than it had said"),
        ([CUT], heard(META, delta("내일은 "), ERROR), HALF, "said what the provider had not"),
        ([CUT], heard(META, delta(TEXT), ERROR), replace(HALF, text=TEXT), "said what the provider had not"),
        ([SENT], heard(META, delta(TEXT)), STORED, "ended 0 times, or went on after its end"),
        ([SENT], heard(META, delta(TEXT), DONE, ERROR), STORED, "ended 2 times, or went on after its end"),
        ([SENT], heard(META, DONE, delta(TEXT)), STORED, "ended 1 times, or went on after its end"),
        ([SENT], replace(WHOLE, ended=False), STORED, "was no stream with an end (status 200, 3 events)"),
        ([SENT], replace(WHOLE, status=503), STORED, "was no stream with an end (status 503, 3 events)"),
        ([SENT], heard(), None, "was no stream with an end (status 200, 0 events)"),
        ([SENT], WHOLE, None, "is not on disk"),
        ([SENT], DECLINED, STORED, "was declined, and yet showed or stored words of the provider"),
    ],
)
def test_the_checker_sees_every_lie(sent: list[Sent], one: Heard, stored: Answer | None, fault: str) -> None:
    assert fault in faults_of(sent, one, stored)


def test_every_way_to_cut_is_taken_at_every_depth() -> None:
    cuts = [cut_answer(random.Random(seed))[0] for seed in range(2_000)]
    for how in HOWS:
        chosen = [sent for sent in cuts if sent.how == how]
        assert {sent.finished for sent in chosen} == {True, False}
        assert any(0 < len(sent.said) < len(sent.text) for sent in chosen)
        assert any(not sent.said for sent in chosen)
    assert all(sent.text.startswith(sent.said) for sent in cuts)
    assert all(sent.said == sent.text for sent in cuts if sent.finished)
    assert any(sent.said == sent.text for sent in cuts if not sent.finished), "cut behind the last word"


def test_a_seed_decides_every_cut() -> None:
    assert cut_answer(random.Random("7 381 0")) == cut_answer(random.Random("7 381 0"))


async def test_no_cut_stream_is_shown_or_stored_as_whole(shop_var: Path, tmp_path: Path) -> None:
    """Faults 83 to 86: two hundred of the ten thousand of `scripts.bench.cuts`."""
    copytree(shop_var, tmp_path / "var")
    cutter = Cutter(seed=20261121)
    async with Scripted(cutter.script) as provider:
        with serving(
            var_dir=tmp_path / "var",
            core=None,
            program=HOPEFUL,
            faq_path=str(SHOP),
            chat_base_url=provider.base_url,
            chat_model="fake-1",
        ) as service:
            listened = await hear(service.port, cutter, streams=200)
    assert await judged(cutter, listened, tmp_path / "var/ondap.sqlite") == []
    assert len(cutter.sent) >= 200
    ends = counted(cutter, listened)
    assert ends["cut and said so"] > 50
    assert ends["complete"] > 0

"""How many reversed questions are noticed and how many honest ones are blocked; docs/evaluation.md has the figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from service.knowledge.faq import load_faq
from service.knowledge.faults import Faults
from service.knowledge.written import Fields, Items, Scalar, Written
from service.knowledge.yaml_file import read_yaml
from service.resources import bundled
from service.retrieval.contrast.guard import conflict

EVAL = Path(__file__).parents[4] / "shared" / "eval"
SENTENCES = Path(__file__).parent / "sentences.yaml"

here = pytest.mark.skipif(not EVAL.is_dir(), reason="the labelled questions live beside the checkout, not in it")


class Asked(NamedTuple):
    question: str
    phrasings: tuple[str, ...]


def plain(written: Written) -> object:
    match written:
        case Fields(values):
            return {name: plain(value) for name, (_, value) in values.items()}
        case Items(values):
            return [plain(value) for value in values]
        case Scalar(text):
            return text


def own_sentences(kind: str) -> list[Asked]:
    read = read_yaml(SENTENCES.read_text(encoding="utf-8"), Faults(SENTENCES))
    assert read is not None
    written = plain(read)
    assert isinstance(written, dict)
    return [Asked(text, tuple(entry["phrasings"])) for entry in written["entries"] for text in entry[kind]]


def flip_set(*, same: bool) -> list[Asked]:
    entries = {entry.id: entry for entry in load_faq(EVAL / "flip" / "faq.yaml").entries}
    lines = (EVAL / "flip" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    return [Asked(q["text"], entries[q["entry"]].phrasings) for q in questions if q["same"] is same]


def noticed(asked: list[Asked]) -> float:
    """The share that conflicts."""
    return sum(conflict(question, phrasings) is not None for question, phrasings in asked) / len(asked)


def blocked(name: str) -> float:
    """The share of answerable questions for which every right entry conflicts."""
    folder = EVAL / name
    path = next(folder / file for file in ("faq.yaml", "faq.jsonl") if (folder / file).exists())
    entries = {entry.id: entry for entry in load_faq(path).entries}
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    answerable = [q for line in lines if (q := json.loads(line))["expected"] is not None]
    right = [(q["text"], [q["expected"], *(q.get("accept") or [])]) for q in answerable]
    wrongly = [text for text, ids in right if all(conflict(text, entries[each].phrasings) for each in ids)]
    return len(wrongly) / len(right)


def test_most_reversed_questions_of_our_own_are_noticed() -> None:
    assert noticed(own_sentences("flipped")) >= 0.8


def test_hardly_any_paraphrase_of_our_own_is_blocked() -> None:
    assert noticed(own_sentences("same")) <= 0.03


@here
def test_most_reversed_questions_of_the_flip_set_are_noticed() -> None:
    assert noticed(flip_set(same=False)) >= 0.9


@here
def test_hardly_any_paraphrase_of_the_flip_set_is_blocked() -> None:
    assert noticed(flip_set(same=True)) <= 0.03


@here
@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("ko_shop", 0.02),
        ("en_shop", 0.01),
        ("clinc150", 0.006),
        ("hint3_curekart", 0.012),
        ("banking77_oos", 0.01),
        ("parakqc_ko", 0.03),
    ],
)
def test_hardly_any_right_answer_is_blocked(name: str, most: float) -> None:
    assert blocked(name) <= most


def test_the_sample_faq_does_not_contradict_itself() -> None:
    entries = load_faq(bundled("data") / "faq.yaml").entries
    found = [(p, c) for entry in entries for p in entry.phrasings if (c := conflict(p, entry.phrasings))]
    assert found == []

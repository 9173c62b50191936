"""FAQs of any size that look like text: the sample FAQ's words and invented names, drawn by Zipf's law.

The same for the same size on every run. Half of the entries are Korean, the other half English; every fifth mixes both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from service.knowledge.faq import load_faq
from service.resources import bundled
from service.retrieval.layout import row_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PHRASINGS = 5
NAMES = 4_000
"""Invented product names of each language: what a shop with many entries has many of."""
SUBJECT = 4
"""Words that an entry is about; a phrasing says some of them."""
MIXED = 5
DATED = 50
"""Every so many entries one has a day on which it ends."""


@dataclass(frozen=True, slots=True)
class Words:
    """`common` are real words, the most frequent first; `names` are invented."""

    common: list[str]
    names: list[str]


def write_faq(path: Path, entries: int) -> None:
    """A .jsonl of so many entries with `PHRASINGS` phrasings each."""
    lines = (json.dumps(entry, ensure_ascii=False) for entry in islice(salad(), entries))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def questions(entries: int, count: int) -> list[str]:
    """What no entry has written but any of the first `entries` may mean: two of its phrasings, each cut in half."""
    every = max(1, entries // count)
    asked = [entry for number, entry in enumerate(islice(salad(), entries)) if number % every == 0]
    return [f"{_half(entry['question'])} {_half(entry['variants'][0])}" for entry in asked[:count]]


def salad() -> Iterator[dict[str, Any]]:
    """Entries as a .jsonl has them, without end."""
    random = np.random.default_rng(4)
    korean, english = _words(random)
    number = 0
    while True:
        first, second = (korean, english) if number % 2 else (english, korean)
        other = second if number % MIXED == 0 else first
        subject = [*_drawn(first.common, 2, random), str(random.choice(first.names)), str(random.choice(other.names))]
        said = [_said(subject, first, other, int(random.integers(3, 7)), random) for _ in range(PHRASINGS)]
        ends = {"valid_until": "2099-12-31"} if number % DATED == 0 else {}
        yield {
            "id": f"e{number}",
            "question": f"{said[0]} {number}?",
            "variants": said[1:],
            "answer": _said(subject, first, other, 25, random),
            **ends,
        }
        number += 1


def _said(subject: list[str], first: Words, other: Words, more: int, random: np.random.Generator) -> str:
    about = random.permutation(subject)[: SUBJECT - 1].tolist()
    return " ".join(random.permutation([*about, *_drawn(first.common, more, random), *_drawn(other.common, 1, random)]))


def _drawn(words: list[str], count: int, random: np.random.Generator) -> list[str]:
    """By Zipf's law: the second word half as often as the first, the third a third."""
    ranks = np.exp(random.random(count) * np.log(len(words) + 1)).astype(int) - 1
    return [words[rank] for rank in ranks]


def _words(random: np.random.Generator) -> tuple[Words, Words]:
    faq = load_faq(bundled("data") / "faq.yaml")
    counts: dict[str, int] = {}
    for word in " ".join(row_texts(faq.entries)).split():
        bare = word.strip(".,?!()'\"*~:…").lower()
        counts[bare] = counts.get(bare, 0) + 1
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    syllables = sorted({letter for word in ordered for letter in word if "가" <= letter <= "힣"})
    pieces = sorted({word[:3] for word in ordered if word.isascii() and word.isalpha() and len(word) > 3})
    return (
        Words(
            [word for word in ordered if all("가" <= letter <= "힣" for letter in word) and word],
            _names(syllables, 3, random),
        ),
        Words([word for word in ordered if word.isascii() and word.isalpha()], _names(pieces, 2, random)),
    )


def _names(pieces: list[str], length: int, random: np.random.Generator) -> list[str]:
    return ["".join(random.choice(pieces, length)) for _ in range(NAMES)]


def _half(text: str) -> str:
    words = text.split()
    return " ".join(words[: (len(words) + 1) // 2])

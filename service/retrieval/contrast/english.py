"""English cut into clauses and words, each word by a stem that all its forms share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from .reading import Word
from .words import contrast_words, leaders

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True, kw_only=True)
class EnglishWord(Word):
    """`content` words mean something by themselves; `past` ones look like past or participle; `acts`: used as verbs."""

    content: bool = False
    acts: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """`head` is the conjunction that opens it, or nothing."""

    head: str
    words: list[EnglishWord]

    @property
    def written(self) -> list[str]:
        return [word.written for word in self.words]


class Lists(NamedTuple):
    """english.yaml, ready for use; sets of stems where words have forms."""

    negators: frozenset[str]
    conjunctions: frozenset[str]
    function: frozenset[str]
    trouble: frozenset[str]
    undoing: frozenset[str]
    starting: frozenset[str]
    others: frozenset[str]
    imperatives: frozenset[str]
    people: frozenset[str]
    vague: frozenset[str]
    everyday: frozenset[str]
    changing: frozenset[str]
    adjectives: frozenset[str]
    alike: dict[str, str]


@cache
def lists() -> Lists:
    words = contrast_words("english")
    alike = {_stemmed(word): _stemmed(leader) for word, leader in leaders(words["alike"]).items()}
    as_written = {name: frozenset(words[name]) for name in ("negators", "conjunctions", "function")}
    stems = Lists.__annotations__.keys() - as_written.keys() - {"alike"}
    by_stem = {name: frozenset(alike.get(_stemmed(word), _stemmed(word)) for word in words[name]) for name in stems}
    return Lists(**as_written, **by_stem, alike=alike)


@cache
def irregular() -> dict[str, str]:
    """The past of a verb -> the verb."""
    return {past: verb for verb, pasts in contrast_words("english")["irregular"].items() for past in pasts}


_HAPPENING: Final = frozenset(["do", "does", "did", "is", "are", "was", "were", "am", "have", "has", "had"])
_SUPPOSING: Final = frozenset(["can", "could", "will", "would", "should", "may", "might", "must"])
AUXILIARIES: Final = _HAPPENING | _SUPPOSING
_DEGREES: Final = frozenset(["is", "are", "was", "were", "too", "very", "so"])
_BEING: Final = frozenset(["is", "was", "be", "been", "are", "were"])
SUBJECTS: Final = frozenset(["i", "we", "you", "they", "he", "she", "it"])

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?|\d+|[.,?!;:()]|(?<=\s)-(?=\s)")
_SHORT: Final = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
_ROOTS: Final = {"ca": "can", "wo": "will", "sha": "shall"}
_GLUED: Final = {f"{word}nt": word for word in ("do", "does", "did", "is", "have", "has", "was", "are", "could")} | {
    "cannot": "can",
    "cant": "can",
    "wont": "will",
}
_NO_PAST: Final = frozenset(["need", "exceed", "speed", "indeed", "feed"])
_SHORTEST_STEM: Final = 3


def clauses_of(folded: str) -> list[Clause]:
    """The clauses of a folded text, in order; `Word.clause` numbers them."""
    known = lists()
    clauses = [Clause("", [])]
    for found in _WORD.findall(folded.replace("’", "'")):
        for written in _parts(found):
            if not written[0].isalnum():
                clauses.append(Clause("", []))
                continue
            if written in known.conjunctions:
                clauses.append(Clause(written, []))
            elif _begins_anew(written, clauses[-1]):
                clauses.append(Clause("", []))
            clauses[-1].words.append(_word(written, len(clauses)))
    return [clause for clause in clauses if clause.words]


def _word(written: str, clause: int) -> EnglishWord:
    known = lists()
    listed = written in known.function or written in known.negators or written in known.conjunctions
    past = written in irregular() or (len(written) > 4 and written.endswith("ed") and written not in _NO_PAST)
    content = written.isalpha() and not listed
    return EnglishWord(written=written, stem=stem(written), clause=clause, content=content, past=past)


def _parts(word: str) -> Sequence[str]:
    """don't is do and not, I'm is I and am; an 's may be anything."""
    if word in _GLUED:
        return _GLUED[word], "not"
    if word.endswith("n't") and word != "n't":
        return _ROOTS.get(word[:-3], word[:-3]), "not"
    base, _, short = word.partition("'")
    return (base, _SHORT[short]) if short in _SHORT else (base,)


def _begins_anew(written: str, clause: Clause) -> bool:
    """The gift card | I sent; if it isn't there | please add it."""
    if not any(word.content for word in clause.words):
        return False
    if written in SUBJECTS - {"it"}:
        return clause.words[-1].written not in AUXILIARIES | {"not"}
    return written == "please"


def stem(word: str) -> str:
    """One form for all forms of a word and for words alike; not always a word itself: charge, charging -> charg."""
    return lists().alike.get(_stemmed(word), _stemmed(word))


@lru_cache(maxsize=8192)
def _stemmed(word: str) -> str:
    base = irregular().get(word, word)
    if base.endswith(("ies", "ied")) and len(base) > 4:
        base = base[:-3] + "y"
    elif base.endswith("ing") and len(base) > 5:
        base = base[:-3]
    elif base.endswith("ed") and len(base) > 4:
        base = base[:-2]
    elif base.endswith("s") and len(base) > _SHORTEST_STEM and not base.endswith(("ss", "us", "is")):
        base = base[:-1]
    base = base.removesuffix("e") if len(base) > _SHORTEST_STEM else base
    return base[:-1] if len(base) > _SHORTEST_STEM and base[-1] == base[-2] else base


def name(clause: Sequence[EnglishWord], place: int) -> None:
    """What the word's status is about, what it is said of, and less of a status where it says little."""
    word, known = clause[place], lists()
    if not word.content:
        return
    behind = next((other.stem for other in clause[place + 1 :] if other.content), None)
    ahead = next((other.stem for other in reversed(clause[:place]) if other.content), None)
    passive = word.past and any(other.written in _BEING for other in clause[:place])
    of = behind or (ahead if passive else None)
    word.of = (of,) if of else ()
    word.verb = True
    word.state = word.stem in known.adjectives and place > 0 and clause[place - 1].written in _DEGREES
    word.acts = word.status in {"ask", "fact"}
    word.undoes = next((word.stem[len(prefix) :] for prefix in ("un", "dis") if word.stem.startswith(prefix)), "")
    if word.status == "ask" and (word.stem in known.vague or word.stem in known.everyday):
        word.status = "mention"
    word.event = f"{word.stem} {behind}" if behind and word.stem in known.vague else word.stem

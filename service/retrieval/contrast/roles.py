"""Who does something to whom, and from where to where."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from .endings import ALLOWED, is_attributive
from .english import AUXILIARIES
from .english import lists as english_lists
from .reading import Subject
from .shapes import lists as korean_lists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .english import EnglishWord
    from .korean import KoreanWord
    from .reading import Reading, Word

_ROLES: Final = {"이": "agent", "가": "agent", "을": "patient", "를": "patient"}
_SOURCES: Final = frozenset(["에서", "을", "를"])
_GIVERS: Final = frozenset(["에게서", "한테서"])
_GOALS: Final = frozenset(["로", "으로"])
_RECEIVERS: Final = frozenset(["에게", "한테", "께"])

_PERSONS: Final = {"i": "i", "me": "i", "my": "i", "we": "i", "us": "i", "someone": "someone", "somebody": "someone"}
_SUBJECTS: Final = frozenset(["i", "we", "someone", "somebody"])
_ASKING: Final = frozenset(["how", "what", "when", "where", "why"])
_SELVES: Final = frozenset(["you", "customer", "client", "member", "buyer", "guest", "owner", "admin", "passenger"])
"""People who ask, or are asked: no other party than I."""
_BE: Final = frozenset(["be", "been", "is", "are", "was", "were", "being", "got", "get"])
_DETERMINERS: Final = frozenset(["a", "an", "the", "my", "our", "your", "his", "her", "their"])
_LONGEST_SOURCE: Final = 3
_GOAL_WORDS: Final = 3


def take_korean_roles(words: Sequence[KoreanWord], reading: Reading) -> None:
    for place, word in enumerate(words):
        if word.ending is not None:
            continue
        behind = [other for other in words[place + 1 :] if other.clause == word.clause]
        goal = next((other for other in behind if other.particle in _GOALS), None)
        if word.particle in _SOURCES and goal is not None:
            _take_path(_phrase(words, word), _phrase(words, goal), reading)
        verb = next((other for other in behind if other.verb), None)
        if verb is not None and word.stem in korean_lists().people:
            _take_person(word, verb, reading)


def take_actors(words: Sequence[Word], others: frozenset[str], reading: Reading) -> None:
    """Whether the customer does it or somebody who is neither customer nor shop: 동생이 써도 되나요."""
    named = [place for place, word in enumerate(words) if word.stem.removesuffix("들") in others]
    theirs = [verb for place in named if (verb := _asked_of(words, place))]
    who = words[named[0]].written if named else ""
    for word in words:
        if word.verb and word.event:
            if all(word is not verb for verb in theirs):
                reading.take(Subject("actor", word.stem), "one", word.written)
            if named:
                reading.take(Subject("actor", word.stem), "other", who)


def _asked_of(words: Sequence[Word], place: int) -> Word | None:
    """What the person at `place` would do: can my friend use it, 친구가 써도 되나요."""
    word = words[place]
    behind = [other for other in words[place + 1 :] if other.clause == word.clause]
    if word.particle in {"이", "가", "도"}:
        verbs = [other for other in behind if other.verb]
        if len(verbs) > 1 and is_attributive(verbs[0].ending or "") and verbs[0].stem not in korean_lists().giving:
            verbs = verbs[-1:]  # 친구가 받은 쿠폰을 쓸 수 있나요
        return verbs[0] if verbs and ALLOWED.search(verbs[0].ending or "") else None
    if place and words[place - 1].written in _DETERMINERS and words[place - 2].written in AUXILIARIES and place > 1:
        return behind[0] if behind and behind[0].verb else None
    return None


def _take_person(word: KoreanWord, verb: KoreanWord, reading: Reading) -> None:
    given = word.particle in _RECEIVERS and verb.stem.endswith("받다")  # 친구에게 받다
    if word.particle in _GIVERS or given:
        reading.take(Subject("direction", word.stem), "from", word.written)
    elif word.particle in _RECEIVERS:
        reading.take(Subject("direction", word.stem), "to", word.written)
        reading.take(Subject("party", f"{word.stem} {verb.stem}"), "patient", word.written)
    elif word.particle in _ROLES and not verb.passive:
        reading.take(Subject("party", f"{word.stem} {verb.stem}"), _ROLES[word.particle], word.written)


def _phrase(words: Sequence[KoreanWord], head: KoreanWord) -> list[str]:
    """A noun and the bare one that describes it: 연간 요금제에서."""
    place = next(at for at, word in enumerate(words) if word is head)
    before = words[place - 1] if place else None
    if before and before.ending is None and not before.particle and before.clause == head.clause:
        return [head.stem, before.stem]
    return [head.stem]


def take_english_roles(words: Sequence[EnglishWord], reading: Reading) -> None:
    _take_english_path(words, reading)
    _take_made(words, reading)
    for before, word in pairwise(word for word in words if word.written not in _DETERMINERS):
        if word.stem in english_lists().people and before.written in {"from", "to"}:
            reading.take(Subject("direction", word.stem), before.written, word.written)
    for number in dict.fromkeys(word.clause for word in words):
        clause = [word for word in words if word.clause == number]
        for at, verb in enumerate(clause):
            if not verb.content:
                continue
            if verb.past and any(word.written in _BE for word in clause[:at]):
                _take_passive(clause, at, reading)
            elif at and (agent := _agent(clause, at)):
                _take_active(clause, at, agent, reading)


def _take_english_path(words: Sequence[EnglishWord], reading: Reading) -> None:
    """from Basic to Pro, to Pro from Basic"""
    written = [word.written for word in words]
    if "from" not in written:
        return
    source = written.index("from")
    goals = [at for at, word in enumerate(written) if word in {"to", "into"} and at >= source - _LONGEST_SOURCE]
    if not goals:
        return
    goal = min(goals, key=lambda at: abs(at - source))
    first, second = sorted((source, goal))
    one = [word.stem for word in words[first + 1 : second] if word.content]
    two = [word.stem for word in words[second + 1 : second + 1 + _GOAL_WORDS] if word.content]
    if one and len(one) <= _LONGEST_SOURCE:
        _take_path(*((one, two) if first == source else (two, one)), reading)


def _take_made(words: Sequence[EnglishWord], reading: Reading) -> None:
    """make a member an admin: from member to admin"""
    for place, word in enumerate(words):
        if word.stem != "mak" or place + 1 >= len(words) or words[place + 1].written not in _DETERMINERS:
            continue
        behind = [other for other in words[place + 2 : place + 8] if other.clause == word.clause]
        cut = next((at for at, other in enumerate(behind) if other.written in {"a", "an"}), 0)
        one = [other.stem for other in behind[:cut] if other.content]
        if cut and len(one) == len(behind[:cut]):
            _take_path(one, [other.stem for other in behind[cut:] if other.content], reading)


def _take_path(source: Sequence[str], goal: Sequence[str], reading: Reading) -> None:
    """What is on both ends tells nothing: from the Basic plan to the Pro plan."""
    for end, stems, others in (("from", source, goal), ("to", goal, source)):
        for stem in stems:
            if stem not in others:
                reading.take(Subject("direction", stem), end, stem)


def _agent(clause: Sequence[EnglishWord], at: int) -> str | None:
    """Who does the verb at `at`: a pronoun, or the noun before it in a question."""
    before = clause[at - 1]
    if before.written in _SUBJECTS:
        return _PERSONS[before.written]
    if before.stem in english_lists().people and (clause[at].past or clause[at].written.endswith(("ing", "s"))):
        return before.stem
    first = 1 if clause[0].written in _ASKING else 0
    asked = clause[first].written in AUXILIARIES and clause[at].acts
    return before.stem if asked and before.content else None


def _take_active(clause: Sequence[EnglishWord], at: int, agent: str, reading: Reading) -> None:
    verb = clause[at].stem
    reading.take(Subject("party", f"{agent} {verb}"), "agent", clause[at - 1].written)
    if agent == "i" or agent in english_lists().people - _SELVES:
        reading.take(Subject("party", verb), "other" if agent == "i" else "one", clause[at - 1].written)
    behind = [word for word in clause[at + 1 :] if word.written not in _DETERMINERS]
    for place, word in enumerate(behind):
        done_to = place == 0 or behind[place - 1].written in {"for", "to"}
        if done_to and (named := _named(word)):
            reading.take(Subject("party", f"{named} {verb}"), "patient", word.written)


def _take_passive(clause: Sequence[EnglishWord], at: int, reading: Reading) -> None:
    by = next((place for place in range(at + 1, len(clause)) if clause[place].written == "by"), None)
    patient = next((word for word in reversed(clause[:at]) if _named(word)), None)
    if by is None or patient is None:
        return
    verb = clause[at].stem
    reading.take(Subject("party", f"{_named(patient)} {verb}"), "patient", patient.written)
    if agent := next((word for word in clause[by + 1 :] if _named(word)), None):
        reading.take(Subject("party", f"{_named(agent)} {verb}"), "agent", agent.written)


def _named(word: EnglishWord) -> str | None:
    return _PERSONS.get(word.written) or (word.stem if word.content else None)

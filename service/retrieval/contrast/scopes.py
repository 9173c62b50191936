"""What English negators, auxiliaries and conjunctions make of the words behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .english import AUXILIARIES, SUBJECTS, clauses_of, irregular, lists, name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .english import Clause, EnglishWord
    from .reading import Status

STAGE: Final = 3
"""So many words behind before and after belong to them."""

_BE: Final = frozenset(["be", "being", "is", "are", "am", "get", "gets"])
_WISHES: Final = frozenset(["want", "wanted", "need", "like", "get", "getting"])
_HAVE: Final = frozenset(["have", "has", "had"])
_PERFECT: Final = _HAVE | frozenset(["not", "already", "just", "been", "never", "also"])
_PASTS: Final = frozenset(["was", "were", "did", "has", "have", "had"])
_REQUESTS: Final = frozenset(["can", "could", "will", "would"])
_DEFINITE: Final = frozenset(["the", "my", "our", "your", "his", "her", "their", "this"])
_OPENERS: Final = _DEFINITE | frozenset(["a", "an", "for", "of", "in", "on", "any", "with"])
_PREPOSITIONS: Final = frozenset(["for", "with", "on", "in", "at", "by", "from", "to", "about", "into"])
_SUPPOSING: Final = frozenset(["if", "unless", "while", "whether", "even"])
_UNSURE: Final = frozenset(["know", "sure", "understand", "remember", "see"])
_REJECTING: Final = frozenset(["without", "stop", "prevent", "avoid", "quit"])
_HOLDING: Final = frozenset(["keep", "stop", "prevent"])
"""With from behind: what is held is not denied, what it would do is."""
_OWN: Final = frozenset(["i", "we"])
_BEFORE_VERBS: Final = frozenset(["to", "not", "never", "without", "stop", "prevent", "avoid", "quit"])
_REQUIRED: Final = frozenset(["must", "required", "necessary", "mandatory"])


def read_english(folded: str) -> list[EnglishWord]:
    """The words of a folded text with their statuses, in order; function words too."""
    clauses = clauses_of(folded)
    told = False
    for clause in clauses:
        _Scope(clause, told=told).judge()
        told = told or any(word.status in {"fact", "lack"} or word.written == "forgot" for word in clause.words)
        for place in range(len(clause.words)):
            name(clause.words, place)
    return [word for clause in clauses for word in clause.words]


class _Scope:
    """One clause, read from left to right. `told`: a clause before it has told what happened."""

    def __init__(self, clause: Clause, *, told: bool) -> None:
        self._clause, self._told = clause, told
        self._written = clause.written
        self._start = 1 if clause.head and self._written[0] == clause.head else 0
        first = self._at(self._start)
        self._asks = first in AUXILIARIES
        self._requests = first in _REQUESTS
        self._supposed = clause.head in _SUPPOSING or (clause.head == "when" and not self._asks)
        self._stage = _stage(clause.head, first)
        self._denials: list[Status] = []
        self._must = not _REQUIRED.isdisjoint(self._written) or (self._asks and "need" in self._written)
        self._reached = self._undone = False
        self._staged = 0

    def judge(self) -> None:
        for place, word in enumerate(self._clause.words):
            if self._reached and word.written in _PREPOSITIONS and self._at(place + 1) in _OPENERS:
                self._denials.clear()
            if word.written == "from" and self._is_held(place):
                self._denials.append("reject")
            if word.written in lists().negators:
                self._deny(place)
            elif word.content:
                denied, self._reached = not self._reached, True
                word.status = self._status(place, word)
                if word.status == "lack" and not denied:
                    word.status = "open"  # not showing my deposit: it is there
                self._undone = self._undoes(place, word)
            elif self._denials:
                word.status = _sum(self._denials)

    def _at(self, place: int) -> str:
        return self._written[place] if 0 <= place < len(self._written) else ""

    def _deny(self, place: int) -> None:
        self._reached = False
        if denial := self._denial(place):
            self._denials.append(denial)

    def _denial(self, place: int) -> Status | None:
        """What a negator does to the words behind it; None where it denies nothing: don't know how."""
        word, before, after = self._at(place), self._at(place - 1), self._at(place + 1)
        if word in _REJECTING:
            return None if word in _HOLDING and self._holds(place) else "reject"
        if word == "no":
            if not before and after in SUBJECTS:
                return None  # no, I ...
            return "reject" if after in {"longer", "more"} else "absent"
        if word == "never":
            return "reject" if before in {"", "to", "please"} or self._avoids(place) else "lack"
        return self._denied(place) if word == "not" else "lack"

    def _denied(self, place: int) -> Status | None:
        before, after = self._at(place - 1), self._at(place + 1)
        if after in _UNSURE or before in {"if", "or"}:
            return None
        if self._clause.head == "why":
            return "missed" if _PASTS & set(self._written[:place]) else "open"
        if after in {"need", "have"}:
            return "must"
        if self._avoids(place):
            return "reject"
        if self._asks and before in _OWN:
            return "must"  # can I not turn it on: he may want it, or want it left off
        return "open" if self._asks or before in _REQUESTS else self._declared(place, before, after)

    def _avoids(self, place: int) -> bool:
        """how do I not turn it on, how do I make sure it doesn't; not why, nor how can't I"""
        ensured = "make sure" in " ".join(self._written[:place])
        return ensured or (self._clause.head == "how" and self._at(place - 1) in _OWN)

    def _is_held(self, place: int) -> bool:
        """keep it from anything; but only what stop and prevent have not denied already"""
        ahead = self._written[:place]
        held = not _HOLDING.isdisjoint(ahead) and self._at(place + 1).endswith("ing")
        return "keep" in ahead or held

    def _holds(self, place: int) -> bool:
        """stop it from turning on; not stop emails from you"""
        behind = range(place + 1, len(self._written))
        return any(self._at(at) == "from" and self._at(at + 1).endswith("ing") for at in behind)

    def _declared(self, place: int, before: str, after: str) -> Status:
        """I don't want, I am not a member; I haven't got."""
        if self._supposed:
            return "absent"
        ordered = before == "do" and self._at(place - 2) in {"", "please", self._clause.head}
        if after in {"want", "wish", "like"} or before not in AUXILIARIES or ordered:
            return "reject"
        verb = after.endswith(("ing", "ed")) or after in irregular()
        return "reject" if before in {"is", "are", "am", "was", "were"} and not verb else "lack"

    def _status(self, place: int, word: EnglishWord) -> Status:
        if self._undone and word.written != "free":
            return "undo"
        if self._denials:
            return "open" if self._modifies(place, word) else _sum(self._denials)
        if self._must:
            return "must"
        if self._stage and self._staged < STAGE:
            self._staged += 1
            return "mention" if self._stage == "before" and self._told else self._stage
        status = self._plain_status(place, word)
        return "mention" if self._supposed and status in {"fact", "ask"} else status

    def _plain_status(self, place: int, word: EnglishWord) -> Status:
        before = self._at(place - 1)
        described = before in _OPENERS and self._at(place + 1) not in lists().function  # a locked account
        if word.past and before not in _BE and not described:
            return self._past_status(place)
        if not self._is_verb(place) and not self._is_started(place):
            return "ask" if self._is_had(place) and not self._is_content(place + 1) else "mention"
        if "did" in self._written:
            return "fact"
        asks_when = self._clause.head == "when" or "long" in self._written[:place]
        return "mention" if asks_when else "ask"

    def _past_status(self, place: int) -> Status:
        """I activated it has happened; is it activated, get it activated and please activated have not."""
        earlier, before = set(self._written[:place]), self._at(place - 1)
        asked = self._at(self._start) in {"is", "are"} and not earlier & {"been", "being"}
        had = set(self._written[self._start + self._asks : place])
        caused = bool(had & _HAVE) and before not in _PERFECT
        if asked or caused or earlier & _WISHES or self._requests or before in {"please", "u"}:
            return "ask"
        return "fact" if len(self._written) > 1 else "mention"

    def _is_verb(self, place: int) -> bool:
        """Whether the word stands where a verb does that is asked about or wanted."""
        before, after = self._at(place - 1), self._at(place + 1)
        if before in SUBJECTS or before in {"to", "please", "be"}:
            return True
        if place == self._start:
            return self._clause.words[place].stem in lists().imperatives or after in _OPENERS
        named = place >= self._start + 2 and self._clause.words[place - 1].content
        opened = self._at(place - 2) in _OPENERS | AUXILIARIES and self._at(self._start + 1) not in SUBJECTS
        return self._asks and named and opened and not any(w.status == "ask" for w in self._clause.words[:place])

    def _is_started(self, place: int) -> bool:
        """start automatic renewal, turn on the renewal"""
        ahead = next((word for word in self._clause.words[:place] if word.content), None)
        switched = ahead is not None and ahead.written in {"turn", "switch"} and "on" in self._written
        return switched or (ahead is not None and ahead.stem in lists().starting)

    def _is_had(self, place: int) -> bool:
        """with a receipt, have the receipt"""
        while self._is_content(place - 1):
            place -= 1
        return self._at(place - (2 if self._at(place - 1) in _OPENERS - {"with"} else 1)) in {"with", "have"}

    def _modifies(self, place: int, word: EnglishWord) -> bool:
        """Whether the word only describes the next one, which is what is denied: no order notifications."""
        verb = word.past or word.written.endswith("ing") or self._at(place - 1) in _BEFORE_VERBS
        return not verb and self._is_content(place + 1)

    def _undoes(self, place: int, word: EnglishWord) -> bool:
        if self._undone:
            return self._is_content(place + 1)
        return word.stem in lists().undoing and not word.past and word.status in {"ask", "mention"}

    def _is_content(self, place: int) -> bool:
        return 0 <= place < len(self._clause.words) and self._clause.words[place].content


def _stage(head: str, first: str) -> Status | None:
    """once I am on board; not once a week"""
    after = head == "after" or (head == "once" and first in SUBJECTS | _DEFINITE)
    return "after" if after else "before" if head == "before" else None


def _sum(denials: Sequence[Status]) -> Status:
    """Denied twice is affirmed: doesn't stop renewing. What cannot be done is not denied: can't stop it."""
    real = [denial for denial in denials if denial not in {"open", "must"}]
    if not real:
        return denials[-1]
    return "ask" if len(real) % 2 == 0 else real[-1]

"""Holds back, while a completion streams, what the model has no right to say."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from .amounts import amounts
from .cleaning import Cleaner
from .folding import fold
from .grounding import Grounds
from .judging import Judge
from .looks import Look, Words
from .rules import Finding
from .secrets import guarded
from .sentences import LONGEST, SHORTEST, WORD, ends_sentence
from .words import guard_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from .rules import Deed, GuardPolicy
    from .words import Tongue

_SPACE: Final = re.compile(r"[\s。！？]")
_RANGE: Final = 3
"""So many numbers may share the unit behind the last: what stands before them is free."""
_OPEN_WORDS: Final = 2
"""So many words after a number may still bring its unit."""
_TAIL: Final = 48
_AROUND: Final = 24
"""Characters before a number, or before a unit, that may belong to it: within an hour."""
_ONLY_SPACE: Final = 6
_COUNTED: Final = 4
"""Numbers in one sentence that are looked at as they come; with more of them it waits for its end."""
LONGEST_ANSWER: Final = 16_384
"""Characters. Nobody reads more, and only a model that has lost its way writes more."""
_MOST: Final = 12
"""Findings in one answer, after which nothing more of it is shown."""
_SAFE: Final = {
    "ko": "이 부분은 제가 확답드릴 수 없어요. 원하시면 상담원에게 연결해 드릴게요.",
    "en": "That is something I can't confirm. If you like, I'll connect you with a person on our team.",
}
_BROKEN_OFF: Final = "…"
_CLOSED: Final = re.compile(r"[.!?…。！？][\"'”’)\]*_]*\s*$")


@cache
def _heard(own: Path | None) -> tuple[Mapping[str, Tongue], Words]:
    tongues = guard_words(own)
    return tongues, Words(tongues)


class Guard:
    """One answer while it is written.

    What comes out, put together, depends only on what went in, put together, never on where the pieces were cut.
    `hold="trigger"` lets words through until something begins that has to be judged, and then waits for the end of
    that sentence; `"sentence"` waits for the end of each. `facts` are the supplied entries as text, `system` is the
    rendered system message, `secrets` are texts that must never be shown, `words` is a folder with the team's own
    `ko.yaml` or `en.yaml`, read once.
    """

    def __init__(
        self,
        policy: GuardPolicy,
        *,
        locale: str,
        facts: Iterable[str],
        question: str,
        system: str = "",
        secrets: Sequence[str] = (),
        hold: Literal["trigger", "sentence"] = "trigger",
        words: Path | None = None,
    ) -> None:
        facts = tuple(facts)
        tongues, self._words = _heard(words)
        self._grounds = Grounds(tongues, facts, question)
        self._guarded = guarded(tuple(secrets), system)
        self._judge = Judge(policy, tongues, self._grounds, self._guarded)
        self._safe = policy.safe_sentence.get(locale) or _SAFE.get(locale, _SAFE["en"])
        self._strict = hold == "sentence"
        self._cleaner = Cleaner()
        self._pending = ""  # a word that has not ended, with the space before it
        self._sentence = ""
        self._shown = 0  # characters of the sentence that are out
        self._look = 0
        self._held = self._strict
        self._number: int | None = None  # where a number began whose unit may be still to come
        self._numbers: list[int] = []  # where each of those began
        self._open = 0
        self._letters = ""  # the last letters so far
        self._before = ""  # those before this sentence
        self._watches = self._guarded.watches
        self._said_safe = False
        self._counted = 0
        self._last = 0
        self._left = LONGEST_ANSWER
        self.findings: list[Finding] = []

    @property
    def held_back(self) -> bool:
        """Whether something was: a person is to be offered."""
        return bool(self.findings)

    def add_facts(self, text: str, *, done: Iterable[Deed] = ("looked_up",)) -> None:
        """What a tool has told counts as a fact from here on, and that it was asked may be said."""
        self._grounds.add(text)
        self._judge.done |= set(done)

    def feed(self, text: str) -> str:
        """What may be shown now."""
        text = self._cleaner.feed(text)
        self._left -= len(text)
        if self._left < 0:
            text = self._within_the_longest(text)
        self._pending += text
        if len(self._pending) < LONGEST and not _SPACE.search(text):
            return ""
        return self._advance()

    def _within_the_longest(self, text: str) -> str:
        room = self._left + len(text)
        if room >= 0:
            self.findings.append(Finding("length", "", ""))
        return text[: max(0, room)]

    def end(self) -> str:
        """What may be shown of the rest, when nothing more will come."""
        self._pending += self._cleaner.end() + "\n"
        out = self._advance()
        return out + self._close() if self._sentence else out

    def _advance(self) -> str:
        out: list[str] = []
        done = 0
        match = WORD.match
        while found := match(self._pending, done):
            done = found.end()
            which = found.lastindex or 0
            if which == _ONLY_SPACE:
                self._take(found[which], "", out)
            else:
                self._take(found[1], found[which], out)
        self._pending = self._pending[done:]
        return "".join(out)

    def _take(self, space: str, word: str, out: list[str]) -> None:
        length = len(self._sentence) + len(space) + len(word)
        if (
            length > SHORTEST
            and self._sentence
            and (length > LONGEST or (len(self._sentence) >= SHORTEST and "\n" in space))
        ):
            out.append(self._close())
        begins = len(self._sentence) + len(space)
        self._sentence += space + word
        look, letters = self._words.look(word)
        self._look |= look
        self._letters = (self._letters + letters)[-_TAIL:]
        if not self._held:
            if look or self._number is not None or (self._watches and self._guarded.may_begin(word, self._letters)):
                self._consider(word, begins, look)
            if not self._held:
                clear = len(self._sentence) if self._number is None else max(self._shown, self._number)
                out.append(self._sentence[self._shown : clear])
                self._shown = clear
        if length >= SHORTEST and ends_sentence(word):
            out.append(self._close())

    def _consider(self, word: str, begins: int, look: int) -> None:
        """Whether the sentence is held back from this word on, or waits for the unit of a number."""
        if look & Look.NUMBER or self._number is not None:
            self._count(begins, look)
        if look & (Look.STRANGE | Look.TOPIC) or (self._watches and self._guarded.may_begin(word, self._letters)):
            self._held = True

    def _count(self, begins: int, look: int) -> None:
        if look & Look.NUMBER:
            self._numbers.append(begins)
            self._open, self._last = _OPEN_WORDS, begins
            self._counted += 1
        else:
            self._open -= 1
        self._number = self._numbers[max(0, len(self._numbers) - _RANGE)]
        start = max(0, self._number - _AROUND)
        before = len(fold(self._sentence[start : self._last]))
        written = fold(self._sentence[start:])
        found = amounts(written)
        if (
            self._counted > _COUNTED
            or any(not self._grounds.states(amount) for amount in found)
            or self._judge.has_long_number(written)
        ):
            self._held = True
        elif self._open == 0 or any(amount.end > before for amount in found):
            self._number = None
            self._numbers.clear()

    def _close(self) -> str:
        """The end of a sentence: what was held of it, or what is said instead."""
        sentence, rest = self._sentence, self._sentence[self._shown :]
        silent = len(self.findings) >= _MOST
        looks = not silent and (self._look or self._held)
        found = self._judge.findings(sentence, self._before, self._look) if looks else []
        shown = sentence[: self._shown]
        self._sentence, self._shown, self._look, self._number = "", 0, 0, None
        self._numbers.clear()
        self._counted = 0
        self._held = self._strict
        self._before = self._letters
        if silent:
            self._held = True
            return ""
        if not found:
            return rest
        self.findings += found
        return self._instead(shown, rest)

    def _instead(self, shown: str, held: str) -> str:
        broken = _BROKEN_OFF if shown.strip() and not _CLOSED.search(shown) else ""
        if self._said_safe:
            return broken
        self._said_safe = True
        space = held[: len(held) - len(held.lstrip())] if not broken else " "
        return f"{broken}{space}{self._safe}"

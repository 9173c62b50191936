"""Holds back, while a completion streams, what the model has no right to say."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from .amounts import amounts
from .cleaning import Cleaner
from .folding import fold, solid
from .grounding import Grounds
from .judging import Judge
from .looks import Look, Words
from .rules import Finding
from .secrets import Guarded
from .sentences import LONGEST, SHORTEST, WORD, ends_sentence
from .words import guard_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .rules import Deed, GuardPolicy
    from .words import Tongue

_SPACE: Final = re.compile(r"[\s。！？]")
_OPEN_WORDS: Final = 2
"""So many words after a number may still bring its unit."""
_TAIL: Final = 48
_MOST: Final = 12
"""Findings in one answer, after which nothing more of it is shown."""
_SAFE: Final = {
    "ko": "이 부분은 제가 확답드릴 수 없어요. 원하시면 상담원에게 연결해 드릴게요.",
    "en": "That is something I can't confirm. If you like, I'll connect you with a person on our team.",
}
_BROKEN_OFF: Final = "…"
_CLOSED: Final = re.compile(r"[.!?…。！？][\"'”’)\]*_]*\s*$")


@cache
def _words(own: str | None = None) -> tuple[Mapping[str, Tongue], Words]:
    tongues = guard_words()
    return tongues, Words(tongues)


class Guard:
    """One answer while it is written.

    What comes out, put together, depends only on what went in, put together, never on where the pieces were cut.
    `hold="trigger"` lets words through until something begins that has to be judged, and then waits for the end of
    that sentence; `"sentence"` waits for the end of each. `facts` are the supplied entries as text, `system` is the
    rendered system message, `secrets` are texts that must never be shown.
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
    ) -> None:
        facts = tuple(facts)
        tongues, self._words = _words()
        self._grounds = Grounds(tongues, facts, question)
        self._guarded = Guarded(secrets, system, facts)
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
        self._open = 0
        self._letters = ""  # the last letters so far
        self._before = ""  # those before this sentence
        self._said_safe = False
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
        self._pending += text
        if not _SPACE.search(text) and len(self._pending) < LONGEST:
            return ""
        return self._advance()

    def end(self) -> str:
        """What may be shown of the rest, when nothing more will come."""
        self._pending += self._cleaner.end() + "\n"
        out = self._advance()
        return out + self._close() if self._sentence else out

    def _advance(self) -> str:
        out: list[str] = []
        done = 0
        while found := WORD.match(self._pending, done):
            done = found.end()
            if found[5] is not None:
                self._take(found[5], "", out)
            else:
                self._take(found[1], found[2] or found[3] or found[4], out)
        self._pending = self._pending[done:]
        return "".join(out)

    def _take(self, space: str, word: str, out: list[str]) -> None:
        if self._sentence and (
            ("\n" in space and len(self._sentence) >= SHORTEST)
            or len(self._sentence) + len(space) + len(word) > LONGEST
        ):
            out.append(self._close())
        begins = len(self._sentence) + len(space)
        self._sentence += space + word
        look = self._words.look(word)
        self._look |= look
        self._letters = (self._letters + (solid(fold(word)) if look or not word.isalpha() or self._guarded.watches else ""))[-_TAIL:]
        if not self._held:
            self._consider(word, begins, look)
        if not self._held and self._number is None:
            out.append(self._sentence[self._shown :])
            self._shown = len(self._sentence)
        if len(self._sentence) >= SHORTEST and ends_sentence(word):
            out.append(self._close())

    def _consider(self, word: str, begins: int, look: int) -> None:
        """Whether the sentence is held back from this word on, or waits for the unit of a number."""
        if look & (Look.STRANGE | Look.TOPIC) or (self._guarded.watches and self._guarded.may_begin(fold(word), self._letters)):
            self._held = True
        elif look & Look.NUMBER or self._number is not None:
            self._count(begins, look)

    def _count(self, begins: int, look: int) -> None:
        if self._number is None:
            self._number, self._open = begins, _OPEN_WORDS
        elif look & Look.NUMBER:
            self._open = _OPEN_WORDS
        else:
            self._open -= 1
        written = fold(self._sentence[self._number :])
        found = amounts(written)
        if any(not self._grounds.states(amount) for amount in found) or len(written) > _TAIL:
            self._held = True
        elif self._judge.has_long_number(written):
            self._held = True
        elif self._open == 0 or (found and not re.search(r"[\d일이삼사오육칠팔구십백천만억]", _without(written, found))):
            self._number = None

    def _close(self) -> str:
        """The end of a sentence: what was held of it, or what is said instead."""
        sentence, rest = self._sentence, self._sentence[self._shown :]
        found = self._judge.findings(sentence, self._before, self._look) if self._look or self._held or self._guarded.watches else []
        shown = sentence[: self._shown]
        self._sentence, self._shown, self._look, self._number = "", 0, 0, None
        self._held = self._strict
        self._before = self._letters
        if len(self.findings) >= _MOST:
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


def _without(written: str, found: Iterable[object]) -> str:
    for amount in found:
        start, end = amount.start, amount.end  # type: ignore[attr-defined]
        written = f"{written[:start]}{' ' * (end - start)}{written[end:]}"
    return written

"""Judges one whole sentence by every rule that it may break."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from . import contacts, english, korean, links, markup, personal
from .amounts import amounts
from .folding import fold
from .looks import Look
from .promises import Sentence
from .rules import Finding, Offence
from .secrets import key_like

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .grounding import Grounds
    from .rules import GuardPolicy, Offences
    from .secrets import Guarded
    from .words import Tongue

_CODE: Final = re.compile(r"(?<![A-Za-z0-9])(?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{3,19}(?![A-Za-z0-9])")
_BORDER: Final = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n\s*")
_ONLY_YES: Final = re.compile(
    r"\W*(?:네|예|넵|그럼요|물론[가-힣]{0,3}|당연[가-힣]{0,4}|좋아요"
    r"|yes|sure|of course|certainly|absolutely|ok(?:ay)?)[.!…~ ]*"
)
_INLINE: Final = re.compile("`[^`\n]*`")
_LONG: Final = re.compile(r"\d[\d .()-]{5,}\d")


class Judge:
    """`done` are the deeds that a tool really did."""

    def __init__(self, policy: GuardPolicy, tongues: Mapping[str, Tongue], grounds: Grounds, guarded: Guarded) -> None:
        self._forbidden = policy.may_not_promise
        self._hosts = frozenset(host.lower().removeprefix("www.") for host in policy.link_hosts)
        self._allowed = tuple(fold(phrase) for phrase in getattr(policy, "allowed_phrases", ()))
        self._code = bool(getattr(policy, "allows_code", False))
        self._acts = "exception" in policy.may_not_promise and not self._code
        self._fenced = False
        self._tongues = tongues
        self._grounds = grounds
        self._guarded = guarded
        self.done: set[str] = set()

    def has_long_number(self, written: str) -> bool:
        """Whether digits go on for so long that it is no amount."""
        return _LONG.search(written) is not None

    def findings(self, sentence: str, before: str, look: int) -> list[Finding]:
        """One for each rule that it breaks. `before` are the last letters before it, `look` what its words were."""
        folded = fold(sentence)
        found: dict[str, Finding] = {}
        for text, offences in (
            (folded, self._offences(folded, before, look)),
            (sentence, self._by_case(sentence, folded, look)),
        ):
            for rule, start, end in offences:
                found.setdefault(rule, Finding(rule, sentence.strip(), text[start:end].strip()))
        return list(found.values())

    def _by_case(self, sentence: str, folded: str, look: int) -> Offences:
        """What is told by capitals, which folding takes away."""
        if look & Look.STRANGE:
            yield from key_like(sentence)
        if look & Look.TOPIC:
            yield from self._codes(sentence, folded)

    def _offences(self, folded: str, before: str, look: int) -> Offences:
        if self._guarded.watches:
            yield from self._guarded.offences(folded, before, self._grounds.letters)
        if look & Look.STRANGE:
            yield from markup.offences(self._outside_code(folded) if self._code else folded)
        if look & (Look.STRANGE | Look.DIGITS):
            yield from personal.offences(folded, self._grounds)
            yield from links.offences(folded, self._grounds, self._hosts)
        yield from contacts.offences(folded, self._grounds)
        if not look & (Look.NUMBER | Look.TOPIC):
            return
        for start, part in _parts(self._without_allowed(folded)):
            for rule, begins, ends in self._spoken(part, look):
                yield Offence(rule, start + begins, start + ends)

    def _outside_code(self, folded: str) -> str:
        """Without what stands in backticks; a fence may have been opened by a sentence before."""
        parts: list[str] = []
        for at, part in enumerate(folded.split("```")):
            if at:
                self._fenced = not self._fenced
            parts.append(" " * len(part) if self._fenced else _INLINE.sub(lambda code: " " * len(code[0]), part))
        return "   ".join(parts)

    def _spoken(self, part: str, look: int) -> Offences:
        part = english.unquoted(korean.unquoted(part))
        said = Sentence(part, self._tongues, self._grounds)
        counted = list(self._amounts(part, said)) if look & Look.NUMBER else []
        yield from counted
        if look & Look.TOPIC:
            yield from said.promises(self._forbidden)
            yield from said.claims(self.done)
            yield from said.advice(self._forbidden)
            told = bool(self.done) and not counted and re.search(r"\d", part)  # it repeats what a tool has told
            if self._acts and not told:
                yield from said.acts(self.done)
            if "delivery_date" in self._forbidden:
                yield from said.moments("promise.delivery_date")
            elif "period" in self._forbidden:
                yield from said.moments("period")

    def _amounts(self, part: str, said: Sentence) -> Offences:
        for amount in amounts(part):
            if amount.kind not in self._forbidden or self._grounds.states(amount, business=said.business):
                continue
            if not self._grounds.said(amount):
                yield Offence(amount.kind, amount.start, amount.end)
            elif place := said.asserts():
                yield Offence(amount.kind, min(amount.start, place[0]), max(amount.end, place[1]))

    def _codes(self, sentence: str, folded: str) -> Iterator[Offence]:
        if any(tongue.lists["codes"].search(folded) for tongue in self._tongues.values()):
            for found in _CODE.finditer(sentence):
                if re.search(r"\d", found[0]) and not self._grounds.knows_number(found[0].lower()):
                    yield Offence("code", *found.span())

    def _without_allowed(self, folded: str) -> str:
        for phrase in self._allowed:
            folded = folded.replace(phrase, " " * len(phrase))
        return folded


def _parts(folded: str) -> Iterator[tuple[int, str]]:
    """Short sentences were put together; each is said on its own, but "네." and "Yes." belong to what follows."""
    start = 0
    for border in _BORDER.finditer(folded):
        if not _ONLY_YES.fullmatch(folded, start, border.start()):
            yield start, folded[start : border.start()]
            start = border.end()
    yield start, folded[start:]

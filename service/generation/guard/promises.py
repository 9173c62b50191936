"""Promises, advice and deeds that nobody has given the model a right to."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from . import english, korean
from .rules import Offence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from .grounding import Grounds
    from .rules import Offences
    from .words import Tongue

_REPEATED: Final = 0.7
"""So much of a promise must stand in one fact for it to be the team's own."""
_RELATED: Final = 0.3
_BEHIND: Final = 16
_CLAUSE: Final = re.compile(
    r"[,;:—(\n]| - |\b(?:but|however|and|so|though|although|because)\b|지만|는데|니까|대신|므로|거나|면서|고 "
)
_EN_CLAUSE_END: Final = re.compile(r"[,;:—\n]| - |\b(?:but|however|though|although)\b")
_HARMLESS: Final = re.compile(
    r"no (?:problem|worries|doubt|later|charge|cost|questions|need|matter)|not only|don't worry|don't hesitate"
    r"|why not|without (?:fail|any)|can't wait"
)
_QUESTION: Final = re.compile(r"\?[\"'”’)\]*_~\s]*$")
_TOLD: Final = re.compile(r"(?:i|we|they|our|the|would you like|shall|should|can|may)\b")
_COPULA: Final = re.compile("입니다|이에요|예요")
_ARRIVES: Final = re.compile(
    r"도착|문 앞|만나|보실 거|입금|들어(?:오|와|갈|갑|가)|받으|받아|손에|방문|배달|발송|출발|출고|와 있|올 거"
    r"|올 겁|옵니다|와요"
    r"|나가|나갑|열리|열릴|오픈|입고|재입고"
    r"|\b(?:arriv|deliver|ship|leav|land|com(?:e|es|ing)\b|get there|gets there|reach|on your|doorstep"
    r"|dispatch|go(?:es)? out"
    r"|back in stock|bring|swing|drop|stop by|by your|courier|driver|refund|money|there\b|around\b|probably"
    r"|likely|latest|away)"
)
_PERSON: Final = re.compile("상담원|상담사|담당자|직원|agent|person|colleague|someone|support")
_NEEDLESS: Final = re.compile("no need|don't need|needn't|가셔도|필요 ?없|필요는 없")
_CANNOT: Final = re.compile("수 없|못|어렵|어려워|권한|드리지 않")
_HANGUL: Final = re.compile("[가-힣]")
_LATIN: Final = re.compile("[a-z]{2}")
_ASKING: Final = re.compile(r"드려요\?|드립니까|드리나요|드렸(?:나|는지|던가)")


class Sentence:
    """A folded sentence as its promises are looked for."""

    def __init__(self, folded: str, tongues: Mapping[str, Tongue], grounds: Grounds) -> None:
        self.folded = folded
        self._ko, self._en = tongues["ko"], tongues["en"]
        self._korean = _HANGUL.search(folded) is not None
        self._english = _LATIN.search(folded) is not None
        self._tongues = {
            name: tongue for name, tongue in tongues.items() if (self._korean if name == "ko" else self._english)
        }
        self._grounds = grounds
        self._asks = _QUESTION.search(folded) is not None
        self._share: float | None = None

    @property
    def business(self) -> bool:
        """Whether its days are business days."""
        return re.search(r"영업일|근무일|business day|working day", self.folded) is not None

    @property
    def share(self) -> float:
        if self._share is None:
            self._share = self._grounds.share(self.folded)
        return self._share

    def _repeats_a_fact(self) -> bool:
        return (
            self._grounds.repeats(self.folded)
            and self.share >= _REPEATED
            and all(
                self._grounds.all_in_one(tongue.lists["absolutes"], self.folded) for tongue in self._tongues.values()
            )
        )

    @cached_property
    def grounded(self) -> bool:
        """Whether the team has written what it says."""
        return self._grounds.covers(self.folded)

    def acts(self, done: Collection[str]) -> Offences:
        """What it does by saying it, whatever it is about; nothing for what the team has written or a tool "
        "has told."""
        told = [
            *(korean.offences(self.folded, self._ko, self._asks) if self._korean else ()),
            *(english.offences(self.folded, self._en, self._asks) if self._english else ()),
        ]
        if told and not self.grounded:
            yield from (one for one in told if not (done and one.rule == "claim.deed" and self._was_told(one, done)))

    def _was_told(self, claim: Offence, done: Collection[str]) -> bool:
        """Whether a tool did it, or told what is said to have happened."""
        last = self.folded[claim.start : claim.end].split()[-1]
        return self._grounds.mentions(re.compile(re.escape(last))) or any(
            found.start() < claim.end and claim.start < found.end()
            for tongue in self._tongues.values()
            for deed in done
            if deed in tongue.claims
            for found in tongue.claims[deed].finditer(self.folded)
        )

    def asserts(self) -> tuple[int, int] | None:
        """Where it says that something is or will be so, as far as it does; a question and a denial do not."""
        said = next(self._commits(), None) or next(self._asserts(), None)
        if said or self._asks:
            return said
        for tongue in self._tongues.values():
            if (found := tongue.lists["yes"].match(self.folded.lstrip("\"'*-• "))) and not self._denies():
                return found.span()
        return None

    def _denies(self) -> bool:
        return any(tongue.lists["denials"].search(_HARMLESS.sub("", self.folded)) for tongue in self._tongues.values())

    def promises(self, forbidden: Collection[str]) -> Offences:
        """`promise.<topic>` for each forbidden topic it gives something of."""
        for topic in self._ko.topics:
            if topic not in forbidden:
                continue
            for tongue in self._tongues.values():
                if (about := tongue.topics[topic].search(self.folded)) and (said := self._given(topic, about, tongue)):
                    start, end = min(about.start(), said[0]), max(about.end(), said[1])
                    yield Offence(f"promise.{topic}", start, end)
                    break

    def _given(self, topic: str, about: re.Match[str], tongue: Tongue) -> tuple[int, int] | None:
        committed = next(self._commits(), None)
        if committed and (topic != "delivery_date" or self._is_about_sending(committed)) and not self._repeats_a_fact():
            return committed
        asserted = next(self._asserts(), None)
        if asserted is None or topic == "delivery_date":
            return None
        if self.grounded:
            return None
        if _COPULA.fullmatch(self.folded, *asserted) and not -12 < about.end() - asserted[0] <= 0:
            return None
        related = self._grounds.mentions(re.compile(re.escape(about[0]))) and self.share >= _RELATED
        strong = tongue.lists["absolutes"].search(self.folded) and not self._repeats_a_fact()
        return asserted if strong or not related else None

    def _is_about_sending(self, _said: tuple[int, int]) -> bool:
        return (
            re.search(
                r"보내 ?드|도착|발송|출고|배송해|배달|약속|보장|반드시|확실"
                r"|\bship|deliver|arriv|dispatch|expedit|guarant|promis",
                self.folded,
            )
            is not None
        )

    def moments(self, confirmed_by: str) -> Offences:
        """`period`: a day that no fact names, as a date by which something will be."""
        for tongue in self._tongues.values():
            for moment, pattern in tongue.moments.items() if tongue.any_moment.search(self.folded) else ():
                found = pattern.search(self.folded)
                if not found or self._grounds.knows_moment(moment, pattern, self.folded) or self._asks:
                    continue
                near = self.folded[max(0, found.start() - _BEHIND) : found.end() + 8]
                bound = (
                    tongue.lists["deadlines"].search(near)
                    or tongue.topics["delivery_date"].search(self.folded)
                    or tongue.topics["refund"].search(self.folded)
                    or _ARRIVES.search(self.folded)
                )
                said = self.asserts() or self._future() or self._happens(found)
                if (
                    bound
                    and said
                    and not self._denied_at_the_end(said)
                    and not english.refused(self.folded, found.start())
                ):
                    yield Offence(confirmed_by, min(found.start(), said[0]), max(found.end(), said[1]))

    def _happens(self, moment: re.Match[str]) -> tuple[int, int] | None:
        """Where it says that something comes, leaves or is paid then, in whatever tense; not who will answer."""
        if _PERSON.search(self.folded) or english.refused(self.folded, moment.start()) or self._denies():
            return None
        found = _ARRIVES.search(self.folded)
        return found.span() if found and not self.grounded else None

    def _future(self) -> tuple[int, int] | None:
        found = re.search(
            r"\bwill\b(?! not)|'ll\b|겠|(?:할|될|올|갈|릴) (?:거|겁|것|예정)|와요|옵니다|가요|갑니다", self.folded
        )
        return found.span() if found and not self._denied_before(found) else None

    def _denied_at_the_end(self, said: tuple[int, int]) -> bool:
        return self._ko.lists["denials"].search(self.folded, said[0]) is not None

    def claims(self, done: Collection[str]) -> Offences:
        """`claim.<deed>` for what it says to have done, or to do, and no tool has."""
        for tongue in self._tongues.values():
            for deed, pattern in tongue.claims.items():
                if deed in done:
                    continue
                for found in pattern.finditer(self.folded):
                    if not self._is_no_claim(deed, found.span(), tongue):
                        yield Offence(f"claim.{deed}", *found.span())
                        break

    def _is_no_claim(self, deed: str, span: tuple[int, int], tongue: Tongue) -> bool:
        start, end = span
        before = self.folded[_clause_start(self.folded, start, tongue is self._ko) : start]
        if tongue is self._ko:
            if self._asks and re.match(r"나|는지|던가", self.folded[end:]):
                return True
            person = deed != "passed_on" and tongue.lists["people"].search(self.folded[:start])
            future = re.search(r"릴|리겠|하겠|할게|보겠", self.folded[start:end])
            quoted = tongue.lists["quoted"].match(self.folded, end) or re.match(
                r"[가-힣]{0,3}(?:다고|라고|라는|는지|다면|으면)", self.folded[end:]
            )
            return bool((person and future and not before.startswith("제가")) or quoted or self._repeats_a_fact())
        quoted = tongue.lists["quoted"].search(before)
        return bool(quoted or tongue.lists["denials"].search(_HARMLESS.sub("", before)) or self.share >= 0.9)

    def advice(self, forbidden: Collection[str]) -> Offences:
        """`advice.<field>`"""
        if self._asks:
            return
        for tongue in self._tongues.values():
            for field, (about, told) in tongue.advice.items():
                if field in forbidden and (named := about.search(self.folded)) and (said := told.search(self.folded)):
                    refers = not _NEEDLESS.search(self.folded) and re.search(
                        r"your doctor|상담|문의|전문가|의사|병원|변호사|약사|119|see a doctor|consult"
                        r"|professional|pharmacist"
                        r"|speak (?:to|with)|talk to|emergency|contact",
                        self.folded,
                    )
                    if (
                        not refers
                        and not english.refused(self.folded, named.start())
                        and not _CANNOT.search(self.folded)
                        and not self._repeats_a_fact()
                    ):
                        yield Offence(
                            f"advice.{field.removesuffix('_advice')}",
                            min(named.start(), said.start()),
                            max(named.end(), said.end()),
                        )

    def _commits(self) -> Iterator[tuple[int, int]]:
        """Where something is promised in its own words, also in a question: 해 드릴게요, I'll give it to "
        "you, okay?"""
        for found in self._ko.lists["commits"].finditer(self.folded) if self._korean else ():
            asking = self._asks and _ASKING.match(self.folded, found.start())
            if not asking and not self._follows("helps", found.start()) and not self._is_quoted(found.end()):
                yield found.span()
        for found in self._ko.lists["vows"].finditer(self.folded) if self._korean else ():
            if not self._ko.lists["denials"].search(self.folded, found.end()) and not self._asks:
                yield found.span()
        for name in ("commits", "vows"):
            for found in self._en.lists[name].finditer(self.folded) if self._english else ():
                told = not self._asks or (name == "commits" and _TOLD.match(found[0]))
                if told and not self._denied_before(found):
                    yield found.span()

    def _asserts(self) -> Iterator[tuple[int, int]]:
        if self._asks:
            return
        for found in self._ko.lists["asserts"].finditer(self.folded) if self._korean else ():
            if not self._follows("always", found.start()) and not self._is_quoted(found.end()):
                yield found.span()
        for found in self._en.lists["asserts"].finditer(self.folded) if self._english else ():
            if not self._denied_before(found) and not re.match(
                r" (?:not|never|no|only if|whether)\b|n't", self.folded[found.end() :]
            ):
                yield found.span()

    def _follows(self, name: str, at: int) -> bool:
        return self.folded[max(0, at - 2 * _BEHIND) : at].replace(" ", "").endswith(self._ko.endings[name])

    def _is_quoted(self, end: int) -> bool:
        quoted = re.match(r"[가-힣]{0,2}(?:다고|라고|다는|라는|단|는지|을지|ㄹ지|지는)", self.folded[end:])
        return quoted is not None and self._ko.lists["denials"].search(self.folded, end) is not None

    def _denied_before(self, found: re.Match[str]) -> bool:
        start = _clause_start(self.folded, found.start(), korean=False)
        before = _HARMLESS.sub("", self.folded[start : found.start()])
        inside = re.search(r"\b(?:not|never|cannot)\b|n't", found[0])
        return bool(
            inside or self._en.lists["denials"].search(before) or self._en.lists["quoted"].match(before.lstrip())
        )


def _clause_start(folded: str, at: int, korean: bool) -> int:
    pattern = _CLAUSE if korean else _EN_CLAUSE_END
    return max((found.end() for found in pattern.finditer(folded, 0, at)), default=0)

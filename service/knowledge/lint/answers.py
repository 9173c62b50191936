"""Rules about what customers read."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from ..faults import shown
from ..markup import parse_markup, plain_text
from .finding import LISTED, Found, named
from .same import same_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..entry import FaqEntry
    from .finding import Look

LONG_ANSWER = 800
"""Characters as a customer sees them: about two screens of a telephone."""
LETTERS = 20
"""Fewer letters do not tell a language: an address, a brand."""

_PLACEHOLDER = re.compile(
    r"(?<![A-Za-z])(?:TODO|FIXME|TBD|XXX+|[Ll]orem ipsum)(?![A-Za-z])|[○◯]{2,}|\{\{[^{}\n]*\}\}"
    r"|(?<![0-9])0{3,4}-0{4}(?![0-9])|(?<![0-9-])(?:010-)?1234-5678(?![0-9])"
    r"|\[(?:입력|회사명|상호|전화번호|이름|링크|insert [a-z ]+|your [a-z ]+|company name|phone number)\](?!\()",
)
_FIRST_SENTENCE = re.compile(r"^[\s*_#>]*(?:Q[.:)]\s*)?([^\n?!.]+)", re.IGNORECASE)
_HANGUL = re.compile("[가-힣]")
_LATIN = re.compile("[A-Za-z]")
_LATIN_LANGUAGES = frozenset({"en", "de", "fr", "es", "it", "pt", "nl", "id", "vi", "ms", "tr", "pl", "sv"})


def placeholder(look: Look) -> Iterator[Found]:
    for entry in look.entries:
        lines = look.lines(entry.id)
        links = ((line, f"{link.title} {link.url}") for line, link in zip(lines.links, entry.links, strict=True))
        for line, text in (*look.phrasings(entry), (lines.answer, entry.answer), *links):
            if left := _PLACEHOLDER.search(text):
                yield Found(line, entry.id, f"{shown(left.group())} was left in.")


def long_answer(look: Look) -> Iterator[Found]:
    for entry in look.entries:
        if len(entry.answer) > LONG_ANSWER and (length := len(plain_text(parse_markup(entry.answer)))) > LONG_ANSWER:
            yield Found(look.lines(entry.id).answer, entry.id, f"the answer is {length:,} characters long.")


def repeats_question(look: Look) -> Iterator[Found]:
    for entry in look.entries:
        first = _FIRST_SENTENCE.match(entry.answer)
        if first and same_key(first[1]) in look.keys[entry.id]:
            yield Found(look.lines(entry.id).answer, entry.id, f"the answer begins with {shown(first[1].strip())}.")


def other_language(look: Look) -> Iterator[Found]:
    """Where it is so many answers that the locale must be wrong and not they, one finding for the whole file."""
    wrong = [(entry, other) for entry in look.entries if (other := _other_language(entry))]
    total = Counter(entry.locale for entry in look.entries)
    counts = Counter(entry.locale for entry, _ in wrong)
    mistaken = {locale for locale, count in counts.items() if count > LISTED}
    for locale in sorted(mistaken):
        those = [entry for entry, _ in wrong if entry.locale == locale]
        other = next(other for entry, other in wrong if entry.locale == locale)
        said = f"{len(those)} of {total[locale]} answers of locale {shown(locale)} are written in {other}"
        yield Found(look.lines(those[0].id).entry, None, f"{said}: {named(entry.id for entry in those)}.")
    for entry, other in wrong:
        if entry.locale not in mistaken:
            sentence = f"the answer is written in {other}, and the locale is {shown(entry.locale)}."
            yield Found(look.lines(entry.id).answer, entry.id, sentence)


def _other_language(entry: FaqEntry) -> str | None:
    """What the answer is written in where that is surely not the entry's language."""
    words = " ".join(word for word in entry.answer.split() if "://" not in word and "@" not in word)
    hangul, latin = len(_HANGUL.findall(words)), len(_LATIN.findall(words))
    language = entry.locale.partition("-")[0]
    if language == "ko" and latin >= LETTERS and hangul * 10 < latin:
        return "Latin letters"
    if language in _LATIN_LANGUAGES and hangul >= LETTERS / 2 and hangul > latin:
        return "Korean"
    return None

"""Three lines for whoever takes over: what the visitor wants, what was tried, how it stands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal, get_args

from ..conversation.messages import read_sentences
from ..conversation.privacy import mask
from ..conversation.store import Answer, Exchange
from ..resources import template_file
from .escalation import asks_for_person

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from ..conversation.messages import Locale
    from ..conversation.store import Escalation
    from ..generation.message import Turn

SHOWN_CHARACTERS: Final = 160
TITLE_CHARACTERS: Final = 40
TITLES: Final = 3
NOT_OURS: Final = ""
"""The id of an exchange that only a client remembers."""

SummaryKey = Literal[
    "wants", "tried", "nothing", "answered", "suggested", "completed", "told", "broken", "thumbs", "stands", "comment",
    "open_failed", "open_unanswered", "open_unhelpful", "open_answered", "open_nothing",
    "visitor_asked", "entry", "self_harm", "safety", "legal", "anger", "repeated_failure", "other",
]  # fmt: skip


class SummaryWords:
    """The words of summaries in the team's language, and the titles of entries as they are today."""

    def __init__(self, words: Mapping[SummaryKey, str], *, title: Callable[[str], str | None]) -> None:
        self._words = words
        self.title = title

    @classmethod
    def load(cls, locale: Locale, templates_dir: Path | None, *, title: Callable[[str], str | None]) -> SummaryWords:
        """Raises `SettingsError` naming the file and what is missing."""
        path = template_file(f"desk/{locale}.yaml", templates_dir)
        return cls(read_sentences(path, get_args(SummaryKey)), title=title)

    def say(self, key: SummaryKey, **filled: object) -> str:
        """Only the names in braces that are given are filled; a visitor's braces stay what they are."""
        text = self._words[key]
        for part, value in filled.items():
            text = text.replace(f"{{{part}}}", str(value).replace("{", "｛").replace("}", "｝"))
        return text


def summary_of(escalation: Escalation, exchanges: Sequence[Exchange], words: SummaryWords) -> str:
    """Exactly three lines, from what is stored alone. `exchanges` are the conversation's, oldest first."""
    wanted = _wanted(escalation, exchanges)
    lines = (
        words.say("wants", words=short(wanted)) if wanted else words.say("open_nothing"),
        words.say("tried", tried=_tried(exchanges, words)),
        words.say(
            "stands",
            reason=_reason(escalation.reason, words),
            comment=_comment(exchanges, words),
            open=words.say(_open(exchanges)),
        ),
    )
    return "\n".join(" ".join(line.split()) for line in lines)


def as_told(turns: Sequence[Turn], at: datetime) -> list[Exchange]:
    """Earlier turns that a client keeps by itself, as if they were stored: nobody knows what answered them."""
    return [
        Exchange(NOT_OURS, NOT_OURS, turn.question, "", at, None, Answer(turn.answer, None, "complete"))
        for turn in turns
    ]


def short(text: str, characters: int = SHOWN_CHARACTERS) -> str:
    """On one line, personal data masked before it is cut: half a phone number is still one."""
    line = " ".join(mask(text).split())
    return line if len(line) <= characters else f"{line[: characters - 1].rstrip()}…"


def _wanted(escalation: Escalation, exchanges: Sequence[Exchange]) -> str | None:
    """The question that led to it; of someone who only asks for a person, the one before."""
    numbers = [place for place, each in enumerate(exchanges) if each.id == escalation.exchange_id]
    until = exchanges[: numbers[0] + 1] if numbers else exchanges
    questions = [each.question for each in until]
    telling = [question for question in questions if not asks_for_person(question)]
    return next(reversed(telling or questions), None)


def _tried(exchanges: Sequence[Exchange], words: SummaryWords) -> str:
    answered: Counter[str] = Counter()
    suggested: Counter[str] = Counter()
    completed = told = broken = up = down = 0
    for exchange in exchanges:
        answer = exchange.answer
        if answer is None:
            continue
        if exchange.id == NOT_OURS:
            told += bool(answer.text)
        elif answer.source == "faq" and answer.entry_id:
            answered[words.title(answer.entry_id) or answer.entry_id] += 1
        elif answer.source == "suggest":
            suggested.update(question for _, question in answer.suggestions)
        elif answer.source == "model":
            completed += answer.end in {"complete", "cut"}
            broken += answer.end not in {"complete", "cut"}
        if exchange.feedback:
            up, down = up + exchange.feedback.helpful, down + (not exchange.feedback.helpful)
    parts = [
        words.say("told", count=told) if told else "",
        words.say("answered", titles=_titles(answered)) if answered else "",
        words.say("suggested", titles=_titles(suggested)) if suggested else "",
        words.say("completed", count=completed) if completed else "",
        words.say("broken", count=broken) if broken else "",
        words.say("thumbs", up=up, down=down) if up or down else "",
    ]
    return " · ".join(part for part in parts if part) or words.say("nothing")


def _titles(counted: Counter[str]) -> str:
    """The most frequent first, ties in the order they came."""
    shown = [
        f"「{short(title, TITLE_CHARACTERS)}」{f'×{n}' if n > 1 else ''}" for title, n in counted.most_common(TITLES)
    ]
    left = len(counted) - TITLES
    return " ".join(shown) + (f" +{left}" if left > 0 else "")


def _reason(reason: str, words: SummaryWords) -> str:
    """`visitor_asked` with or without their words, `entry:<id>`, `concern:<kind>`, `topic:<words>`, `model: why`."""
    head, _, rest = reason.partition(":")
    match head:
        case "visitor_asked":
            asked = words.say("visitor_asked")
            return f"{asked} (“{short(rest)}”)" if rest.strip() else asked
        case "entry":
            return f"{words.say('entry')} 「{short(words.title(rest) or rest, TITLE_CHARACTERS)}」"
        case "concern":
            known: dict[str, SummaryKey] = {
                key: key for key in ("self_harm", "safety", "legal", "anger", "repeated_failure")
            }
            return words.say(known.get(rest, "other"))
        case "topic" | "model" if rest.strip():
            return f"{words.say('other')} (“{short(rest)}”)"
    return words.say("other")


def _comment(exchanges: Sequence[Exchange], words: SummaryWords) -> str:
    comments = [each.feedback.comment for each in exchanges if each.feedback and each.feedback.comment]
    return f" {words.say('comment', words=short(comments[-1], 80))}" if comments else ""


def _open(exchanges: Sequence[Exchange]) -> SummaryKey:
    asked = [
        each
        for each in exchanges
        if each.answer and not (each.answer.source == "agent" and asks_for_person(each.question))
    ]
    if not asked:
        return "open_nothing"
    last = asked[-1]
    if last.feedback and not last.feedback.helpful:
        return "open_unhelpful"
    if last.answer and last.answer.end not in {"complete", "cut"}:
        return "open_failed"
    return "open_unanswered" if last.answer and last.answer.source in {"suggest", "agent"} else "open_answered"

"""What a model is asked for, and what in its answer is a phrasing. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..conversation.privacy import mask
from ..generation.fence import fenced
from ..generation.message import Message
from ..knowledge.additions import one_line
from ..knowledge.fields import can_be_seen
from ..knowledge.visible import hidden_character
from ..retrieval.text import fold, solid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..generation.persona.prompt import Prompt
    from ..knowledge.entry import FaqEntry

LONGEST_DRAFT = 120
"""Characters. What is asked for is 80; a question that long is nobody's way of putting it."""
ANSWER_CHARACTERS = 1_500
"""Of an entry's answer: enough to know what it settles."""
EXISTING_SHOWN = 30

Reason: TypeAlias = Literal[
    "no phrasing",
    "hidden characters",
    "too long",
    "personal data",
    "known",
    "said twice",
    "too many",
    "goes elsewhere",
    "says the opposite",
    "too close to another",
    "adds nothing",
    "draws others away",
]

_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL)
_FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)
_NUMBERING = re.compile(r"\s*(?:[-*•·–]|\(?\d{1,2}[.)])\s+")
_QUOTES = re.compile(r"""^(["'“‘「『]+)(.*?)(["'”’」』]+)[,，]?$""")
_NO_PHRASING = re.compile(r"^[A-Za-z_]+\s*:(\s|$)|:$|</?[a-z]+-?[0-9a-f]*>|://|[{}`]|^---")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A draft that is not proposed. `detail`: the other entry, phrasing or axis of opposites it is about."""

    entry_id: str
    phrasing: str
    reason: Reason
    detail: str | None = None


def messages(prompt: Prompt, entry: FaqEntry, *, neighbours: Sequence[FaqEntry], count: int) -> list[Message]:
    """The template in the system's role, the entry and its neighbours as fenced data in the user's."""
    parts = {
        "entry": f"Q: {entry.question}\nA: {entry.answer[:ANSWER_CHARACTERS]}",
        "existing": "\n".join(entry.phrasings[:EXISTING_SHOWN]),
        "neighbours": "\n".join(neighbour.question for neighbour in neighbours) or "-",
    }
    return [
        Message("system", prompt.render(locale=entry.locale, count=count)),
        Message("user", fenced(parts)),
    ]


def drafts_in(answer: str, entry: FaqEntry, *, count: int) -> tuple[list[str], list[Dropped]]:
    """The phrasings in a model's answer, at most `count`, and what else it said with the reason it is none."""
    kept: list[str] = []
    dropped: list[Dropped] = []
    taken = {_key(phrasing): "known" for phrasing in entry.phrasings}
    for said in _said(answer):
        draft = one_line(said)
        reason = _why_not(said, taken, full=len(kept) >= count)
        if reason is None:
            kept.append(draft)
            taken[_key(draft)] = "said twice"
        elif draft:
            dropped.append(Dropped(entry.id, draft[:LONGEST_DRAFT], reason))
    return kept, dropped


def _key(text: str) -> str:
    """One for all spacings, cases and punctuations of the same words."""
    return solid(fold(text))


def _why_not(said: str, taken: Mapping[str, str], *, full: bool) -> Reason | None:
    draft = one_line(said)
    if _NO_PHRASING.search(draft) or sum(map(str.isalnum, draft)) < 2 or not can_be_seen(draft):
        return "no phrasing"
    if hidden_character(said):
        return "hidden characters"
    if len(draft) > LONGEST_DRAFT:
        return "too long"
    if mask(draft) != draft:
        return "personal data"
    if before := taken.get(_key(draft)):
        return "known" if before == "known" else "said twice"
    return "too many" if full else None


def _said(answer: str) -> Iterator[str]:
    """Each thing said: the items of a JSON list, or else the lines, without numbering and quotes around them."""
    text = _THOUGHT.sub("", answer).strip()
    if block := _FENCE.search(text):
        text = block[1]
    listed = _json_list(text)
    lines: Iterable[str] = listed if listed is not None else text.split("\n")
    for line in lines:
        bare = _NUMBERING.sub("", line, count=1).strip() if _NUMBERING.match(line) else line.strip()
        quoted = _QUOTES.match(bare)
        if words := (quoted[2] if quoted else bare):
            yield words


def _json_list(text: str) -> list[str] | None:
    start, end = text.find("["), text.rfind("]")
    if start < 0 or end < start or not text.lstrip().startswith(("[", "{")):
        return None
    try:
        value: Any = json.loads(text[start : end + 1])
    except (ValueError, RecursionError):
        return None
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else None

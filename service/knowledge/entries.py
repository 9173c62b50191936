"""What was written, checked field by field, to entries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .entry import FaqEntry, Link
from .faults import Faults, shown
from .fields import FieldReader
from .lines import EntryLines
from .urls import MAX_URL, is_allowed_url
from .written import Fields, Scalar, Written

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ENTRIES = 100_000
MAX_ANSWER = 20_000  # characters, as the two below
MAX_PHRASING = 500
MAX_LABEL = 100

_ID = re.compile(r"[A-Za-z0-9._?!:/+@=,()-]{1,64}")  # imported FAQs bring more than the '.', '_' and '-' we ask for
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_DEFAULTS = ("locale", "category")
_LINK = ("title", "url")
_ENTRY = (
    *("id", "question", "variants", "answer", "category", "tags", "locale", "links"),
    *("valid_from", "valid_until", "escalate", "enabled"),
    "meta",  # whatever other tools keep with an entry; nobody here reads it
)
_OTHER_NAMES = {  # what authors and other products call these fields
    **dict.fromkeys(("질문", "q", "title"), "question"),
    **dict.fromkeys(("답변", "답", "a", "response", "text"), "answer"),
    **dict.fromkeys(("유사질문", "questions", "alternatives", "utterances", "synonyms"), "variants"),
    **dict.fromkeys(("분류", "topic"), "category"),
    **dict.fromkeys(("태그", "labels", "keywords"), "tags"),
    **dict.fromkeys(("언어", "language", "lang"), "locale"),
    **dict.fromkeys(("href", "link"), "url"),
}


@dataclass(frozen=True, slots=True)
class Defaults:
    """What an entry has where it says nothing."""

    locale: str = "ko"
    category: str | None = None


def read_document(root: Written | None, faults: Faults) -> tuple[tuple[Written, ...], Defaults]:
    """The entries as written and the defaults of a YAML document."""
    if not isinstance(root, Fields):
        line = root.line if root else 1
        faults.stop(line, "the file must begin with 'entries:' and the entries as a list under it.")
    reader = FieldReader("the file", root, faults)
    reader.refuse_unknown("defaults", "entries")
    _, defaults = root.values.get("defaults", (root.line, Fields({}, root.line)))
    return reader.items("entries", most=MAX_ENTRIES), _read_defaults(defaults, faults)


def read_entries(written: Iterable[Written], defaults: Defaults, faults: Faults) -> list[tuple[EntryLines, FaqEntry]]:
    """Each sound entry with its lines, in file order. Every other one left its reasons in `faults`."""
    entries: list[tuple[EntryLines, FaqEntry]] = []
    lines: dict[str, int] = {}
    number = 0
    for number, value in enumerate(written, start=1):
        if number > MAX_ENTRIES:
            faults.stop(value.line, f"more than {MAX_ENTRIES:,} entries. Split the FAQ.")
        if isinstance(value, Fields):
            reader = FieldReader(_subject(number, value), value, faults)
            if entry := _read_entry(reader, defaults, lines):
                entries.append((_read_lines(reader, value), entry))
        elif not (isinstance(value, Scalar) and value.kind == "refused"):
            faults.add(value.line, f"entry {number}: this is not an entry. Write its fields: id, question, answer.")
    if not number:
        faults.add(1, "there is no entry yet. Write the first one with id, question and answer.")
    return entries


def _read_defaults(written: Written, faults: Faults) -> Defaults:
    if isinstance(written, Scalar) and written.kind in {"nothing", "refused"}:
        return Defaults()
    if not isinstance(written, Fields):
        faults.add(written.line, "defaults: write locale and category as fields under 'defaults:'.")
        return Defaults()
    reader = FieldReader("defaults", written, faults)
    reader.refuse_unknown(*_DEFAULTS)
    return Defaults(_read_locale(reader) or Defaults().locale, reader.text("category", limit=MAX_LABEL))


def _subject(number: int, fields: Fields) -> str:
    match fields.values.get("id"):
        case (_, Scalar(text=text, kind="text" | "word")) if _ID.fullmatch(text.strip()):
            return f"entry {shown(text.strip())}"
    return f"entry {number}"


def _read_entry(reader: FieldReader, defaults: Defaults, lines: dict[str, int]) -> FaqEntry | None:
    reader.refuse_unknown(*_ENTRY, others=_OTHER_NAMES)
    entry = FaqEntry(
        id=_read_id(reader, lines),
        question=reader.required_text("question", limit=MAX_PHRASING, advice="Write what a customer would ask."),
        answer=reader.required_text("answer", limit=MAX_ANSWER, advice="Write the answer customers should read."),
        variants=reader.texts("variants", limit=MAX_PHRASING),
        category=reader.text("category", limit=MAX_LABEL) or defaults.category,
        tags=reader.texts("tags", limit=MAX_LABEL),
        locale=_read_locale(reader) or defaults.locale,
        links=_read_links(reader),
        valid_from=reader.day("valid_from"),
        valid_until=reader.day("valid_until"),
        escalate=reader.flag("escalate", default=False),
        enabled=reader.flag("enabled", default=True),
    )
    if entry.valid_from and entry.valid_until and entry.valid_from > entry.valid_until:
        line = reader.line_of("valid_until")
        reader.fault(line, "'valid_until' is before 'valid_from', so it would never answer. Correct one of them.")
    return entry if reader.sound else None


def _read_lines(reader: FieldReader, entry: Fields) -> EntryLines:
    return EntryLines(
        entry=entry.line,
        answer=reader.line_of("answer"),
        phrasings=(reader.line_of("question"), *(item.line for item in reader.items("variants"))),
        links=tuple(link.line for link in reader.items("links")),
        valid_from=reader.line_of("valid_from"),
        valid_until=reader.line_of("valid_until"),
    )


def _read_id(reader: FieldReader, lines: dict[str, int]) -> str:
    entry_id = reader.required_text("id", limit=MAX_PHRASING, advice="Give it a short name like 'refund-period'.")
    line = reader.line_of("id")
    if entry_id and not _ID.fullmatch(entry_id):
        reader.fault(line, f"'id' is {shown(entry_id)}. Use 1 to 64 of the letters A-Z a-z, digits, '.', '_' and '-'.")
    elif entry_id in lines:
        reader.fault(line, f"this id was already used in line {lines[entry_id]}. Give each entry its own.")
    elif entry_id:
        lines[entry_id] = line
    return entry_id


def _read_locale(reader: FieldReader) -> str | None:
    locale = reader.text("locale", limit=MAX_LABEL)
    if locale and not _LOCALE.fullmatch(locale):
        reader.fault(reader.line_of("locale"), f"'locale' is {shown(locale)}. Write a language code like ko or en-US.")
    return locale


def _read_links(reader: FieldReader) -> tuple[Link, ...]:
    return tuple(link for written in reader.items("links") if (link := _read_link(reader, written)))


def _read_link(entry: FieldReader, written: Written) -> Link | None:
    if not isinstance(written, Fields):
        entry.fault(written.line, "a link is written as {title: ..., url: ...}.")
        return None
    reader = entry.within("link", written)
    reader.refuse_unknown(*_LINK, others=_OTHER_NAMES)
    url = reader.required_text("url", limit=MAX_URL, advice="Write the address it leads to.")
    title = reader.required_text("title", limit=MAX_LABEL, advice="Write the words customers should tap.")
    if url and not is_allowed_url(url):
        reader.fault(reader.line_of("url"), f"'url' is {shown(url)}. Use https://, http://, mailto: or tel:.")
    return Link(title, url)

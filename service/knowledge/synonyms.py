"""The team's own synonyms: groups of words and short expressions that mean the same to its customers."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .faults import Faults, shown
from .fields import FieldReader
from .source import read_source
from .written import Fields, Items, Scalar, Written
from .yaml_file import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAX_GROUPS: Final = 5_000
MAX_MEMBERS: Final = 100
MAX_EXPRESSION: Final = 60
"""Characters. What is longer is a sentence, and sentences belong into an entry's variants."""

_FORM_ADVICE: Final = "Write it as a list: [환불, refund]."


@dataclass(frozen=True, slots=True)
class Synonyms:
    """`groups` in file order, each with its distinct expressions.

    `digest` is the sha256 of the bytes they were read from, in hex; empty where there was no file.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    digest: str = ""

    @classmethod
    def from_data(cls, written: Any) -> Synonyms:
        """From what `as_data` gave; raises `ValueError` of anything else."""
        match written:
            case {"digest": str(digest), "groups": list(groups)} if all(map(_is_group, groups)):
                return cls(tuple(map(tuple, groups)), digest)
        raise ValueError("these are no synonyms")

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {"digest": self.digest, "groups": [list(group) for group in self.groups]}


NO_SYNONYMS: Final = Synonyms()


@dataclass(frozen=True, slots=True)
class SynonymsFile:
    """The file that a team keeps its synonyms in, or may: without one there are none."""

    path: Path | None = None

    def digest(self) -> str:
        """Of what `load` would read, without reading it closely. Raises `FaqError` where it cannot be read."""
        return read_source(self.path).digest if self.path and self.path.exists() else NO_SYNONYMS.digest

    def stamp(self) -> tuple[int, int] | None:
        """Another one when the file was written again; None while there is none."""
        if self.path is None or not self.path.exists():
            return None
        facts = self.path.stat()
        return facts.st_mtime_ns, facts.st_size

    def load(self) -> Synonyms:
        """Raises `FaqError` with one line for every fault, up to 20, each with its line and what to do."""
        if self.path is None or not self.path.exists():
            return NO_SYNONYMS
        source = read_source(self.path)
        faults = Faults(self.path)
        groups = _groups(read_yaml(source.text, faults), faults)
        faults.raise_if_any()
        return Synonyms(groups, source.digest)


def _groups(root: Written | None, faults: Faults) -> tuple[tuple[str, ...], ...]:
    if not isinstance(root, Fields):
        line = root.line if root else 1
        faults.stop(line, "the file must begin with 'groups:' and the groups as a list under it.")
    reader = FieldReader("the file", root, faults)
    reader.refuse_unknown("groups")
    lines: dict[str, int] = {}
    return tuple(
        tuple(_members(number, written, lines, faults))
        for number, written in enumerate(reader.items("groups", most=MAX_GROUPS), start=1)
    )


def _members(number: int, written: Written, lines: dict[str, int], faults: Faults) -> Iterable[str]:
    """The expressions of one group. `lines` remembers where each expression of all groups stands."""
    subject = f"group {number}"
    if isinstance(written, Scalar) and written.kind == "refused":  # its own fault says why
        return ()
    if not isinstance(written, Items):
        faults.add(written.line, f"{subject}: this is not a group. {_FORM_ADVICE}")
        return ()
    if len(written.values) > MAX_MEMBERS:
        faults.add(written.line, f"{subject}: {len(written.values)} expressions; {MAX_MEMBERS} is the most. Split it.")
        return ()
    texts = list(_texts(subject, written, faults))
    members: dict[str, str] = {}
    for line, text in texts:
        key = _key(text)
        if key not in members and key in lines:
            faults.add(line, f"{subject}: {shown(text)} is in another group too (line {lines[key]}). Keep it in one.")
        members.setdefault(key, text)
    for key in members:
        lines.setdefault(key, written.line)
    if len(written.values) < 2:
        faults.add(written.line, f"{subject}: one expression alone has no synonym. Add another, or delete the group.")
    elif len(members) < 2 and len(texts) == len(written.values):
        faults.add(written.line, f"{subject}: its expressions are all the same word. Add another one.")
    return members.values()


def _texts(subject: str, group: Items, faults: Faults) -> Iterator[tuple[int, str]]:
    """The sound expressions with their lines."""
    for value in group.values:
        if not isinstance(value, Scalar):
            faults.add(value.line, f"{subject}: an expression is one text. {_FORM_ADVICE}")
        elif value.kind == "refused":
            continue
        elif not _key(value.text):
            said = f"{shown(value.text)} has no letter or digit."
            faults.add(value.line, f"{subject}: {said} Write the word, or delete it.")
        elif not " ".join(value.text.split()).isprintable():
            faults.add(value.line, f"{subject}: {shown(value.text)} holds an invisible character. Type it again.")
        elif len(value.text) > MAX_EXPRESSION:
            said = f"{shown(value.text)} is {len(value.text)} characters long; {MAX_EXPRESSION} is the most."
            faults.add(value.line, f"{subject}: {said} Put sentences into an entry's variants.")
        else:
            yield value.line, " ".join(value.text.split())


def _is_group(written: Any) -> bool:
    return isinstance(written, list) and all(isinstance(expression, str) for expression in written)


def _key(text: str) -> str:
    """Equal for texts that differ in spaces, case, width or punctuation alone."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))

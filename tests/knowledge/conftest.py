"""FAQ files on disk, and what is said about wrong ones."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Protocol

import pytest

from service.errors import FaqError
from service.knowledge.faq import load_faq
from service.knowledge.lint.linting import lint

if TYPE_CHECKING:
    from pathlib import Path

    from service.knowledge.lint.finding import Finding, Heard

TODAY = date(2026, 11, 20)


class Write(Protocol):
    def __call__(self, content: str | bytes, name: str = "faq.yaml") -> Path: ...


class FaultsOf(Protocol):
    def __call__(self, content: str | bytes, name: str = "faq.yaml") -> list[str]: ...


class LookOver(Protocol):
    def __call__(self, *entries: str, heard: tuple[Heard, ...] = ()) -> list[Finding]: ...


def said(findings: list[Finding], rule: str) -> list[tuple[int, str]]:
    """The line and the message of each finding of one rule."""
    return [(finding.line, finding.message) for finding in findings if finding.rule == rule]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a FAQ file and gives its path."""

    def write(content: str | bytes, name: str = "faq.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def faults_of(write: Write) -> FaultsOf:
    """What is wrong with a file, one line each, without the folder before its name."""

    def faults_of(content: str | bytes, name: str = "faq.yaml") -> list[str]:
        path = write(content, name)
        with pytest.raises(FaqError) as refusal:
            load_faq(path)
        lines = str(refusal.value).split("\n")
        assert all(line.startswith(str(path)) for line in lines)
        return [line.removeprefix(f"{path.parent}/") for line in lines]

    return faults_of


@pytest.fixture
def look(write: Write) -> LookOver:
    """Lints entries given as the insides of YAML mappings; the first stands in line 2."""

    def look(*entries: str, heard: tuple[Heard, ...] = ()) -> list[Finding]:
        path = write("entries:\n" + "".join(f"- {{{entry}}}\n" for entry in entries))
        return list(lint(load_faq(path), today=TODAY, heard=heard))

    return look

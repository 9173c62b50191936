"""One read of a FAQ file: its bytes, their digest and the text in them."""

from __future__ import annotations

import errno
import hashlib
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import FaqError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 256 * 1024 * 1024
_MARKED_ENCODINGS = (  # UTF-32 first: its mark begins with that of UTF-16
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_HANGUL = re.compile(r"[가-힣]{2}")
_REASONS = {
    errno.ENOENT: "there is no such file. Write the FAQ there, or name the right path",
    errno.ENOTDIR: "there is no such file. Write the FAQ there, or name the right path",
    errno.EACCES: "permission to read it is missing. Let the user who runs the service read it",
    errno.EPERM: "permission to read it is missing. Let the user who runs the service read it",
    errno.ELOOP: "it is a symbolic link that leads back to itself. Let it point to the file",
    errno.ENAMETOOLONG: "this path is too long for a file name. Name the right path",
}


@dataclass(frozen=True, slots=True)
class Source:
    """`text` is exactly the bytes that `digest` (sha256, hex) was made of; without a byte order mark."""

    digest: str
    text: str


def read_source(path: Path) -> Source:
    """Reads the file once, so that an editor saving meanwhile cannot mix two versions.

    Raises `FaqError` where it cannot be read, is empty or is not UTF-8.
    """
    return source_of(path, read_bytes(path))


def source_of(path: Path, content: bytes) -> Source:
    """As `read_source`, of what was read from `path` or is to be written there."""
    if not content.strip():
        raise FaqError(f"{path}: the file is empty. Write the first entry under 'entries:'.")
    return Source(hashlib.sha256(content).hexdigest(), _decode(path, content))


def read_bytes(path: Path) -> bytes:
    """Raises `FaqError` where there is no file that can be read whole."""
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise FaqError(f"{path}: this is a directory. Name the FAQ file in it.")
        if not stat.S_ISREG(facts.st_mode):  # reading a pipe or a device might never end
            raise FaqError(f"{path}: this is not a regular file. Name the FAQ file itself.")
        if facts.st_size > MAX_BYTES:
            raise FaqError(f"{path}: the file is larger than {MAX_BYTES // 2**20} MiB. Split the FAQ.")
        return path.read_bytes()
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or f"it cannot be read ({error.strerror}). Check the file"
        raise FaqError(f"{path}: {reason}.") from error
    except ValueError as error:  # a path with a NUL in it
        raise FaqError(f"{str(path)!r}: this is not a path. Name the FAQ file.") from error


def _decode(path: Path, content: bytes) -> str:
    if encoding := _wide_encoding(content):
        raise FaqError(f"{path}:1: the file is written in {encoding}. Save it as UTF-8.")
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        guess = "the file looks like EUC-KR (CP949)" if _is_euc_kr(content, error.start) else "this is not UTF-8"
        raise FaqError(f"{path}:{line}: {guess}. Save it as UTF-8.") from error
    if unusable := _CONTROL.search(text):
        line, column = position(text, unusable.start())
        name = f"U+{ord(unusable.group()):04X}"
        raise FaqError(f"{path}:{line}: column {column}: the control character {name} cannot stay. Delete it.")
    return text


def _wide_encoding(content: bytes) -> str | None:
    marked = next((name for mark, name in _MARKED_ENCODINGS if content.startswith(mark)), None)
    return marked or ("UTF-16" if 0 in content[:2] else None)


def _is_euc_kr(content: bytes, first_fault: int) -> bool:
    if not content[:first_fault].isascii():  # good UTF-8 up to a damaged place
        return False
    try:
        return _HANGUL.search(content.decode("cp949")) is not None
    except UnicodeDecodeError:
        return False


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a character, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)

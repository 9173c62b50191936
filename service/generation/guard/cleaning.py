"""Takes out, while text streams, what no reader sees: terminal commands, writing direction, invisible characters."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_BREAKS: Final = frozenset("\r\v\f\x85\u2028\u2029")
_JOINER: Final = "\u200d"
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\ufffe\uffff")
"""They count as letters and show nothing: good only for cutting a word that is looked for."""
_FILLING: Final = re.compile(f"[{''.join(sorted(_FILLERS))}]")
_LONGEST_COMMAND: Final = 4_096
_KEPT: Final = frozenset("\n\t ")


class Cleaner:
    """One character after the other, so that it does not matter where the pieces were cut."""

    def __init__(self) -> None:
        self._state = ""  # "", or what began: "\x1b", "[" (a CSI), "]" (an OSC, up to BEL or ESC \)
        self._swallowed = 0
        self._half = ""
        self._last = ""
        self._busy = False

    def feed(self, text: str) -> str:
        """What of `text` is visible; half a character waits for its other half."""
        if text.isprintable() and not self._busy and (text.isascii() or not _FILLING.search(text)):
            if text:
                self._last = text[-1]
            return text
        visible = "".join(map(self._take, text))
        self._busy = bool(self._state or self._half)
        return visible

    def end(self) -> str:
        """What waited in vain."""
        half, self._half = self._half, ""
        return "\ufffd" if half else ""

    def _take(self, character: str) -> str:
        if self._half:
            return self._second_half(character)
        if self._state:
            return self._command(character)
        seen = self._seen(character)
        self._last = seen[-1:] or ("\r" if character == "\r" else self._last)
        return seen

    def _second_half(self, character: str) -> str:
        half, self._half = self._half, ""
        if "\udc00" <= character <= "\udfff":
            whole = (half + character).encode("utf-16", "surrogatepass").decode("utf-16")
            return self._take(whole)
        self._last = "\ufffd"
        return "\ufffd" + self._take(character)

    def _seen(self, character: str) -> str:
        if character == "\n" and self._last == "\r":
            return ""
        if character in _KEPT:
            return character
        if character in _BREAKS:
            return self._line_break(character)
        if character in "\x1b\x9b\x9d":
            self._state, self._swallowed = {"\x1b": "\x1b", "\x9b": "[", "\x9d": "]"}[character], 0
            return ""
        if "\ud800" <= character <= "\udfff":
            self._half = character if character < "\udc00" else ""
            return "" if self._half else "\ufffd"
        if character in _FILLERS:
            return ""
        if character.isprintable():
            return character
        return self._rare(character)

    def _line_break(self, character: str) -> str:
        # "\r\n" is one break: the "\n" is dropped after it
        self._last = character
        return "\n"

    def _rare(self, character: str) -> str:
        kind = unicodedata.category(character)
        if character == _JOINER and self._last >= "\u2600" and unicodedata.category(self._last) in {"So", "Sk", "Mn"}:
            return character  # families and flags are made with it
        return "" if kind in {"Cc", "Cf"} else character

    def _command(self, character: str) -> str:
        self._swallowed += 1
        if self._swallowed > _LONGEST_COMMAND:
            self._state = ""
        elif self._state == "\x1b":
            self._state = character if character in "[]" else "]" if character in "PX^_" else ""
        elif self._state == "[":
            if not " " <= character <= "?":
                self._state = ""
        elif character == "\x1b":
            self._state = "\x1b"
        elif character in "\x07\x9c\n":
            self._state = ""
        return ""

"""Keeps a model's thinking, `<think>...</think>`, out of what is shown."""

from __future__ import annotations

import re

from .fault import Fault

TAG = re.compile(r"(</?think>)")
START_OF_A_TAG = re.compile(r"<(?:/|/?t(?:h(?:i(?:nk?)?)?)?)?\Z")


class ReasoningFilter:
    """Text in, visible text out; a tag may be cut anywhere between two pieces."""

    def __init__(self) -> None:
        self._thinking = False
        self._shown = False
        self._held = ""

    def visible(self, text: str) -> str:
        """What of this may be shown now. Raises `Fault` when what was shown already turns out to be thinking."""
        if "<" not in text and not self._held and not self._thinking:
            self._shown = True
            return text
        text = self._held + text
        cut = START_OF_A_TAG.search(text)
        self._held = text[cut.start() :] if cut else ""
        return self._outside(text.removesuffix(self._held))

    def rest(self) -> str:
        """What was held back because it looked like the start of a tag, once the text has ended."""
        held, self._held = self._held, ""
        return "" if self._thinking else held

    def _outside(self, text: str) -> str:
        kept = ""
        for part in TAG.split(text):
            if part == "<think>":
                self._thinking = True
            elif part == "</think>":
                kept = self._end_of_thought(kept)
            elif not self._thinking:
                kept += part
        self._shown = self._shown or bool(kept)
        return kept

    def _end_of_thought(self, kept: str) -> str:
        """Some chat templates open the thought in the prompt; then the model only ever sends the closing tag."""
        if self._thinking:
            self._thinking = False
            return kept
        if self._shown:
            raise Fault("showed its reasoning as its answer; switch on the server's reasoning parser", again=False)
        return ""

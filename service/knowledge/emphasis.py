"""Emphasis that works beside Korean.

CommonMark does not close `**반품(환불)**은`: punctuation inside and a letter outside look like the start of a word.
Korean particles follow without a space, so a Chinese, Japanese or Korean letter outside counts like white space, as in
https://github.com/tats-u/markdown-cjk-friendly.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Scanned, StateInline

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from markdown_it.utils import EnvType

_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u303f\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff]"
)


class CjkInlineParser(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _CjkState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _CjkState(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - the library's names
        scanned = super().scanDelims(start, canSplitWord)
        if not canSplitWord:
            return scanned
        before = self.src[start - 1 : start]
        after = self.src[start + scanned.length : start + scanned.length + 1]
        return Scanned(
            scanned.can_open or bool(_CJK.match(before) and after.strip()),
            scanned.can_close or bool(_CJK.match(after) and before.strip()),
            scanned.length,
        )

"""What a customer calls otherwise than the FAQ does, called as the FAQ calls it: "how do I sign up" -> 가입.

One term for both is all that the concepts channel can give; morphemes, word vectors and prototypes need the word
itself. Of twelve English questions to a Korean FAQ all find their entry this way, four without it; ko_shop top-3
gains two points. Within English nothing is renamed: its word vectors know synonyms, and en_shop loses two questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .text import fold, hangul_share, solid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .concepts import Concepts


class Renaming:
    """`texts`: all that the FAQ says, folded."""

    def __init__(self, concepts: Concepts, groups: Sequence[Sequence[str]], texts: Iterable[str]) -> None:
        self._concepts = concepts
        self._groups = groups
        self._said = "\n".join(texts)
        self._solid = solid(self._said)
        self._names: dict[int, str | None] = {}

    def rename(self, text: str) -> str:
        """`text` as it is, or folded and with the FAQ's own words for what it does not say in the text's words.

        Inflected expressions stay: whether the FAQ uses one in another form cannot be told by looking for it.
        """
        folded = fold(text)
        renamed = folded
        for group, asked in self._concepts.named(folded).items():
            name, written = self._name(group), fold(asked)
            if name and written in renamed and not self._uses(asked) and hangul_share(asked + name) > 0:
                renamed = renamed.replace(written, name)
        return text if renamed == folded else renamed

    def _name(self, group: int) -> str | None:
        """What the FAQ mostly calls it; None where it does not speak of it."""
        if group not in self._names:
            counts = {expression: self._uses(expression) for expression in self._groups[group]}
            most = max(counts, key=lambda expression: counts[expression])
            self._names[group] = most if counts[most] else None
        return self._names[group]

    def _uses(self, expression: str) -> int:
        """How often the FAQ says it; Korean with whatever spaces."""
        folded = fold(expression)
        return self._solid.count(solid(folded)) if hangul_share(folded) else self._said.count(folded)

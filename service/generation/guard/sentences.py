"""Where words and sentences end while the text still grows."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 400
"""Characters without a border, after which a sentence is judged as it is."""
SHORTEST: Final = 16
"""Characters: what is shorter is judged together with what follows it. "네. 해 드릴게요." is one thing said."""

_STOPS: Final = "。！？"
_CLOSERS: Final = "\"'”’)\\]}」』*_~"
WORD: Final = re.compile(
    rf"(\s{{0,63}})(?:"
    rf"([^\s{_STOPS}]{{1,{LONGEST - 1}}})(?=\s)"
    rf"|(\S{{{LONGEST}}})"  # no word is that long
    rf"|([^\s{_STOPS}]*[{_STOPS}]+)(?=[^{_STOPS}])"  # Chinese punctuation ends a sentence without a space
    rf"|(\S+)(?=\s)"
    rf")|(\s{{64}})"
)
_LAST: Final = frozenset(".!?…。！？\"'”’)]}」』*_~")
_END: Final = re.compile(rf"[.!?…{_STOPS}][{_CLOSERS}]*$")
_ABBREVIATION: Final = re.compile(
    r"(?:^|\W)(?:e\.g|i\.e|mr|mrs|ms|dr|no|vs|approx|etc|inc|st|[a-z]|\d{1,2})\.$", re.IGNORECASE
)


def ends_sentence(word: str) -> bool:
    """Whether a border follows. `1.` is the number of a step, `e.g.` goes on."""
    return word[-1:] in _LAST and _END.search(word[-8:]) is not None and _ABBREVIATION.match(word[-8:]) is None

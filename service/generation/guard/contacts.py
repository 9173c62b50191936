"""Ways to reach somebody that no entry names: handles, dictated numbers, spelled addresses, streets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .folding import solid
from .rules import Offence

if TYPE_CHECKING:
    from .grounding import Grounds
    from .rules import Offences

_SINO: Final = "[공영일이삼사오육륙칠팔구]"
_SPOKEN: Final = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_WAYS: Final = re.compile(
    rf"(?<![\w.])@[a-z][\w.]{{2,}}|(?<![가-힣]){_SINO}(?:[ -]?{_SINO}){{6,}}"
    rf"|(?<![a-z]){_SPOKEN}(?:[ ,-]{{1,2}}{_SPOKEN}){{5,}}"
    r"|골뱅이|닷컴|닷넷|점 ?컴(?![가-힣])|\(at\)|\[at\]|[a-z] dot (?:com|net|org|io)\b"
    r"|\b\d{1,5} [a-z]{1,20}(?: [a-z]{1,20})? (?:street|avenue|ave|road|way|lane|drive|boulevard|blvd|square)\b"
    r"|[가-힣](?:시|군|구|읍|면|동) [가-힣0-9a-z -]{0,24}(?:\d|[a-z]동|센터|빌딩"
    r"|타워)[가-힣 0-9-]{0,8}(?:앞으로|로 ?(?:보내|부쳐|보내시)|번지|호로)"
    r"|\b(?:sort code|extension(?: is)?|ext\.?|account(?: number)?) \d[\d -]+"
)


def offences(folded: str, grounds: Grounds) -> Offences:
    for found in _WAYS.finditer(folded):
        if not any(solid(found[0]) in letters for letters in grounds.letters):
            yield Offence("contact", *found.span())

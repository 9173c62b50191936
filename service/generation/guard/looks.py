"""What a single word may be the beginning of: looked at once, remembered for as long as it is common."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .folding import fold, solid
from .numerals import ENGLISH_WORDS, NATIVE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .words import Tongue

_REMEMBERED: Final = 20_000
_LONGEST_REMEMBERED: Final = 24
_KOREAN: Final = re.compile("[가-힣]")
_STRANGE: Final = re.compile(
    r"[<&@/\\`{}=\[\]|^%_]|!\[|\(at|\(dot|script:?|data:|[a-z0-9가-힣]\.[a-z0-9가-힣-]|[a-z0-9+/-]{20,}|-----"
    r"|(?<![a-z])(?:localhost|bearer|sk-)|\w\(|[a-z]:[a-z/]"
)
_NUMERAL: Final = re.compile(
    r"(?<![가-힣])[일이삼사오육칠팔구]?[십백천만억]|[일이삼사오육칠팔구](?:개월|주일|영업일|일|년|시간|주|분)"
    r"|퍼센트|프로|반값|반 ?시간"
)
_DAYS: Final = re.compile("하루|이틀|사흘|나흘|닷새|엿새|이레|여드레|아흐레|열흘|보름|일주일")
_NATIVE: Final = re.compile(rf"(?:{'|'.join(sorted(NATIVE, key=len, reverse=True))}|반)(?:시간|시|달|주|해|개월|날|$)")
_UNITS: Final = frozenset(
    [
        "usd",
        "krw",
        "eur",
        "gbp",
        "jpy",
        "won",
        "half",
        "percent",
        "couple",
        "minute",
        "minutes",
        "hour",
        "hours",
        "day",
        "days",
        "week",
        "weeks",
        "month",
        "months",
        "year",
        "years",
        "dollar",
        "dollars",
        "cent",
        "cents",
        "buck",
        "bucks",
        "euro",
        "euros",
        "pound",
        "pounds",
        "yen",
        "pct",
        "minutes",
        "mins",
        "hrs",
    ]
)
_SS: Final = "".join(chr(code) for code in range(0xAC00, 0xD7A4) if (code - 0xAC00) % 28 == 20)
_KOREAN_ACT: Final = re.compile(
    rf"드[릴리립려렸린]|겠|게요|[게께](?:[^가-힣]|$)|[{_SS}](?:습|어|답|고|네|는데|으니|더|지|죠|음|거|다)"
    rf"|테니|[줄할될을갈올날릴](?: ?[거걸겁것예]|$)|[거겁것걸]|예정|도록|[셔아어]도|않|않을까"
    r"|필요|상관|관계|문제|이상|한푼|푼도|없|완료|믿|안심|걱정|장담|틀림|무조건|반드시|확실|당연|원래|원칙"
    r"|규정|약관|규칙|정책|눈감|넘어|봐|간주|단골|고객님만|몰래|살짝|셈|재량|특혜"
    r"|덤|얹어|서비스|공짜|반값|두배|배로|갚|물어|메[워꿔]|되돌|돌려받|저희|제가|면제|무료|경비|세탁비|수리비"
    r"|보전|맞춰|그냥|그대로|마음껏|곧|금방|조만간|이내|머지않|부쳐|앞으로|물류센터|골뱅이|닷컴"
    r"|[공영일이삼사오육칠팔구]{3}|줘요|줍|저희|댑|세요|신경|몫|[대래]요|하네요|합니다|들었|책임|기로|려고|니다"
)
_ENGLISH_ACT: Final = re.compile(
    r"'(?:ll|ve|d)$|[a-z]{2}(?:ed|ing)$|^(?:will|can|could|would|shall|might|let|gonna|going|about|already"
    r"|just|now|currently|ago|get|gets|getting|receive|save|saves|pocket|keep"
    r"|earn|claim|enjoy|deserve|expect|see|have|return|exchange|swap|send|be|entitled|eligible|cancel|set|pay"
    r"|owe|skip|forget|pick|take|ignore|wait|ship|worry|need|any|bother|lose|penalize|count"
    r"|charge|cost|fee|fees|postage|penalty|deposit|questions|strings|nothing|cent|cents|expense|dime|us|house"
    r"|treat|apology|sorry-gift|tell|bill|hold|ask|mind|say|enforce|sent|put|made|gave"
    r"|given|got|gotten|took|taken|spoke|spoken|told|found|saw|seen|wrote|written|paid|done|did|cut|bought"
    r"|brought|held|kept|left|went|gone|ran|run|chose|chosen|rang|spent|undid|undone|withdrew"
    r"|withdrawn|threw|thrown|way|inbox|account|mail|post|car|van|bag|yours|free|motion|go|underway|consider"
    r"|normally|usually|strictly|policy|rules|technically|officially|terms|allowed|paper"
    r"|theory|window|period|deadline|limit|enough|slide|eye|nobody|between|you|exception|happen|yes|apply"
    r"|matter|bind|allowance|pretend|as|pass|tonight|late|stay|open|out|card|goodwill|credit|cheaper"
    r"|price|compensation|full|bottle|gift|back|off|both|invoice|receipt|friend|soon|shortly|moment|charged|we"
    r"|stays|stay|goes|comes|come|disappears|drops|drop|vanishes|sits|remains|remain|lasts|last|extends|never"
    r"|is|are|renews|carries|doubles|runs|falls|toss|throw|bin|help|watch|whenever|lifetime|forever|competitor"
    r"|anytime|life|long|may|half|all|most|part|some)$"
)
_EDGES: Final = "\"'.,!?():;~*-…"
_MONTHS: Final = re.compile(r"(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)(?:[a-z]{0,6})$")


class Look:
    """Reasons to look closer; plain numbers, because they are asked for with every word."""

    NUMBER: Final = 1
    TOPIC: Final = 2
    STRANGE: Final = 4
    DIGITS: Final = 8


class Words:
    """Remembers what common words are; of what holds a digit or is long it remembers nothing."""

    def __init__(self, tongues: Mapping[str, Tongue]) -> None:
        self._ko, self._en = tongues["ko"].triggers, tongues["en"].triggers
        self._known: dict[str, tuple[int, str]] = {}

    def look(self, word: str) -> tuple[int, str]:
        """What it may begin, a sum of `Look`, and its letters."""
        return self._known.get(word) or self._new(word)

    def _new(self, word: str) -> tuple[int, str]:
        folded = fold(word)
        look = self._at(folded)
        seen = look, solid(folded)
        if len(word) <= _LONGEST_REMEMBERED and not look & (Look.DIGITS | Look.STRANGE):
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[word] = seen
        return seen

    def _at(self, word: str) -> int:
        look = 0
        if any(map(str.isdigit, word)) or any(sign in word for sign in "$€£₩¥"):
            look |= Look.DIGITS | Look.NUMBER
        if _STRANGE.search(word):
            look |= Look.STRANGE
        if (
            self._ko.search(word)
            or self._en.search(word)
            or _KOREAN_ACT.search(word)
            or _ENGLISH_ACT.search(word.strip(_EDGES))
        ):
            look |= Look.TOPIC
        return look | (Look.NUMBER if self._is_numeral(word) else 0)

    def _is_numeral(self, word: str) -> bool:
        if _KOREAN.search(word):
            return bool(_NUMERAL.search(word) or _DAYS.search(word) or _NATIVE.match(word))
        parts = word.strip(_EDGES).split("-")
        return any(part in ENGLISH_WORDS or part in _UNITS for part in parts) or _MONTHS.match(parts[0]) is not None

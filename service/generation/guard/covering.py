"""How much of a sentence the team's own sentences say: word by word, not letter by letter."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from .amounts import amounts
from .folding import solid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WORD: Final = re.compile(r"[가-힣]+|[a-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*")
_BORDER: Final = re.compile(r"(?<=[.!?;])\s+|\n+")
_CLAUSE: Final = re.compile(r"[,;:]\s|(?<=[가-힣]고) |(?<=지만) |(?<=는데) | (?:and|but|while|so) ")
_PARTICLE: Final = re.compile(
    r"(?:으로부터|로부터|에서는|에서도|에게는|까지는|부터는|이라면|이라도|이라서|이에요|입니다|이라|에서|에게"
    r"|까지|부터|마다|처럼|보다|이고|이며|예요"
    r"|은|는|이|가|을|를|의|에|로|으로|도|만|와|과|나)$"
)
_ENDING: Final = re.compile(
    r"(?:하|되|돼|됩|됐|되었|했|한|할|합|해|시키|드리|드려|드립|드릴|시|주|줘|줄|으시|으신|으면|세|실|신|십|셨|받)"
    r"(?:[가-힣]{0,6})$"
)
_KOREAN_LITTLE: Final = frozenset(
    re.findall(
        r"\S+",
        """
        따로 내 내지 않 않으 않아 이상이
    가능 거 건 것 게 경우 고객 고객님 그 그리고 기준 꼭 날 내 네 다만 단 대한 대해 더 동안 돼 되 뒤 등
    때 또 또는 먼저 면 물론 및 보통 분 수 아 아래 안 안내 없 없어요 영업일 예 위 이 이내 인 있 있고 있는
    있습니다 있어요 있으니 있으며 저 저희 점 정도 직접 참고 통해 평일 하 해당 후
    """,
    )
)
_ENGLISH_LITTLE: Final = frozenset(
    re.findall(
        r"\S+",
        """
        more less takes take send something use
    a about after also always an and any anything applies apply are as at be be's been before being
    between both business by can could day days do does each every for from get gets getting had has
    have having here how i i'd i'm if in into is it it's its just keep made make makes may me mind my no
    normally not of on once one only or orders our ours per please remember say so still than that
    that's the their them then there these they this those to too typically until up us usual usually
    was we we'd we're were what when where which who will with within would yes you you'd you'll you're
    your yours
    """,
    )
)
_SUFFIX: Final = re.compile(r"(?:ing|ed|es|s|ment|y|ies|ied|er|ers)$")
_LEAST: Final = 2
ENOUGH: Final = 0.65
_FREE: Final = frozenset(("무료", "free", "fre"))
"""What is free from a sum on is not free without it."""
_SAME: Final = (
    "구매 주문 구입 결제 사",
    "상품 제품 물건 물품",
    "수령 받",
    "출고 발송 출발",
    "무료 면제 공짜",
    "배송비 택배비",
    "purchase order buy bought spend",
    "discount off",
    "item product parcel package",
    "deliver arriv receiv",
    "ship dispatch",
    "cost price fee charge",
    "free",
    "customer shopper you",
    "refund",
)


class Window(NamedTuple):
    """One sentence of a fact, with the heading it stands under."""

    folded: str
    stems: frozenset[str]
    letters: str
    amounts: frozenset[tuple[str, float]]


@lru_cache(maxsize=1_024)
def windows(folded: str) -> tuple[Window, ...]:
    heading, _, _ = folded.partition("\n")
    heading = heading if len(heading) < len(folded) else ""
    return tuple(_window(f"{heading} {sentence}") for sentence in _BORDER.split(folded) if sentence.strip())


def _window(text: str) -> Window:
    units = frozenset((amount.unit, amount.value) for amount in amounts(text))
    return Window(text, frozenset(stems(text)), solid(text), units)


def covered(folded: str, told: Iterable[Window]) -> bool:
    """Whether one sentence of the team says it, or one each of its parts."""
    told = tuple(told)
    known = frozenset[tuple[str, float]]().union(*(one.amounts for one in told))
    if not told or any((unit.unit, unit.value) not in known for unit in amounts(folded)):
        return False
    if _share(folded, told) >= ENOUGH:
        return True
    parts = [part for part in _CLAUSE.split(folded) if part.strip()]
    return len(parts) > 1 and all(_share(part, told, least=1) >= ENOUGH for part in parts)


def _share(folded: str, told: tuple[Window, ...], least: int = _LEAST) -> float:
    units = list(amounts(folded))
    rest = folded
    for unit in units:
        rest = f"{rest[: unit.start]}{' ' * (unit.end - unit.start)}{rest[unit.end :]}"
    words = set(stems(rest))
    count = len(words) + len(units)
    if count < least:
        return 0.0
    free = not units and not words.isdisjoint(_FREE)
    return (
        max(
            (sum(stands(word, one) for word in words) + sum((unit.unit, unit.value) in one.amounts for unit in units))
            / count
            for one in told
            if not (free and one.amounts)
        )
        if not free or any(not one.amounts for one in told)
        else 0.0
    )


def stands(word: str, window: Window) -> bool:
    """Whether a word of `stems` is in it."""
    return word in window.stems or (len(word) > 1 and word[0] >= "가" and word in window.letters)


def stems(folded: str) -> Iterator[str]:
    """The words that carry meaning, without what is attached to them, words for the same thing as one."""
    for found in _WORD.finditer(folded):
        stem = _korean(found[0]) if found[0][0] >= "가" else _english(found[0])
        if stem:
            yield _CANON.get(stem, stem)


@lru_cache(maxsize=20_000)
def _korean(word: str) -> str:
    if word in _KOREAN_LITTLE:
        return ""
    stem = _PARTICLE.sub("", word) or word
    while (shorter := _ENDING.sub("", stem)) and shorter != stem:
        stem = shorter
    stem = _PARTICLE.sub("", stem) or stem
    return "" if stem in _KOREAN_LITTLE or _ENDING.fullmatch(stem) else stem


@lru_cache(maxsize=20_000)
def _english(word: str) -> str:
    if word in _ENGLISH_LITTLE:
        return ""
    stem = word if len(word) < 4 else _SUFFIX.sub("", word)
    if len(stem) > 3 and stem[-1] == stem[-2]:
        stem = stem[:-1]
    return stem[:5]


_CANON: Final = {word[:5]: group.split()[0][:5] for group in _SAME for word in group.split()}

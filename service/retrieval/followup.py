"""What one message asks: read on its own, or together with the questions it leans on.

"그럼 제주도는요?" and "what about bank holidays?" name no topic; the topic is in what the visitor asked before. The
message decides by its form alone whether it leans, so that a conversation is never dragged back to an old topic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from .text import fold, hangul_share, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REMEMBERED: Final = 3
"""Earlier questions that a message may lean on. Further back the topic has changed, or the visitor names it again."""

LEANING: Final = 0.7
"""What the joined text counts for when the message points back: 그럼 제주도는요. Alone it names the new detail, joined
it keeps the topic. Of 39 later questions with an entry in two shops' conversations 26 are found, 16 without history."""

FRAGMENT: Final = 0.3
"""What it counts for when the message is just short: "klarna?" may go on with the topic or name another. At 0.4 even
"asdf qwer" gets the earlier topic suggested."""

FRAGMENT_WORDS: Final = {"latin": 2, "hangul": 1}
"""So few words are no sentence; 배송비는 얼마인가요 is one."""

LEANING_WORDS: Final = {"latin": 8, "hangul": 5}
"""More words name a topic of their own, whatever they begin or end with."""

STANDS_ALONE: Final = 0.5
"""The score from which a message is taken by itself, whatever it leans on: the one from which a FAQ answers."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for one message: `texts[0]` is the message itself, a second text joins it to what it leans on.

    `weights`: how much each text's evidence counts; they sum to 1. `meant`: the message as it was meant, its slips
    undone, before it was put in the FAQ's own words.
    """

    texts: tuple[str, ...]
    weights: tuple[float, ...] = (1.0,)
    meant: str = ""

    def read(self, reader: Callable[[str], str]) -> Query:
        """This query with every text put through `reader`, which undoes slips."""
        texts = tuple(map(reader, self.texts))
        return replace(self, texts=texts, meant=texts[0])

    def put(self, renamer: Callable[[str], str]) -> Query:
        """This query with every text put in other words."""
        return replace(self, texts=tuple(map(renamer, self.texts)))


def standalone(question: str, history: Sequence[str] = ()) -> Query:
    """The query for `question`; `history` holds the visitor's own earlier questions, oldest first."""
    leaning = lean(question)
    topic = _topic(history[-REMEMBERED:]) if leaning else []
    if not topic:
        return Query((question,))
    return Query((question, " ".join([*topic, question])), (1 - leaning, leaning))


def _topic(history: Sequence[str]) -> list[str]:
    """The earlier questions from the last one that named its topic."""
    asked = [earlier for earlier in history if not is_courtesy(earlier)]
    first = next((place for place in reversed(range(len(asked))) if not lean(asked[place])), 0)
    return asked[first:]


def lean(question: str) -> float:
    """How much `question` reads like a part of something said before, in [0, 1]."""
    folded = fold(question)
    if is_courtesy(folded):
        return 0.0
    spoken = folded.rstrip(" ?!.,~…")
    script = "hangul" if hangul_share(spoken) else "latin"
    count = len(spoken.split())
    if count <= LEANING_WORDS[script] and any(cue.search(spoken) for cue in _CUES):
        return LEANING
    return FRAGMENT if 0 < count <= FRAGMENT_WORDS[script] else 0.0


def is_courtesy(text: str) -> bool:
    """Thanks, a greeting or an acknowledgement and nothing else: 알겠습니다 고마워요, ok thank you."""
    return _COURTESY.fullmatch(" ".join(words(fold(text)))) is not None


_CUES: Final = (
    # openers: 그럼 제주도는요, 근데 이미 보냈어요
    re.compile(
        r"^(그럼|그러면|그래서|그런데|근데|그리고|그래도|그렇다면|그렇게|아니면|또는|혹은|또|만약|만일|아까|방금)\b"
    ),
    # words that point: 거긴 며칠 걸려요, 그 전표는 어디서, 둘 다 되나요
    re.compile(
        r"(^|\s)((그|이)(거|건|게|걸|것|때|쪽|분|런|렇게)?|저(거|건|게|걸|것|때|쪽|분|런|렇게))"  # 저 alone is I
        r"(은|는|이|가|을|를|도|만|로|에|까지|부터)?(\s|$)"
    ),
    re.compile(r"(^|\s)(거기|거긴|여기|여긴|저기|그곳|이곳|둘|얘|걔)(서|에|는|은|도|로|다)?(\s|$)"),
    # a topic without a predicate, or half a sentence: 주말은요, 카드로 냈으면요, 다 지워지고요; but 사려고요, 얼마에요
    re.compile(r"(은|는|도|만|면|(?<!려)고|로|까지|부터|에서|이라도|보다|랑)요$"),
    # explains what was said: 동생 이름으로 보냈거든요, 경비실에도 없대요; but 하고 싶은데요
    re.compile(r"(거든요|(?<!싶)은데요|인데요|대요|래요|잖아요)$"),
    # and for a kayak, what about bank holidays, even stuff bought for Christmas
    re.compile(r"^(and|but|or|so|then|also|plus|even|what about|how about|what if|in that case)\b"),
    # nope, neighbours haven't got it; but no refund yet
    re.compile(r"^(nope|no|yes|yeah|yep|ok|okay),"),
    # weekends too, it's already shipped though
    re.compile(r"\b(too|though|either|as well|instead|then|afterwards|again)$"),
    # words that point: can they do it faster, who pays the duty there
    re.compile(r"\b(those|these|they|they're|them|their)\b|\b(one|ones|there)$"),
    # it and that where they stand for a topic, does it ever run out, be in for that; but how do i track it
    re.compile(r"^((is|was|can|could|does|did|has|will|would|should) (it|that)|it's|that's|that)\b"),
    re.compile(r"\b(is that|(about|after|at|for|from|in|of|on|to|with) (it|that))\b"),
)
_POLITE: Final = (
    "네|넵|넹|예|응|아|오|아하|알겠습니다|알겠어요|알았어요|감사합니다|감사해요|감사|고마워요|고맙습니다|고마워|땡큐|수고하세요"
    "|안녕하세요|안녕|안녕히|계세요|좋아요|좋네요|확인했습니다|확인했어요|오케이|죄송|죄송합니다|수고"
    "|hi|hello|hey|there|good|morning|afternoon|evening|ok|okay|thanks|thank|you|thx|ty|cheers|great|perfect|got|it"
    "|bye|goodbye|alright|right|cool|nice|brilliant|so|very|much|a|lot|that's|all|no|worries|yes|yep|sure|fine"
)
_COURTESY: Final = re.compile(f"({_POLITE})( ({_POLITE}))*")

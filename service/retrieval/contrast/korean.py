"""Korean read for contrasts: which words a text denies, wants, has done already, or puts before or after something.

There is no morphological analyser here. Verbs come from a short list, nouns are known by their particles and by 하다
and 되다 behind them. What cannot be told is only mentioned, and blocks nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..hangul import spell
from .endings import Denied, is_attributive, is_past, status_of
from .reading import Word
from .shapes import lists, shape_of

if TYPE_CHECKING:
    from .reading import Status
    from .shapes import Shape


@dataclass(slots=True, kw_only=True)
class KoreanWord(Word):
    """`ending` holds that of a verb and the auxiliaries behind it, in single letters; None for a noun.

    `passive` says that the verb is 되다; `denied` is 안 or 못 in front of it.
    """

    passive: bool = False
    denied: str = ""


_WORD = re.compile(r"[^\s.,?!;…~]+|[.,?!;…]")
_DENYING: Final = frozenset(["안", "않", "못"])
_DETACHED = re.compile(
    "(?<!\\S)(안|않|못)(?=하|되|돼|됐|된|될|됩|됨|했|해|한|할|받|보내|보냈|왔|와|오|나가|나갔|떠|뜨|쓰|쓴|썼|써|내고|내려|냈|줬|줘|산|샀|넘|지났|열|켜|켰|켠|켤|끄|꺼|껐|끈|끌)"
)
_GLUED = re.compile("(?<=[가-힣]{2})(?=(?:전에|전인데|후에|뒤에|말고|말아|없이|아닌)(?![가-힣]))")
_DENIAL = re.compile("않|못|마[세시십라]|마$|말[아자라았]")
"""Behind 지 these make a verb of any word: 늦지 마세요."""
_AUXILIARY = re.compile(
    "^(?:않|못|말|마$|마[세셔라십]|금지|싶|수[가도는]?$|있|없|주[세시는고나면려실]|줘|줬|준|드[리려]|봤|보[고려]|버[리렸려]|적[이도은]?$|하[려는면고나]|했|해|되[나는면]|돼"
    "|전[에인]|전$|후|뒤|다음에|법|방법|줄|나[서면니]|필요|싫|귀찮)"
)
_BEHIND_NOUNS: Final[tuple[tuple[re.Pattern[str], Status], ...]] = (
    (re.compile("^(?:이전|전)(?:에|에는|에도|인데|인데요|이면|이라|이고|까지|이에요|이요)?$"), "before"),
    (
        re.compile(
            "^(?:이후|후|뒤)(?:에|에는|에도|인데|이면|로)?$|^(?:지난|지나|지났)|^(?:끝나|끝났|종료)(?!.* ?전|기)"
        ),
        "after",
    ),
    (re.compile("^중(?:인데|이에요|이고|이라|인|입니다|에)?$"), "fact"),
    (re.compile("^(?:함께|같이)$"), "ask"),
    (re.compile("^(?:말고|아니라|아니고)"), "instead"),
    (re.compile("^(?:아닌|아닙|아니[에예어여]|없이|없는(?![데지거건])|빼고|뺀|제외|금지|자제)"), "reject"),
    (re.compile("^(?:있는(?![데지거건])|포함)"), "ask"),
)
_NEEDLESS = re.compile("^없(?!나|니|을까|는[데지])")
_OBJECT_PARTICLES: Final = frozenset(["", "을", "를", "은", "는"])
_CORE_PARTICLES: Final = _OBJECT_PARTICLES | frozenset(["이", "가", "도"])


def read_korean(folded: str) -> list[KoreanWord]:
    """The words of a folded text with their statuses, in order."""
    known = lists()
    words = _words(folded)
    when = {word.clause for word in words if word.stem in known.asking_when}
    why = {word.clause for word in words if word.stem in known.asking_why}
    broken = any(sign in folded for sign in known.trouble)
    for place, word in enumerate(words):
        if word.ending is None:
            _judge_noun(words, place)
        else:
            word.status = status_of(word.ending, Denied(word.denied, word.passive, broken or word.clause in why))
            word.of = _objects(words, place)
            if word.stem in known.adjectives:
                word.state = not is_attributive(word.ending)
                word.status = "mention" if word.status == "fact" else word.status
    if words and words[-1].ending is None and not words[-1].particle and words[-1].stem in known.actions:
        words[-1].status = "ask"  # a headline: 메일 수신 신청
    _forget_what_is_over(words)
    for word in words:
        _name(word, asks_when=word.clause in when)
    return words


def _words(folded: str) -> list[KoreanWord]:
    words: list[KoreanWord] = []
    clause, denied = 0, ""
    for written in _WORD.findall(_GLUED.sub(" ", _DETACHED.sub(r"\1 ", folded))):
        if written in ".,?!;…":
            clause += 1
            if written == "?" and words and words[-1].ending is not None:
                words[-1].ending += "?"
        elif written in _DENYING:
            denied = written
        else:
            shape = shape_of(written)
            if not _joins(words, written, shape, denied, clause):
                words.append(_new(written, shape, denied, clause))
            denied = ""
    return words


def _new(written: str, shape: Shape, denied: str, clause: int) -> KoreanWord:
    stem, particle, ending, passive = shape
    word = KoreanWord(written=written, stem=stem or written, clause=clause, particle=particle, ending=ending)
    word.verb, word.passive, word.denied = ending is not None, passive, denied
    return word


def _joins(words: list[KoreanWord], written: str, shape: Shape, denied: str, clause: int) -> bool:
    """Whether the word only goes on with the one before: 취소를 못 | 했어요, 받고 | 싶어요, 쓰면 안 | 돼요."""
    last = words[-1] if words else None
    if last is None:
        return False
    bare = shape.stem == ""
    if denied and bare and shape.passive and (last.ending or "").endswith("ㅁㅕㄴ"):
        last.ending = f"ㅁㅕㄴ ㅇㅏㄴ {shape.ending}"
    elif last.clause != clause:
        return False
    elif bare and (last.ending is None or denied):
        host = next((word for word in reversed(words) if word.stem not in lists().adverbs), last)
        if host.clause != clause:
            return False
        host.ending = f"{host.ending} {shape.ending}" if host.verb else shape.ending
        host.passive, host.denied, host.verb = shape.passive, denied or host.denied, True
        host.written += f" {written}"
        return True
    elif last.ending is not None and not denied and _AUXILIARY.match(written):
        last.ending += f" {spell(written)}"
    elif last.ending is None and last.written[1:].endswith("지") and _DENIAL.match(written):
        last.stem, last.ending, last.verb = f"{last.written[:-1]}다", f"ㅈㅣ {spell(written)}", True
    else:
        return False
    last.written += f" {written}"
    return True


def _judge_noun(words: list[KoreanWord], place: int) -> None:
    word = words[place]
    behind = [other for other in words[place + 1 : place + 3] if other.clause == word.clause]
    if not behind:
        return
    word.status = _noun_status(word, behind) or word.status
    if word.status == "instead" and sum(other.stem == word.stem for other in words) > 1:
        word.status = "mention"  # 큰 상자 말고 작은 상자
    if word.status == "reject" and any(other.written == "아직" for other in words[:place]):
        word.status = "lack"


def _noun_status(word: KoreanWord, behind: list[KoreanWord]) -> Status | None:
    """출고 전, 회원이 아닌, 카드 없이, 해외 말고, 가입 방법, 발급은 어떻게 취소."""
    known, following = lists(), behind[0]
    if following.stem in known.asking_when and len(behind) > 1:
        following = behind[1]  # 세일은 언제 끝나요
    if following.stem == "필요" and _NEEDLESS.match(behind[-1].written):
        return "reject"
    for sign, status in _BEHIND_NOUNS:
        if sign.match(following.written):
            return status
    asks = following.stem in known.asking
    beyond = behind[-1] if asks else following
    if beyond.stem in known.undoing and word.stem in known.actions and word.particle in _OBJECT_PARTICLES:
        return "undo"
    return "ask" if asks else None


def _objects(words: list[KoreanWord], place: int) -> tuple[str, ...]:
    """The noun closest before a verb that can be its object or its subject."""
    for word in reversed(words[:place]):
        if word.clause != words[place].clause:
            break
        if word.ending is None and word.particle in _CORE_PARTICLES and word.stem not in lists().adverbs:
            return (word.stem,)
    return ()


def _forget_what_is_over(words: list[KoreanWord]) -> None:
    """출고 전에 취소를 못 했어요, 지금은 ...: the time before is over by now."""
    told = {word.clause for word in words if word.ending is not None and is_past(word.ending)}
    for word in words:
        if word.status == "before" and word.clause in told and words[-1].clause > word.clause:
            word.status = "mention"


def _name(word: KoreanWord, *, asks_when: bool) -> None:
    """What the word's status is about, and less of a status where it says little."""
    known = lists()
    stem = known.alike.get(word.stem, word.stem)
    if word.status == "ask" and (asks_when or (word.stem in known.vague and not word.of) or stem in known.everyday):
        word.status = "mention"
    if word.stem not in known.adverbs and len(stem) > 1 and not stem[0].isdigit():
        word.event = " ".join([*word.of, stem]) if word.stem in known.vague else stem

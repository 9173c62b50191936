"""What a Korean sentence does by saying it, told by how its verbs end: 해 드릴게요, 해 뒀어요."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .rules import Offence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rules import Offences
    from .words import Tongue

_FIRST, _LAST, _FINALS = 0xAC00, 0xD7A3, 28


def _ending_in(final: int) -> str:
    """All syllables with this final consonant: ㄹ is 8, ㅆ is 20."""
    return "".join(chr(code) for code in range(_FIRST, _LAST + 1) if (code - _FIRST) % _FINALS == final)


_R: Final = f"[{_ending_in(8)}]"
_SS: Final = f"[{_ending_in(20)}]"
_END: Final = r"(?=[^가-힣]|$)"
_GIVES: Final = re.compile(
    r"(?:드릴(?:게|께| ?거| ?것| ?겁| ?테| ?예정| ?수 ?있|래)|드리겠|드립니|드려(?:요|야|용|도)|드리(?:죠"
    r"|지요|도록|니|려고|는 게|기로|면 되|며|고)|드렸|드린답"
    r"|줄(?:게|께| ?거| ?겁| ?테)|줘(?:요|용)|줍니다|주기로|줄 수 있(?:어|습)|주겠)"
)
_WILLS: Final = re.compile(
    rf"(?<!드){_R}(?:게요|께요|게용|게|께){_END}|(?<!드){_R} ?테니|{_R}래요{_END}|(?:하|되|시키|보|두|놓|내"
    rf"|지)겠습니다|(?:하|해|두|주)려고 (?:합|해)|기로 (?:했|하|결정)"
    r"|도록 하(?:겠|죠|지)|도록 (?:조치|처리)|책임지|책임질"
)
_DID: Final = re.compile(
    rf"(?P<verb>{_SS})(?:습니다|습니당|어요|어용|답니다|고요|고|네요|는데|으니|더라고요?|지요|죠|음|거든요"
    rf"|다(?=[.!~]|$))(?:요)?{_END}|(?:다고|라고) (?:하네요|합니다|해요|하더라고요|하는데요|들었)"
    rf"|(?:[가-힣]대요|래요|다네요|라네요){_END}|완료(?:입니다|예요|됨|!|\.|요)"
)
_WILL_BE: Final = re.compile(
    rf"{_R} ?(?:거예요|거에요|겁니다|것입니다|거야|걸요?{_END}|예정|거고|거니|거라|텐데)|될 ?거|지 않을까"
    rf"|을 ?걸{_END}"
)
_EVENT: Final = re.compile(
    r"도착|입금|들[르러를]|전화|들어(?:올|오|와|갈|가|간|갑)|나올|나갈|열릴|열리|받으|받아|손에|방문|찾아뵐"
    r"|찾아갈|가실|배달|발송|출발|출고|지급|처리|승인|취소|완료|해결|반영|적용|와 있|올 거|올 겁|올 예정|"
    r"보내질|연락|돌려|되돌|이기|오를|나을|나아|청구|빠질|오픈|시작될|복구|입고|면제|보상|환불"
)
_WAIVED: Final = re.compile(
    r"(?:안 [가-힣]{1,4}셔도|않으?셔도|않아도|안 [가-힣]{1,3}도|없이도?|없어도|지났어도|지나도|넘어도|넘었어도"
    r"|뜯(?:었|으셨)어도|쓰(?:셨|신)[가-힣 ]{0,6}도|떼셨어도|있어도|였어도) ?[^.!?]{0,14}?(?:돼|되[고는니어]"
    r"|됩|될|괜찮|상관|좋|가능|바꿔|드)"
    r"|(?:낼|내실|보내실|지불하실|부담하실|반납하실|돌려주실|걱정하실|갈|가실|지키실) ?필요(?:는|가|도)? ?(?:없|전혀)"
    r"|(?:비용|금액|돈|수수료|요금|배송비|택배비|위약금)[은는이가을를도]? ?(?:전혀 |하나도 |아예 |따로 |더 "
    r"|일절 )?(?:안 |받지 않|들지 않|붙지 않|내지 않|없(?:습|어|이|고)|나가지 않|청구되지 않|물지 않)"
    r"|신경 ?(?:쓰지|안 쓰|쓰실)|저희 (?:몫|책임|쪽 부담|쪽에서 부담)|(?:돈|금액|예약금|보증금|요금|수수료"
    r"|위약금|적립금|포인트|결제금)[은는이가도] [^.!?]{0,16}(?:돌아[가갑]|유지|사라|살아|넘어[가갑]|보호|보전"
    r"|빠지|줄어)"
    r"|(?:상관|관계) ?(?:없|업)|문제 ?(?:없|업)|이상 ?없|한 푼도|빠져나가지 않|청구 안 ?될|안 지켜"
)
_MAY: Final = re.compile(
    r"셔도 (?:돼|됩|되[고는니]|괜찮|좋|상관|무방)|(?:그냥|그대로|마음껏) [가-힣 ]{0,10}(?:세요"
    r"|시면|셔요|십시오)"
)
_DISPENSE: Final = re.compile(
    r"(?:원래|원칙|규정|약관|규칙|정책|방침|기준|조건|막혀|불가능하|안 되|지났|끝났|넘었|부족하"
    r"|모자라)[^.!?]{0,16}?(?:지만|는데|ㄴ데|인데|하나|어도|더라도|긴 하|긴 한데|라도)[^.!?]*"
    r"(?:게요|습니다|니다|드려|드리|드릴|괜찮|돼요|가능|해요|세요|까요\?)"
    r"|(?:눈 ?감|넘어가 ?드|넘어가 ?줄|봐 ?드리|봐드|봐 ?줄게|쳐 ?드|간주해|친 걸로|넘은 걸로|된 걸로"
    r"|없던 (?:걸|일)로|없었던 (?:걸|일)로|셈 ?치|몰래|살짝 (?:열|풀|바)|우리끼리|비밀인데|저희끼리|고객님만"
    r"|고객님께만|이번에만|이번만큼은|단골이|특별 ?대우|특혜|재량으로)"
)
_PROMISED: Final = re.compile(
    r"저만 믿|믿고 기다|안심하(?:세|셔)|안심해|걱정 ?(?:마|말|붙들|안 하|놓)|장담|틀림없|무조건|반드시"
    r"|확실(?:히|합|해)|당연히 (?:됩|돼|해|가능)|당연하죠"
)
_REFUSED: Final = re.compile(
    r"없|않|못|어렵|어려|힘들|불가|아니|안 돼|안 되|안 됩|안 될|곤란|모르|모릅|무리|죄송|미안|사과드|권한|판단"
    r"|결정|담당자|상담원|직원|까요\?|나요\?|가요\?|세요\?|여부|는지|을지|ㄹ지|다고 하|라고 하"
)
_ATTRIBUTED: Final = re.compile(
    r"(?:다고|라고|냐고|자고|달라고|는지|은지|인지|ㄴ지|다는|라는|던데|다며|한다) ?(?:하셨|하신|하시|말씀|물으"
    r"|물어보셨|쓰여 있었|적혀 있었|적으셨|문의하셨|들으셨|보셨|여쭤보셨|알고 계)|말씀이시|거군요|것이군요"
    r"|시군요|신가 보|셨군요"
)
_EMPATHY: Final = re.compile(r"(?:으?셨|으?시)겠|셨을|으실 만|실 텐데|마음|속상|답답|당황|실망|불편을|걱정되|걱정이")
_VISITOR: Final = re.compile(r"[셨]$")


def offences(folded: str, tongue: Tongue, asks: bool) -> Offences:
    """Only for what nobody has written: a sentence that repeats a fact is not asked about."""
    helps = tongue.endings["helps"]
    for rule, pattern in (("promise.deed", _GIVES), ("promise.deed", _WILLS), ("claim.deed", _DID)):
        for found in pattern.finditer(folded):
            if not _harmless(folded, found, tongue, helps, asks, deed=rule == "claim.deed"):
                yield Offence(rule, _word_before(folded, found.start()), found.end())
                break
    if not asks:
        yield from _told(folded, tongue)


def _word_before(folded: str, at: int) -> int:
    """Where the verb begins whose ending stands there: 고쳐 드려요."""
    return folded.rfind(" ", 0, max(0, folded.rfind(" ", 0, at))) + 1


def unquoted(folded: str) -> str:
    """Without what it says that the visitor said; every place stays where it was."""
    for found in _ATTRIBUTED.finditer(folded):
        start = max(folded.rfind(border, 0, found.start()) for border in ".,!?") + 1
        folded = f"{folded[:start]}{' ' * (found.end() - start)}{folded[found.end() :]}"
    return folded


def _told(folded: str, tongue: Tongue) -> Iterator[Offence]:
    for found in _WILL_BE.finditer(folded):
        if (
            _EVENT.search(folded, max(0, found.start() - 14), found.end())
            and not _taken_back(folded, found.end())
            and not re.search(r"상담원|상담사|담당자|직원|어려|힘들|수 없", folded)
        ):
            yield Offence("promise.deed", *found.span())
            break
    for rule, pattern in (
        ("promise.exception", _DISPENSE),
        ("promise.benefit", _WAIVED),
        ("promise.benefit", _MAY),
        ("promise.benefit", tongue.lists["gifts"]),
    ):
        said = pattern.search(folded)
        if said and not _taken_back(folded, said.end()) and not tongue.lists["states"].search(folded):
            yield Offence(rule, *said.span())
    vowed = _PROMISED.search(folded)
    if (
        vowed
        and not _taken_back(folded, vowed.end())
        and not tongue.lists["states"].search(folded)
        and re.search(
            r"니다|어요|아요|해요|돼요|드려|드릴|거예|거야|죠|게요", folded[: vowed.start()] + folded[vowed.end() :]
        )
    ):
        yield Offence("promise.deed", *vowed.span())


def _taken_back(folded: str, end: int) -> bool:
    clause = re.split(r"[,.!?]|지만 |는데 |니 ", folded[end:])[0]
    return _REFUSED.search(clause) is not None


def _harmless(
    folded: str, found: re.Match[str], tongue: Tongue, helps: tuple[str, ...], asks: bool, *, deed: bool
) -> bool:
    start, end = found.span()
    before = folded[max(0, start - 24) : start + (0 if not deed else 1)]
    if _taken_back(folded, end) or (
        asks and re.match(r"[가-힣]{0,3}(?:까요|나요|니까|던가요|어요|는지|을까)", folded[end - 1 :])
    ):
        return True
    if deed:
        said = folded[max(0, start - 12) : end]
        return bool(
            re.match("[셨있없겠]", folded[start])
            or tongue.lists["states"].search(said)
            or re.search(r"(?:안|못) ?[가-힣]{0,3}$", folded[max(0, start - 5) : start])
            or _EMPATHY.search(folded)
            or before.replace(" ", "")[:-1].endswith(helps)
        )
    spoken = before.replace(" ", "")
    tail = folded[start : start + 1]
    whole = (spoken + tail).replace(" ", "")
    return bool(
        spoken.endswith(helps)
        or any(whole.endswith(word) for word in tongue.endings["willing"])
        or re.search(
            r"(?:상담원|상담사|담당자|직원|팀)(?:이|가|께서|에서|에게|과|와|한테)[^,]*(?:안내|연락|확인|답"
            r"|설명|도와|연결|판단|도움|알려)[^,]*$",
            folded[:end],
        )
    )

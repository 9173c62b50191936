"""When a visitor asks for a person in so many words, in Korean or English."""

from __future__ import annotations

import re
import unicodedata

# Korean is matched with spaces and punctuation dropped, English as words with single spaces.

_PERSON_KO = r"(?:상담원|상담사|상담직원|직원|담당자|매니저|관리자|책임자|사람|휴먼)"
_WITH_KO = r"(?:분|님|이랑|랑|하고|과|와|이라도|한테|에게|으로|을|를|좀|께)*"
_HOW_KO = r"(?:직접|바로|지금|당장|좀|전화로|채팅으로|빨리|한번)*"
_SPEAK_KO = r"통화|얘기|이야기|대화|상담|말하고|말씀|말할|채팅하|물어보고|문의하고"
_CONTACT_KO = rf"(?:{_SPEAK_KO}|바꿔|불러|부르고|찾아주|보내주세요|원해|필요해|부탁)"
_ABOUT_IT_KO = r"(?!(?:이|은|는|을)?(?:시간|언제|몇시|무료|비용|번호|안|왜|느|끊))"

_ASKS_KO = (
    r"^(?:실제|진짜)?(?:상담원|상담사|상담직원|사람)(?:이요|요|좀요|부탁.*|제발.*)?$",
    rf"{_PERSON_KO}.{{0,3}}연결{_ABOUT_IT_KO}",
    rf"{_PERSON_KO}{_WITH_KO}{_HOW_KO}{_CONTACT_KO}",
    rf"{_PERSON_KO}(?:좀)?나(?:와|오라|오세요)",
    r"(?:상담|통화)(?:을|를|좀)?(?:하고싶|받고싶|원해|원합|원하는데|부탁|요청)",
    r"(?:챗봇|봇|ai|에이아이|기계|로봇|자동응답)(?:이|은|이랑|랑|하고|과)?(?:말고|아니라|아닌|대신).{0,6}(?:사람|상담|직원|통화)",
    r"^(?:여기|거기|혹시|지금)?(?:진짜|실제)?(?:사람|상담원|상담사|직원)(?:은|이|분)?(?:없|있|계|안계)(?:나요|어요|냐|으세요|습니까|을까요|시나요|세요)",
    r"(?:사람|상담원|상담사|직원|담당자)(?:이|가|분이)(?:직접)?(?:응대|답변|답|처리|도와|상담|전화|연락)(?:을|해)?(?:주세요|주실|줘|부탁|달라|주셨|주시)",
    r"^(?:저한테|제게|저에게|빨리|지금|당장|꼭|그냥|제발)*전화(?:좀|한번|한통|바로|로)*(?:주세요|부탁|줘|주시|걸어|달라)",
)
_DECLINES_KO = (rf"{_PERSON_KO}.{{0,8}}(?:말고|필요없|싫|안해도|하지마|않아도)", rf"받는{_PERSON_KO}")

_REAL = r"(?:an? |the |your |some |any )?(?:real |live |actual |human |proper )?"
_ONE = r"(?:human(?: being| agent)?|person|agent|representative|rep|operator|supervisor|manager)"
_TEAM = (
    r"(?:people|somebody|someone|anybody|anyone|advis[eo]r|staff(?: member)?|customer (?:service|support|care)|support|"
    r"live chat)"
)
_PERSON_EN = rf"{_REAL}(?:{_ONE}|{_TEAM})(?: real)?\b"

_SOME = r"(?:a |an |the |this |these |your )?"
_KINDLY = r"(?:please |just |can you |could you |can somebody |someone )*"
_NOT_A_ROLE = r"(?! (?:account|role|access|plan|seat))"
_HAND_OVER = r"connect|transfer|pass|hand|put|get|give|patch|forward"

_ASKS_EN = (
    rf"^(?:please |pls )?{_REAL}(?:{_ONE}|live chat|customer service)(?: please| pls| now)*$",
    rf"\b(?:talk|speak|chat|talking|speaking|chatting)(?: directly)? (?:to|with) {_PERSON_EN}",
    rf"\b(?:{_HAND_OVER}) (?:me|this|us)(?: over| through| on)?(?: to| with)? {_PERSON_EN}",
    rf"\bescalate(?: this| it)? to {_PERSON_EN}",
    rf"\b(?:want|need|wanna|prefer|require)(?: to (?:see|reach|contact|get))? {_REAL}{_ONE}\b{_NOT_A_ROLE}",
    rf"\bcan {_PERSON_EN}(?: please)? (?:call|phone|contact|talk|speak|help|reply)",
    r"\b(?:human|person|agent|representative|operator) (?:please|pls|now)$",
    rf"\bis there {_PERSON_EN} (?:i can|we can|available|there|around|here|to (?:talk|speak|help|chat))",
    rf"(?<!or )\b(?:not|no more|instead of|rather than|enough of) {_SOME}(?:bots?|robots?|machines?|ai|chatbots?)$",
    rf"^{_KINDLY}(?:call|ring|phone) me(?: back)?(?: please| now| today| asap)*$",
    r"\b(?:request|requesting|arrange|need|want) a (?:call ?back|phone call|call from (?:someone|a person|your team))",
)
_REFUSING = r"don't|do not|no need to|without|never|rather than|instead of"

_DECLINES_EN = (
    rf"\b(?:{_REFUSING})(?: \w+){{0,3}} (?:\w+ (?:to|with) )?{_PERSON_EN}",
    rf"\b(?:do i (?:need|have) to|am i|was i) \w+ (?:to|with) {_PERSON_EN}",
)


def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_RULES = {
    "ko": (_any(_ASKS_KO), _any(_DECLINES_KO)),
    "en": (_any(_ASKS_EN), _any(_DECLINES_EN)),
}


def asks_for_person(message: str) -> bool:
    """Whether the visitor plainly asks to be handed to a person.

    "상담원 연결해 주세요" and "can I talk to a human" do; a question about a person's hours, phone number or
    manners does not, and neither does a person being declined.
    """
    text = unicodedata.normalize("NFKC", message).lower().replace("’", "'")
    read = {
        "ko": re.sub(r"[\W_]", "", text),
        "en": " ".join(re.sub(r"[^\w']", " ", text).split()),
    }
    return any(
        asks.search(read[locale]) and not declines.search(read[locale]) for locale, (asks, declines) in _RULES.items()
    )

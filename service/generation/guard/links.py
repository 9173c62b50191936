"""Web addresses, e-mail addresses and telephone numbers, in the spellings that models and attackers use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .rules import Offence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .grounding import Grounds
    from .rules import Offences

_TLDS: Final = (
    "com|net|org|io|co|kr|ai|app|dev|shop|store|info|biz|me|xyz|site|online|top|link|click|club|live|tech|cloud|page|"
    "gg|ly|gl|to|cc|tv|us|uk|de|fr|jp|cn|ru|eu|in|nl|it|es|br|au|ca|ch|se|no|pl|su|tk|ml|ga|cf|gq|pw|ws|im|is|sh|so|"
    "fm|win|vip|icu|example|test|invalid|local|localhost|zip|mov|edu|gov|int|onion|asia|mobi|news|space|website|world|"
    "support|help|chat|center|life|today|fun|work|pro|name|한국"
)
_DOT: Final = r"(?:\.| ?[\[({] ?(?:\.|dot|점) ?[\])}] ?| dot )"
_LABEL: Final = r"[a-z0-9가-힣](?:[a-z0-9가-힣_-]{0,62})"
_HOST: Final = rf"(?:{_LABEL}{_DOT}){{1,8}}(?:(?:{_TLDS})(?![a-z0-9-])|xn--[a-z0-9-]{{2,40}})"
_SCHEME: Final = re.compile(
    r"\b(?:https?|hxxps?|ftp|wss?|file|ssh|intent|market|itms|blob|filesystem|gopher):[/\\]{0,4}|(?<![:/\\a-z0-9])[/\\]{2}(?=[a-z0-9])"
)
_URL_HOST: Final = re.compile(r"[/\\]{0,4}((?:[^\s/\\?#<>\"'()\[\]{}|]|\[[0-9a-f:.]{0,45}\]){0,255})")
_BARE_HOST: Final = re.compile(
    rf"(?<![a-z0-9@._-]){_HOST}|(?<![\d.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\d.])|(?<![a-z])localhost(?![a-z])"
)
_MAIL: Final = re.compile(
    rf"[a-z0-9._%+-]{{1,64}} ?(?:@|[\[({{] ?(?:at|골뱅이) ?[\])}}]| at (?=[a-z0-9-]{{1,63}} dot )) ?(?:{_HOST}|[a-z0-9-]{{1,63}}\.[a-z]{{2,24}})"
)
_PARTICLE: Final = re.compile(r"[가-힣]+$")
_PHONE: Final = re.compile(
    r"(?<![\d.,])(?:\+|00)?(?:\(\d{1,4}\)|\d{1,4})(?:[ .-]{0,2}(?:\(\d{1,4}\)|\d{2,4})){1,4}(?![\d,]|\.\d|[-/]\d|원|만|개|분|시간)"
)
_LONG: Final = re.compile(r"(?<![\d.,])\d[\d-]{6,30}\d(?!\d)")
_HANDLE: Final = re.compile(r"(?<![a-z0-9._%+-])@[a-z0-9_.]{3,30}")
_FEWEST: Final = 7


def hosts(folded: str) -> Iterator[tuple[str, int, int]]:
    """Each host that an address leads to, and where the address stands; "?" where it is hidden."""
    for found in _SCHEME.finditer(folded):
        rest = _URL_HOST.match(folded, found.end())
        where = rest[1] if rest else ""
        host = (
            _PARTICLE.sub("", where.split(":")[0].rstrip(".,;:!?*_~")) if "@" not in where and "%" not in where else "?"
        )
        yield host or "?", found.start(), rest.end() if rest else found.end()
    for found in _BARE_HOST.finditer(folded):
        yield re.sub(r" ?[\[({] ?(?:\.|dot|점) ?[\])}] ?| dot ", ".", found[0]), *found.span()


def addresses(folded: str) -> Iterator[str]:
    """The hosts and e-mail addresses of a fact."""
    for found in _MAIL.finditer(folded):
        yield found[0]
    yield from (host for host, _, _ in hosts(_MAIL.sub(" ", folded)) if host != "?")


def phone_digits(folded: str) -> Iterator[str]:
    """The telephone numbers of a fact, digits only."""
    for found in (*_PHONE.finditer(folded), *_LONG.finditer(folded)):
        yield _digits(found[0])


def offences(folded: str, grounds: Grounds, allowed: frozenset[str]) -> Offences:
    """Whatever leads somewhere that neither a fact nor the policy names."""
    without_mail = folded
    for found in _MAIL.finditer(folded):
        if found[0] not in grounds.addresses:
            yield Offence("contact", *found.span())
        without_mail = without_mail.replace(found[0], " " * len(found[0]))
    known = grounds.addresses | allowed
    for host, start, end in hosts(without_mail):
        if host not in known and host.removeprefix("www.") not in known:
            yield Offence("link", start, end)
    for found in _HANDLE.finditer(without_mail):
        if not grounds.knows_number(found[0]):
            yield Offence("contact", *found.span())
    yield from _phones(folded, grounds)


def _phones(folded: str, grounds: Grounds) -> Offences:
    for pattern in (_PHONE, _LONG):
        for found in pattern.finditer(folded):
            digits = _digits(found[0])
            if (
                len(digits) >= _FEWEST
                and not _is_date(found[0])
                and digits not in grounds.phones
                and not grounds.knows_number(found[0])
            ):
                yield Offence("contact", *found.span())


def _is_date(written: str) -> bool:
    return (
        re.fullmatch(r"\d{4}[-. ]{1,2}\d{1,2}[-. ]{1,2}\d{1,2}|(?:19|20)\d\d ?[-~] ?(?:19|20)\d\d", written) is not None
    )


def _digits(written: str) -> str:
    return re.sub(r"\D", "", written)

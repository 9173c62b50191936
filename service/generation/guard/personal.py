"""Personal data has no place in an answer, also where it is the visitor's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...knowledge.personal import CARDS, EMAIL, PHONE, RESIDENT
from .rules import Offence

if TYPE_CHECKING:
    from .grounding import Grounds
    from .rules import Offences


def offences(folded: str, grounds: Grounds) -> Offences:
    """Cards and resident numbers always; telephone numbers and e-mail addresses unless a fact names them."""
    for forbidden in (*CARDS, RESIDENT):
        for place in forbidden.places(folded):
            yield Offence("personal", *place)
    for place in PHONE.places(folded):
        if "".join(filter(str.isdigit, folded[slice(*place)])) not in grounds.phones:
            yield Offence("personal", *place)
    for place in EMAIL.places(folded):
        if folded[slice(*place)] not in grounds.addresses:
            yield Offence("personal", *place)

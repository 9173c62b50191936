"""What an English sentence does by saying it, told by its grammar: who acts, in which tense, to whose benefit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .rules import Offence

if TYPE_CHECKING:
    from .rules import Offences
    from .words import Tongue

_ADVERBS: Final = (
    r"(?: (?:also|just|now|then|even|still|already|never|always|gladly|certainly|definitely|personally"
    r"|probably|please|first|"
    r"soon|gonna|all|both|actually|[a-z]{3,}ly|go ahead and|gone ahead and|went ahead and|be(?= (?:able"
    r"|willing|happy|glad|more))|"
    r"(?:more than )?(?:able|willing|happy|glad|delighted|pleased) to|going to|have to|make sure to|try to"
    r"|see to it that))*"
)
_SHOP: Final = (
    r"(?:our|the|my|one of our|a) (?:\w+ )?(?:team|shop|store|warehouse|manager|supervisor"
    r"|colleagues?(?: \w+)?|agents?|engineers?|staff|courier|"
    r"carrier|driver|technicians?|accountants?|finance|logistics|developers?|boss|billing|insurance|system"
    r"|department)"
)
_AGENT: Final = rf"(?:i|we|{_SHOP}|agents?|someone|somebody|they)"
_WILL: Final = (
    r"(?:'ll| will|'d| would| can| could| shall| might|'m going to|'re going to| am going to| are going to"
    r"| is going to"
    r"|'m gonna|'re gonna|'m about to|'re about to)(?!')"
)
_COMMITS: Final = re.compile(
    rf"(?<![a-z'])(?P<who>{_AGENT}){_WILL}{_ADVERBS} (?P<verb>[a-z]+)(?P<rest>[^.!?;]{{0,40}})"
)
_DOING: Final = re.compile(
    rf"(?<![a-z'])(?P<who>{_AGENT})(?:'m|'re|'s| am| are"
    rf"| is){_ADVERBS} (?P<verb>[a-z]+ing)\b(?P<rest>[^.!?;]{{0,40}})"
)
_LET_ME: Final = re.compile(rf"\blet (?P<who>me|us){_ADVERBS} (?P<verb>[a-z]+)(?P<rest>[^.!?;]{{0,40}})")
_IRREGULAR: Final = (
    r"sent|put|made|gave|given|got|gotten|took|taken|spoke|spoken|told|found|saw|seen|wrote|written|paid|done"
    r"|did|cut|set|let|bought|"
    r"brought|held|kept|left|went|gone|ran|run|chose|chosen|swapped|rang|spent|undid|undone|withdrew|withdrawn"
    r"|threw|thrown|sorted"
)
_DID: Final = re.compile(
    rf"(?<![a-z'])(?P<who>{_AGENT})(?:'ve| have|'s| has| had)?{_ADVERBS} (?P<verb>[a-z]{{2,}}ed"
    rf"|{_IRREGULAR})\b(?P<rest>[^.!?;]{{0,40}})"
)
_CASE: Final = (
    r"(?:your|this|that|it|they|everything|all of (?:it|your|the)|the (?:charge|order|refund|fee|money|amount"
    r"|parcel|package|payment|return|"
    r"ticket|address|item|exchange|replacement|difference|driver|courier|balance|damage|request|account)"
    r"|an? [a-z -]{3,30}?)"
)
_PASSIVE: Final = re.compile(
    rf"(?<![a-z'])(?P<who>{_CASE})(?: [a-z'-]+){{0,6}}?(?:'s| has been| have been|'s been| was| were| is| are"
    rf"| will be|'ll be| gets| get| is being"
    rf"| are being| will get| will have been|'s being| stands){_ADVERBS} (?:fully |now |all |up and )*"
    rf"(?P<verb>[a-z]{{2,}}ed|sent|paid|done|made|set|taken|taken care|given|found|written off|gone|settled"
    rf"|on (?:its|the|their) way|out for"
    rf"|in (?:your|the) (?:inbox|account|mail|post|car|van|bag)|yours|free|covered|sorted|in motion|good to go"
    rf"|back on|underway|wiped)\b(?P<rest>[^.!?;]{{0,40}})"
)
_YOU_GET: Final = re.compile(
    r"(?<![a-z'])(?:you(?: both| all| two)?|customers?|members?|buyers?)(?:'ll|'re| will| would|'d| can| could"
    r"| may| might| are| should| still| also| both"
    r"| always| probably| going to| definitely| simply| now| even| all|'ve| have)* "
    r"(?P<verb>get (?!in touch|a person|stuck|why|that\b|an? error|an? (?:message|e-?mail))|gets |receive"
    r"|save |saves |pocket|keep (?!in mind)|earn|claim|enjoy|deserve|expect|see (?:the|your) (?:money|refund"
    r"|credit|cash)|"
    r"have (?:it|them|your money|the money|\w+ (?:months?|weeks?|days?))|return|exchange|swap|(?:send|bring"
    r"|take) (?:it|them) back|be (?:refunded|compensated|reimbursed|credited|charged less|repaid)|"
    r"cancel|getting|entitled|eligible|covered|all set|good to go|pay (?:nothing|less|only|just|half)"
    r"|owe nothing|skip|forget about|pick (?:any|one)|take (?:it|your time returning|as long)"
    r"|(?:safely )?ignore|wait with paying)"
)
_WE_DO: Final = re.compile(
    r"(?<![a-z'] )\bwe (?:always |also |happily |gladly |usually |normally |even |still |do |simply "
    r"|just )*(?!(?:are|were|will|can|could|would|have|had|do|don't|can't|won't"
    r"|aren't|didn't|only|never|might|may|shall|should|get|re)\b)(?P<verb>[a-z]{3,})\b(?P<rest>[^.!?;]{0,40})"
)
_YOU_MAY: Final = re.compile(
    r"(?<![a-z'] )\byou (?:can|may|could)(?: also| now| just| still| even| always| simply| then)* (?!not\b"
    r"|only\b|be\b|have\b|do this\b"
    r"|(?:find|use|see|check|contact|reach|write|ask|call|change|open|click|choose|sign|log|read|start|request"
    r"|try|tell|share|type|visit|look|follow"
    r"|add|set|update|apply|enter|go|view|download|select|press|expect|want|need|track|browse|search|compare"
    r"|switch|edit|upload|attach|message|talk"
    r"|speak|describe|give|create|reset|print|scan|save|rate|leave a|leave your|manage|turn|tap|scroll|copy"
    r"|paste|pay (?:by|with)|pick a|reply|imagine|trust|return)\b)"
    r"(?P<verb>[a-z]+)"
)
_SHOP_DOES: Final = re.compile(
    r"\b(?:our|the|my) (?:\w+ )?(?:shop|store|company|insurance|manufacturer|warehouse|courier|handyman"
    r"|technician|driver|boss|manager|supervisor|team)"
    r" (?:(?:always|also|gladly|usually) )?(?P<verb>(?!is\b|has\b|was\b|needs\b|knows\b|decides\b|answers\b"
    r"|checks\b|does\b|helps\b)[a-z]{2,}s)\b"
)
_THINGS: Final = (
    r"(?:(?:your|the|any|all|every|our) (?:[a-z]+ ){0,2}?(?:order|parcel|package|refund|membership|deposit"
    r"|seat|data|complaint|plan|booking|money|fee|appointment|reservation"
    r"|subscription|replacement|repair|upgrade|exchange|delivery|discount|credit|balance|contract|penalty|item"
    r"|card|points|room|ticket|case|spot|place|charge)s?"
    r"|(?:refunds|returns|exchanges|repairs|replacements|upgrades|cancellations|discounts|deliveries"
    r"|everything you(?:'ve)? (?:paid|spent)|what you paid|the rest|(?:all|half|most|part|some) of (?:it|this"
    r"|that|the \w+|your \w+))"
    r"|(?:lifetime|unlimited|free) [a-z]+)"
)
_STANDS: Final = re.compile(
    rf"(?<![a-z] ){_THINGS}(?! (?:number|page|detail|history|confirmation|status|setting|code|form|policy"
    rf"|field|button|process|e-?mail|menu|tab|list|section|request|is never|and (?:a|an|the)))"
    r"(?: [a-z']+){0,3}? (?:stays?|goes|go|comes?|disappears?|drops?|vanish(?:es)?|sits?|remains?|lasts?"
    r"|extends?|never expires?|is (?:frozen|safe|valid|saved|protected|ready|here|there|live|active|restored"
    r"|reserved|held|locked in|back|guaranteed|unlimited|permanent)|are (?:free|safe|valid|accepted|guaranteed"
    r"|unlimited|ready|restored|possible|never)|will|renews?|carr(?:y|ies) over|doubles?|runs?|gets|falls away)\b"
)
_TAKE_IT: Final = re.compile(
    r"(?:^|[,;:.!] |\band |\bjust |\bplease |\bso )(?:expect (?:a|an|it|your|the|to|someone|our)|keep (?:it"
    r"|both|them|the (?:wrong|item|product|extra|money|gift|old|damaged|broken|first))"
    r"|(?:toss|throw|bin) |count on|help yourself|tell them (?:i|we)|watch for (?:a|our|your)"
    r"|enjoy (?!your (?:day|evening|week)|the rest))"
)
_WAIVED: Final = re.compile(
    r"\b(?:"
    r"\byou (?:won't|don't|needn't|'ll never|will never|do not|will not|shouldn't|wouldn't|aren't|never"
    r"|no longer)(?: \w+ly)?(?: have to| need to| be| need| even| going to| required to)* ?"
    r"(?:pay|owe|return|send|ship|charged|billed|out of|worry about (?:the|any|pay|cost|ship|send|return)"
    r"|a receipt|a licen|any|bother|lose|penali|count)"
    r"|\bno need to (?!worry|apolog|rush|hurry|be sorry|explain|thank)|\b(?:no|zero|any|without (?:any|a|extra"
    r"|paying)) (?:\w+ )?(?:charge|cost|fee|fees|postage|penalty|deposit)\b"
    r"|even (?:without|if you|after)|whenever you (?:like|please)|any ?time you (?:like|want)|for life\b"
    r"|lifetime|forever|any competitor|as a gift|from us\b|for as long as you|up front"
    r"|no questions asked|no strings|won't cost (?:you|a)|nothing to pay|for nothing|not a cent|doesn't cost"
    r"|at our expense|on our dime|out of pocket"
    r"|\b(?:on|on) us\b|on the house|my treat|our treat|we owe you|\bi owe you|paid back|money back"
    r"|free of charge|as (?:an|a way of) apolog|by way of apology|as a thank you"
    r"|\bi won't (?:charge|tell|count)|we won't (?:charge|count|bill|hold|ask|mind|say|tell|enforce)"
    r")"
)
_DONE: Final = re.compile(
    r"^\W*(?:(?:all )?(?:done|sorted|fixed|booked|cancelled|canceled|refunded|sent|settled|updated|changed"
    r"|approved)\b(?! (?:items?|orders?|returns?|goods))"
    r"|consider (?:it|the|that|your|this)|consider yourself)"
)
_NOW: Final = re.compile(
    r"(?:(?<!i)'s|\b(?:is|are|was|were|has|have))(?: been)? (?:already|just|now|currently"
    r"|right now)(?! an? (?:assistant|automated|bot)| sure| possible| available) "
    r"|\b(?:a moment ago|just now|as we speak|(?:hours?|minutes?|seconds?|days?) ago|as of now)\b|\b(?:is|are"
    r"|has) [^.!?]{3,40} now[.!]*$"
)
_DISPENSE: Final = re.compile(
    r"\b(?:"
    r"(?:normally|usually|strictly|policy says|the rules say|technically|officially|the terms say|not allowed"
    r"|on paper|in theory|rules are rules)\b[^.!?]{0,60}"
    r"(?:,|but|however|though|still|yet)[^.!?]{0,30}\b(?:i|we|you|it)(?:'m|'d|'ll|'re| can| am| will| would"
    r"| are| could| do|'s)\b"
    r"|(?:past|outside|beyond|after|over) (?:the|our|your) (?:return )?(?:window|period|deadline|limit"
    r"|cut-?off)[^.!?]{0,30}\b(?:fine|okay|ok|no problem|doesn't matter|all right|alright)"
    r"|forget (?:what|about) the (?:terms|rules|policy|fine print|limit|deadline)|ignore the (?:terms|rules"
    r"|policy|contract|deadline|limit|clause)"
    r"|close enough|look the other way|let (?:it|that|this) slide|turn a blind eye|nobody (?:checks|will"
    r"|has to|needs to|minds|would)|between (?:you and me|us)"
    r"|\b(?:just|only|especially) for you\b|for you (?:i|we)(?:'ll|'d| can| will)|as an exception"
    r"|one-time exception|stretch the rules|make (?:it|that) happen|(?:say|said) yes\b"
    r"|(?:rules?|policy|terms|deadline|limit|minimum) (?:doesn't|don't|won't|do not|does not"
    r"|will not) (?:apply|count|matter|bind)|make an allowance|pretend|as if you"
    r"|treat (?:it|this|that) as|count(?:s)? (?:it |this |that )?as\b|earned a pass|for (?:you )?(?:tonight"
    r"|today|this once)|open late for you|stay(?:ing)? (?:on|late|open)"
    r")"
)
_HANDING: Final = re.compile(
    r"(?:connect|transfer|put|hand|pass|bring|get|take|refer|direct|point|link|switch|move"
    r"|call)(?:ing)? (?:you|this|the chat|the conversation|us|someone|in)\b[^.!?]{0,30}"
    r"\b(?:person|people|agent|human|team|colleague|someone|somebody|staff|specialist|representative|advisor"
    r"|through|page|step|over|right place|link)"
)
_REFUSES: Final = re.compile(
    r"(?:can't|cannot|can not|couldn't|won't|unable|not able|don't have the|not in a position|wouldn't"
    r"|isn't something|not something|wrong of me|not sure|don't know|no way of|"
    r"not allowed to (?:make|give|offer|grant|decide|promise)|afraid|unfortunately|only (?:a|our) (?:person"
    r"|human|team|agent|colleague|staff)|sorry)"
)
_ASKED_FOR: Final = re.compile(
    r"^\W*(?:so |and |i see (?:that )?|i understand (?:that )?|it sounds like "
    r"|if i understand (?:you )?(?:correctly|right)[, ]*(?:that )?)?"
    r"(?:you(?:'re|'ve| were| are| have|'d)?(?: just| already| also)? (?:said|say|saying|told|mention"
    r"|mentioned|mentioning|wrote|write|writing|ask|asked|asking|describe|described|wondering|wonder|wanted|want|"
    r"expected|read|saw|heard|noted|report|reported|reporting|feel|hoped|hoping|need it|need|were promised"
    r"|paid|ordered|bought|waited)\b"
    r"|as you (?:describe|tell|explain) it,|from what you (?:say|said|describe))"
    r".*?(?=,? (?:but|so|and|then|yet|however)\b|$)"
)
_ASIDE: Final = re.compile(r"^\W*(?:please )?(?:if|in case|should you|say you|when you|whenever)\b")


_ACTS: Final = (
    ("promise.deed", _COMMITS),
    ("claim.deed", _DOING),
    ("claim.deed", _DID),
    ("claim.deed", _LET_ME),
    ("promise.deed", _WE_DO),
)
_GIVEN: Final = (("claim.deed", _PASSIVE), ("claim.deed", _NOW), ("promise.benefit", _YOU_GET))
_SAID: Final = (
    ("promise.benefit", _WAIVED),
    ("claim.deed", _DONE),
    ("promise.benefit", _STANDS),
    ("promise.benefit", _YOU_MAY),
    ("promise.deed", _SHOP_DOES),
    ("promise.benefit", _TAKE_IT),
    ("promise.exception", _DISPENSE),
)
_AGREED: Final = re.compile(r"\b(?:okay|ok|right|deal|all right)\?")


def offences(folded: str, tongue: Tongue, asks: bool) -> Offences:
    """Only for what nobody has written: a sentence that repeats a fact is not asked about."""
    if not asks or _AGREED.search(folded):
        yield from _acts(folded, tongue.lists["helps"])
    if not asks:
        yield from _given(folded, tongue.lists["states"])
        for rule, pattern in (*_SAID, ("promise.benefit", tongue.lists["gifts"])):
            if (said := pattern.search(folded)) and not refused(folded, said.start()):
                yield Offence(rule, *said.span())


def _acts(folded: str, helps: re.Pattern[str]) -> Offences:
    for rule, pattern in _ACTS:
        for found in pattern.finditer(folded):
            if _is_act(found, folded, helps):
                yield Offence(rule, found.start(), found.end("verb"))


def _given(folded: str, states: re.Pattern[str]) -> Offences:
    for rule, pattern in _GIVEN:
        for found in pattern.finditer(folded):
            named = found.groupdict()
            idle = states.match((named.get("verb") or "") + (named.get("rest") or ""))
            if not idle and not refused(folded, found.start()):
                yield Offence(rule, *found.span())
                break


def unquoted(folded: str) -> str:
    """Without what it says that the visitor said; every place stays where it was."""
    found = _ASKED_FOR.search(folded)
    return f"{' ' * found.end()}{folded[found.end() :]}" if found else folded


def _is_act(found: re.Match[str], folded: str, helps: re.Pattern[str]) -> bool:
    spoken = found["verb"] + found["rest"]
    if helps.match(spoken) or found["verb"] in {"not", "never", "only", "be"}:
        return False
    if _HANDING.match(spoken) or refused(folded, found.start()):
        return False
    person = found.groupdict().get("who", "we") not in {"i", "we", "me", "us"}
    return not (
        person
        and re.match(r"(?:can|could|would|will|might)\b", folded[found.end("who") :].lstrip())
        and re.match(
            r"(?:check|look|confirm|decid|review|verif|answer|help|tell|see|know|judge|assess|explain|advise"
            r"|take over|assist)",
            spoken,
        )
    )


def refused(folded: str, at: int) -> bool:
    """Whether the words before, in the same clause, take it back."""
    before = re.split(r"[,;:]| but | however ", folded[:at])[-1]
    return (
        _REFUSES.search(before) is not None
        or _ASIDE.match(before) is not None
        or re.search(
            r"\b(?:whether|not|why|how|that you'd|thanks? for|thank you|sorry|hope|isn't|doesn't|don't|never"
            r"|wondering if|decide if)\b",
            before,
        )
        is not None
    )

"""What a persona's file declares before its prompt: every key, its range and its default."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from ...errors import FaqError, PersonaError
from ...knowledge.faults import Faults
from ...knowledge.written import Fields
from ...knowledge.yaml_file import read_yaml
from ..completion import Sampling
from ..policy import PROMISES, Policy
from ..schema import Schema
from .reader import LOCALES, DeclaredReader
from .rules import SAFE_SENTENCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .rules import Locale

FACTS_TOKENS: Final = 1_500
HISTORY_TOKENS: Final = 1_500
MOST_EXAMPLES: Final = 20
KEYS: Final = (
    "name",
    "greeting",
    "tone",
    "languages",
    "policies",
    "safe_sentence",
    "links",
    "hand_over",
    "length",
    "model",
    "examples",
    "facts_tokens",
    "history_tokens",
    "summarise",
    "response",
)
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


@dataclass(frozen=True, slots=True)
class Example:
    """A question and its answer as they should sound. `facts` stand before the question, as entries would."""

    question: str
    answer: str
    facts: str = ""
    locale: Locale | None = None
    """The language it is shown in; None for every one."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A persona without its prompt. Texts by locale may be missing in a language; `languages` never is empty."""

    name: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    greeting: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tone: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    languages: tuple[Locale, ...] = LOCALES
    policy: Policy = field(
        default_factory=lambda: Policy(may_not_promise=frozenset(PROMISES), safe_sentence=SAFE_SENTENCE)
    )
    own_safe_sentence: bool = False
    """Whether the file has a safe sentence of its own for each of its languages."""
    sampling: Sampling = field(default_factory=Sampling)
    model: str | None = None
    sentences: int | None = None
    examples: tuple[Example, ...] = ()
    facts_tokens: int = FACTS_TOKENS
    history_tokens: int = HISTORY_TOKENS
    summarise: bool = False
    response: Schema | None = None


def read_declared(text: str, path: Path) -> Declared:
    """Of the part between the `---` lines; a file without one forbids every promise.

    Raises `PersonaError` with a line for each fault, up to 20: file, line, key and what to do.
    """
    faults = Faults(path)
    try:
        root = read_yaml(text, faults) if text.strip() else None
        if root is None:
            return Declared()
        if not isinstance(root, Fields):
            faults.stop(root.line, f"between the '---' lines stands one 'key: value' a line. Keys: {', '.join(KEYS)}.")
        declared = _declared(DeclaredReader("persona", root, faults))
        faults.raise_if_any()
    except FaqError as error:  # the same readers, another author
        raise PersonaError(str(error)) from error
    return declared


def _declared(reader: DeclaredReader) -> Declared:
    reader.refuse_unknown(*KEYS)
    languages = cast("tuple[Locale, ...]", reader.chosen("languages", LOCALES) or LOCALES)
    safe = reader.by_locale("safe_sentence", limit=300)
    length, model = reader.inside("length"), reader.inside("model")
    if length:
        length.refuse_unknown("sentences", "tokens")
    return Declared(
        name=reader.by_locale("name", limit=60),
        greeting=reader.by_locale("greeting", limit=300),
        tone=reader.by_locale("tone", limit=1_000),
        languages=languages,
        policy=_policy(reader, safe),
        own_safe_sentence=all(locale in safe for locale in languages),
        sampling=_sampling(model, tokens=length.whole("tokens", 16, 16_384) if length else None),
        model=model.text("name", limit=200) if model else None,
        sentences=length.whole("sentences", 1, 100) if length else None,
        examples=tuple(_example(example) for example in reader.each("examples", most=MOST_EXAMPLES)),
        facts_tokens=_or(reader.whole("facts_tokens", 0, 1_000_000), FACTS_TOKENS),
        history_tokens=_or(reader.whole("history_tokens", 0, 1_000_000), HISTORY_TOKENS),
        summarise=reader.flag("summarise", default=False),
        response=_response(reader),
    )


def _policy(reader: DeclaredReader, safe: Mapping[str, str]) -> Policy:
    forbidden: tuple[str, ...] | None = None
    allowed: tuple[str, ...] = ()
    code = False
    if policies := reader.inside("policies"):
        policies.refuse_unknown("may_not_promise", "allowed_phrases", "allows_code")
        forbidden = policies.chosen("may_not_promise", PROMISES)
        allowed = policies.texts("allowed_phrases", limit=300)
        code = policies.flag("allows_code", default=False)
    hosts = frozenset(host.lower() for host in reader.texts("links", limit=253))
    for host in sorted(hosts):
        if not _HOST.fullmatch(host):
            reader.fault(reader.line_of("links"), f"'links' holds '{host}'. Write hosts such as shop.example.com.")
    return Policy(
        may_not_promise=frozenset(PROMISES if forbidden is None else forbidden),
        link_hosts=hosts,
        safe_sentence={**SAFE_SENTENCE, **safe},
        allowed_phrases=allowed,
        allows_code=code,
        topics_to_person=reader.lists_by_locale("hand_over", limit=60),
    )


def _sampling(model: DeclaredReader | None, *, tokens: int | None) -> Sampling:
    if model is None:
        return Sampling(max_tokens=tokens)
    model.refuse_unknown("name", "temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "stop")
    stop = model.texts("stop", limit=100)
    if len(stop) > 4:
        model.fault(model.line_of("stop"), "'stop' has more than 4 texts. Keep the first ones.")
    return Sampling(
        temperature=model.number("temperature", 0, 2),
        top_p=model.number("top_p", 0.01, 1),
        presence_penalty=model.number("presence_penalty", -2, 2),
        frequency_penalty=model.number("frequency_penalty", -2, 2),
        max_tokens=tokens,
        seed=model.whole("seed", 0, 2**31 - 1),
        stop=stop,
    )


def _example(reader: DeclaredReader) -> Example:
    reader.refuse_unknown("question", "answer", "facts", "locale")
    locale = reader.text("locale", limit=2)
    if locale not in (None, *LOCALES):
        reader.fault(reader.line_of("locale"), "'locale' must be ko or en.")
    return Example(
        question=reader.required_text("question", limit=2_000, advice="Write what a visitor would."),
        answer=reader.required_text("answer", limit=4_000, advice="Write how it should be answered."),
        facts=reader.text("facts", limit=8_000) or "",
        locale=cast("Locale | None", locale),
    )


def _response(reader: DeclaredReader) -> Schema | None:
    data = reader.json("response")
    if data is None:
        return None
    try:
        return Schema.of(data)
    except ValueError as error:
        reader.fault(reader.line_of("response"), f"'response': {error}")
        return None


def _or(number: int | None, otherwise: int) -> int:
    return otherwise if number is None else number

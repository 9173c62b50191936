"""What a persona's file declares: every key is read, and whatever is wrong has its file, line and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.errors import PersonaError
from service.generation.completion import Sampling
from service.generation.persona.declared import KEYS, Declared, Example
from service.generation.persona.persona import Persona
from service.generation.policy import PROMISES

BUNDLED = Path(__file__).parents[3] / "templates" / "persona"

EVERYTHING = """---
# what it is
name: {ko: 상담, en: Support}
greeting: {ko: 안녕하세요, en: Hello}
tone: 짧게
languages: [en]
policies:
  may_not_promise: [refund, price]
  allowed_phrases: ["7일 안에 전액 환불"]
safe_sentence: {ko: 확인할게요., en: Let me check.}
links: [Docs.Example.com]
hand_over: {ko: [소송, 개인정보 유출], en: [lawyer]}
length: {sentences: 3, tokens: 200}
model: {name: big-1, temperature: 0.2, top_p: 0.9, presence_penalty: -1, frequency_penalty: 0.5, seed: 7, stop: ["###"]}
examples:
  - {question: 왜요?, answer: 그래서요., facts: 사실, locale: ko}
facts_tokens: 100
history_tokens: 0
summarise: true
response: {type: object, properties: {n: {type: integer, minimum: 1}, on: {const: true}, no: {const: "true"}}}
---
You are {{ shop or "us" }}.
"""


def declared_by(text: str, folder: Path) -> Declared:
    return loaded(text, folder).declared


def loaded(text: str, folder: Path) -> Persona:
    (folder / "own.j2").write_text(text, encoding="utf-8")
    return Persona.load("own", folder)


def test_every_key_is_read(tmp_path: Path) -> None:
    persona = loaded(EVERYTHING, tmp_path)
    declared = persona.declared
    assert (persona.called("ko"), persona.greeting("en"), declared.tone["en"]) == ("상담", "Hello", "짧게")
    assert declared.languages == ("en",)
    assert declared.policy.may_not_promise == {"refund", "price"}
    assert declared.policy.allowed_phrases == ("7일 안에 전액 환불",)
    assert declared.policy.safe_sentence == {"ko": "확인할게요.", "en": "Let me check."}
    assert declared.policy.link_hosts == {"docs.example.com"}
    assert persona.sampling == Sampling(0.2, 0.9, -1, 0.5, 200, 7, ("###",))
    assert (persona.model, declared.sentences) == ("big-1", 3)
    assert declared.examples == (Example("왜요?", "그래서요.", "사실", "ko"),)
    assert (declared.facts_tokens, declared.history_tokens, declared.summarise) == (100, 0, True)
    assert persona.schema is not None
    assert persona.schema.data["properties"] == {
        "n": {"type": "integer", "minimum": 1},
        "on": {"const": True},
        "no": {"const": "true"},
    }


def test_a_file_that_declares_nothing_may_promise_nothing(tmp_path: Path) -> None:
    """Deny by default: a team's own older file is guarded as well as ours."""
    declared = declared_by("You are us.", tmp_path)
    assert declared.policy.may_not_promise == set(PROMISES)
    assert set(declared.policy.safe_sentence) == {"ko", "en"}
    assert declared_by("---\npolicies: {}\n---\nx", tmp_path).policy.may_not_promise == set(PROMISES)
    assert declared_by("---\npolicies: {may_not_promise: []}\n---\nx", tmp_path).policy.may_not_promise == set()


@pytest.mark.parametrize(
    ("front", "line", "complaint"),
    [
        ("greting: {ko: 안녕}", 2, "unknown field 'greting'; did you mean 'greeting'?"),
        ("name: a\nname: b", 3, "'name' was already given in line 2"),
        ("greeting: {ko: a, kr: b}", 2, "greeting: unknown field 'kr'"),
        ("greeting: {ko: a, ko: b}", 2, "'ko' was already given"),
        ("languages: [ko, jp]", 2, "'languages' knows no 'jp'"),
        ("policies:\n  may_not_promise: [refunds]", 3, "'may_not_promise' knows no 'refunds'"),
        ("policies: [refund]", 2, "'policies' must hold its own fields"),
        ("policies: {never: [refund]}", 2, "unknown field 'never'"),
        ('links: ["https://shop.example.com/a"]', 2, "Write hosts such as shop.example.com"),
        ("links: [localhost]", 2, "Write hosts"),
        ("length: {sentences: 0}", 2, "'sentences' must be a number from 1 to 100"),
        ("length: {tokens: 20.5}", 2, "must be a whole number"),
        ("model: {temperature: 2.1}", 2, "'temperature' must be a number from 0 to 2"),
        ("model: {temperature: nan}", 2, "'temperature' must be a number"),
        ('model: {temperature: "0.2"}', 2, "'temperature' must be a number"),
        ("model: {top_p: 0}", 2, "'top_p' must be"),
        ("model: {stop: [a, b, c, d, e]}", 2, "more than 4 texts"),
        ("model: {max_tokens: 5}", 2, "unknown field 'max_tokens'"),
        ("examples:\n  - {question: a}", 3, "'answer' is missing or empty"),
        ("examples: [a]", 2, "must be a list of fields"),
        ("examples:\n  - {question: a, answer: b, locale: fr}", 3, "must be ko or en"),
        ("facts_tokens: -1", 2, "'facts_tokens' must be a number from 0"),
        ("summarise: maybe", 2, "must be true or false"),
        ("response: [1]", 2, "must be a JSON schema"),
        ("response: {type: objekt}", 2, "is no JSON schema"),
        ('response: {$ref: "https://evil.example/s.json"}', 2, "refers to another document"),
        ('response: {properties: {a: {$dynamicRef: "x.json#a"}}}', 2, "refers to another document"),
        ("name: &a b", 2, "anchors like '&a' are not read here"),
        ("name: !!python/name:os.system x", 2, "tags like"),
        ("\n\nname: 'a", 4, "this is not YAML"),
        ("- a", 2, "one 'key: value' a line"),
    ],
)
def test_what_is_wrong_has_its_line_and_its_key(front: str, line: int, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(PersonaError) as caught:
        loaded(f"---\n{front}\n---\nYou are us.\n", tmp_path)
    assert re.search(rf"own\.j2:{line}: ", str(caught.value)), caught.value
    assert complaint in str(caught.value)


def test_a_front_part_that_never_ends_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PersonaError, match=r"own\.j2:1: .*never ends"):
        loaded("---\nname: a\n", tmp_path)


def test_faults_of_the_prompt_have_the_line_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(PersonaError, match=r"own\.j2, line 5: "):
        loaded("---\nname: a\n---\nfirst\n{% if %}\n", tmp_path)


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_what_is_declared_is_not_told(start: str, tmp_path: Path) -> None:
    persona = loaded(start + EVERYTHING, tmp_path)
    assert persona.messages("?", locale="en", entries=[], history=[])[0].content == "You are us."


def test_what_an_included_file_declares_is_not_told_either(tmp_path: Path) -> None:
    (tmp_path / "shared.j2").write_text("---\nname: 비밀\n---\n같은 규칙", encoding="utf-8")
    persona = loaded("{% include 'shared.j2' %}", tmp_path)
    assert persona.messages("?", locale="ko", entries=[], history=[])[0].content == "같은 규칙"


def test_the_first_file_explains_every_key_in_both_languages() -> None:
    front = (BUNDLED / "customer_support.j2").read_text(encoding="utf-8").split("\n---\n")[0]
    assert [key for key in KEYS if f"\n{key}:" not in front] == []
    assert re.search("# .*[가-힣]", front)
    assert all(promise in front for promise in PROMISES)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("소송할 거예요", "소송"),
        ("개인 정보 유출 된 거 아니에요?", "개인정보 유출"),
        ("I'll call my LAWYER!", "lawyer"),
        ("a lawyerly question", None),
        ("배송비가 얼마예요?", None),
    ],
)
def test_a_topic_for_a_person_is_found_in_what_a_visitor_writes(text: str, topic: str | None, tmp_path: Path) -> None:
    assert loaded(EVERYTHING, tmp_path).policy.topic_for_person(text) == topic

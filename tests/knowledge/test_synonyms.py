"""Synonyms files: what they hold, and what their authors are told."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from service.errors import FaqError
from service.knowledge.synonyms import (
    MAX_EXPRESSION,
    MAX_GROUPS,
    MAX_MEMBERS,
    NO_SYNONYMS,
    Synonyms,
    SynonymsFile,
)

from .conftest import Write

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "data" / "synonyms.yaml"
EVAL = ROOT.parent / "shared" / "eval"
DIFFERENT = [
    ("환불", "교환", "반품", "취소", "해지"),
    ("refund", "exchange", "return", "cancel"),
    ("영수증", "청구서", "세금 계산서", "현금 영수증", "거래 명세서", "견적"),
    ("receipt", "invoice", "tax invoice", "cash receipt", "quote"),
    ("회원 가입", "회원 탈퇴", "재가입"),
    ("sign up", "delete account", "log in", "log out"),
    ("로그인", "로그아웃", "회원 가입"),
    ("알림 켜기", "알림 끄기"),
    ("수신 동의", "수신 거부"),
    ("적립", "적립금 사용"),
    ("업그레이드", "다운그레이드"),
    ("가져오기", "내보내기"),
    ("import", "export"),
    ("정품", "가품"),
    ("품절", "재고", "재입고", "단종"),
    ("국내", "해외"),
    ("보내는 사람", "받는 사람"),
    ("일시불", "할부"),
    ("개봉", "미개봉"),
    ("월간 결제", "연간 결제"),
    ("배송 중", "배송 완료", "배송 지연", "분실"),
    ("누락", "오배송", "파손", "불량"),
    ("무료 배송", "배송비", "착불"),
    ("연동", "연동 해제"),
    ("비밀번호 찾기", "비밀번호 변경", "아이디 찾기"),
    ("다운로드", "업로드"),
    ("일시 정지", "해지"),
]
"""Near each other, or opposites, and not the same."""


@pytest.fixture(scope="module")
def shipped() -> Synonyms:
    return SynonymsFile(SHIPPED).load()


def test_a_file_is_read_in_its_order(write: Write) -> None:
    path = write("# ours\ngroups:\n  - [환불, refund, money  back]\n  - - 2FA\n    - yes\n", "synonyms.yaml")
    found = SynonymsFile(path).load()
    assert found.groups == (("환불", "refund", "money back"), ("2FA", "yes"))
    assert found.digest == SynonymsFile(path).digest() != ""


@pytest.mark.parametrize("path", [None, Path("nowhere/synonyms.yaml")])
def test_without_a_file_there_are_none(path: Path | None) -> None:
    file = SynonymsFile(path)
    assert (file.load(), file.digest(), file.stamp()) == (NO_SYNONYMS, "", None)


def test_the_same_word_written_twice_in_a_group_counts_once(write: Write) -> None:
    assert SynonymsFile(write("groups: [[e-mail, Email, 메일]]")).load().groups == (("e-mail", "메일"),)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("- [환불, refund]", "1: the file must begin with 'groups:' and the groups as a list under it."),
        (
            "groups: []\ngroup: []",
            "2: the file: unknown field 'group'; did you mean 'groups'?",
        ),
        ("groups: []\ngroups: []", "2: 'groups' was already given in line 1. Keep one of them."),
        ("groups:\n- 환불, refund", "2: group 1: this is not a group. Write it as a list: [환불, refund]."),
        (
            "groups:\n- [환불]",
            "2: group 1: one expression alone has no synonym. Add another, or delete the group.",
        ),
        ("groups:\n- []", "2: group 1: one expression alone has no synonym. Add another, or delete the group."),
        ("groups:\n- [SMS, sms]", "2: group 1: its expressions are all the same word. Add another one."),
        (
            "groups:\n- [환불, refund]\n- [반품,\n   re-fund]",
            "4: group 2: 're-fund' is in another group too (line 2). Keep it in one.",
        ),
        ("groups:\n- [환불, [refund]]", "2: group 1: an expression is one text. Write it as a list: [환불, refund]."),
        ("groups:\n- [환불, '?!', a]", "2: group 1: '?!' has no letter or digit. Write the word, or delete it."),
        ("groups:\n- [환불, , a]", None),
        (
            'groups:\n- [환불, "a\\u0007b"]',
            "2: group 1: 'a\\u0007b' holds an invisible character. Type it again.",
        ),
        ('groups:\n- [환불, "a\\ud800"]', "2: group 1: 'a\\ud800' holds an invisible character. Type it again."),
        (
            f"groups:\n- [환불, {'a' * (MAX_EXPRESSION + 1)}]",
            f"2: group 1: '{'a' * 60}…' is 61 characters long; 60 is the most. Put sentences into an entry's variants.",
        ),
        (
            f"groups:\n- [{', '.join(f'a{n}' for n in range(MAX_MEMBERS + 1))}]",
            "2: group 1: 101 expressions; 100 is the most. Split it.",
        ),
        (
            "groups:\n" + "- [a, b]\n" * (MAX_GROUPS + 1),
            "1: the file: 'groups' has 5,001 items; 5,000 is the most. Keep the best ones.",
        ),
        ("groups:\n- &a [환불, refund]", "2: anchors like '&a' are not read here. Delete it."),
        ("groups:\n- [환불", None),
        ("", None),
    ],
)
def test_what_is_wrong_is_said_with_its_line(write: Write, content: str, fault: str | None) -> None:
    path = write(content, "synonyms.yaml")
    with pytest.raises(FaqError) as refusal:
        SynonymsFile(path).load()
    said = str(refusal.value).split("\n")
    assert all(line.startswith(str(path)) for line in said)
    if fault:
        assert said == [f"{path}:{fault}"]


def test_they_survive_json(shipped: Synonyms) -> None:
    assert Synonyms.from_data(json.loads(json.dumps(shipped.as_data()))) == shipped


@pytest.mark.parametrize("written", [None, [], {}, {"digest": 1, "groups": []}, {"digest": "", "groups": [["a", 1]]}])
def test_what_is_no_synonyms_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="no synonyms"):
        Synonyms.from_data(written)


def test_the_shipped_ones_are_many_and_mostly_in_both_languages(shipped: Synonyms) -> None:
    both = [group for group in shipped.groups if any(map(str.isascii, group)) and not all(map(str.isascii, group))]
    assert len(shipped.groups) > 300
    assert len(both) > 0.95 * len(shipped.groups)


@pytest.mark.parametrize("words", DIFFERENT, ids=lambda words: words[0])
def test_what_only_is_near_never_shares_a_group(shipped: Synonyms, words: tuple[str, ...]) -> None:
    owners = {expression: number for number, group in enumerate(shipped.groups) for expression in group}
    assert [pair for pair in combinations(words, 2) if owners[pair[0]] == owners[pair[1]]] == []


def test_no_sentence_of_the_labelled_sets_was_copied(shipped: Synonyms) -> None:
    if not EVAL.is_dir():
        pytest.skip(f"{EVAL} is not here")
    files = [*EVAL.glob("*/questions.jsonl")]
    assert files
    asked = {
        _bare(json.loads(line)["text"])
        for file in files
        for line in file.read_text(encoding="utf-8").split("\n")
        if line.strip()
    }
    long = {expression for group in shipped.groups for expression in group if len(expression.split()) > 3}
    assert {expression for expression in long if _bare(expression) in asked} == set()


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))

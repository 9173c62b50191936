"""What an author is told about a wrong file: where, which entry, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import FaultsOf

ENTRY = "entries:\n- id: a\n  question: q\n  answer: "
NOT_YAML_1 = "this is not YAML (found incompatible YAML document (version 1.* is required))."
FIELDS = (
    "id, question, variants, answer, category, tags, locale, links, valid_from, valid_until, escalate, enabled, meta"
)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(
            "entries:\n\t- id: a",
            "faq.yaml:2: column 1: this is not YAML (while scanning for the next token found character '\\t' that "
            "cannot start any token). Indent with spaces; YAML does not take tabs.",
            id="tab",
        ),
        pytest.param(
            "entries: [{id: a}",
            "faq.yaml:1: column 18: this is not YAML (while parsing a flow sequence expected ',' or ']', but got "
            "'<stream end>'). Close the bracket, and put texts with brackets in quotes.",
            id="bracket",
        ),
        pytest.param(
            "entries:\n- id: a\n  question: 반품: 어떻게?",
            "faq.yaml:3: column 15: this is not YAML (mapping values are not allowed here). Put a text with ': ' in it "
            "in quotes, or check the indentation.",
            id="colon",
        ),
        pytest.param(
            ENTRY + '"a',
            "faq.yaml:4: column 13: this is not YAML (while scanning a quoted scalar found unexpected end of stream). "
            "Close the quotation marks.",
            id="quote",
        ),
        pytest.param(
            ENTRY + '"\\q"',
            "faq.yaml:4: column 13: this is not YAML (while scanning a double-quoted scalar found unknown escape "
            "character 'q'). Double the backslash, or use single quotes.",
            id="escape",
        ),
        pytest.param(
            ENTRY + '\n    "\\UFFFFFFFF"',
            "faq.yaml:5: an escape after a backslash names no character. Correct it, or use single quotes.",
            id="no such character",
        ),
    ],
)  # fault 43
def test_broken_yaml_is_reported_with_line_and_column(faults_of: FaultsOf, content: str, fault: str) -> None:
    assert faults_of(content) == [fault]


def test_a_field_given_twice_is_reported_with_both_lines(faults_of: FaultsOf) -> None:  # fault 44
    assert faults_of(ENTRY + "a\n  answer: b\n") == [
        "faq.yaml:5: 'answer' was already given in line 4. Keep one of them."
    ]


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        pytest.param(
            ENTRY + "!!python/object/apply:os.system [id]",
            ["4: tags like 'tag:yaml.org,2002:python/object/apply:os.system' are not read here. Delete it."],
            id="tag",
        ),  # fault 46
        pytest.param(ENTRY + "! b", ["4: tags like '!' are not read here. Delete it."], id="bare tag"),
        pytest.param(
            "entries:\n- &a {id: a, question: q, answer: b}\n- *a",
            [
                "2: anchors like '&a' are not read here. Delete it.",
                "3: aliases like '*a' are not read here. Repeat the text.",
            ],
            id="alias",
        ),  # fault 47
        pytest.param(ENTRY + "*a", ["4: aliases like '*a' are not read here. Repeat the text."], id="undefined alias"),
        pytest.param(
            ENTRY + "b\n  <<: {a: b}",
            [f"5: entry 'a': unknown field '<<'; delete it. There are: {FIELDS}."],
            id="merge key",
        ),
        pytest.param(
            ENTRY + "b\n---\nentries: []",
            ["5: a second document starts here. Keep one, without '---' between."],
            id="two documents",
        ),
        pytest.param(
            "%YAML 9.9\n---\n" + ENTRY + "b",
            [f"1: column 1: {NOT_YAML_1} Delete the %YAML line."],
            id="YAML 9.9",
        ),
        pytest.param(
            "%YAML 1.1\n---\n" + ENTRY + "b", ["2: only YAML 1.2 is read here. Delete the %YAML line."], id="YAML 1.1"
        ),
        pytest.param(
            ENTRY + "b\n  ? [c]\n  : d",
            ["5: a list or mapping cannot be a field's name. Write a plain word."],
            id="complex key",
        ),
        pytest.param("[" * 100_000, ["1: more than 16 levels deep. An entry needs three."], id="deep"),
    ],
)  # fault 48
def test_yaml_that_no_faq_needs_is_refused(faults_of: FaultsOf, content: str, faults: list[str]) -> None:
    assert faults_of(content) == [f"faq.yaml:{fault}" for fault in faults]


def test_billion_laughs_are_refused_where_they_begin(faults_of: FaultsOf) -> None:  # fault 47
    laughs = "a: &a [x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )

    faults = faults_of(laughs)

    assert faults[0] == "faq.yaml:1: anchors like '&a' are not read here. Delete it."
    assert len(faults) == 21


def test_yaml_has_an_end_and_names_the_format_for_more(faults_of: FaultsOf) -> None:  # fault 47
    assert faults_of("entries: [" + "a," * 200_000 + "]") == [
        "faq.yaml:1: more than 200,000 values. Use a .jsonl file for a FAQ of this size."
    ]


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        ("answer:", "'answer' is missing or empty. Write the answer customers should read."),
        ("answer: ''", "'answer' is missing or empty. Write the answer customers should read."),
        ('answer: "\\u3164\\u200b \\n"', "'answer' is missing or empty. Write the answer customers should read."),
        ("answer: [a]", "'answer' must be one text, not a list or mapping."),
        ("answer: {a: b}", "'answer' must be one text, not a list or mapping."),
        (
            'answer: "\\ud800"',
            "'answer' holds half of a character (U+D800), which cannot be stored. Delete that escape.",
        ),  # fault 49
        ('answer: "\\0"', "'answer' holds a control character (U+0000), which cannot be stored. Delete that escape."),
        ("variants: a", "'variants' must be a list. Start each item on its own line with '- '."),
        ("variants: ['']", "'variants' holds an empty text. Write it or delete its line."),
        ("variants: [{a: b}]", "'variants' must be one text, not a list or mapping."),
        ("enabled: yes", "'enabled' must be true or false, without quotes."),
        ("enabled: 'true'", "'enabled' must be true or false, without quotes."),
        ("valid_from: 2026-02-30", "'valid_from' is 2026-02-30, which is not in the calendar. Correct the day."),
        ("valid_from: 1.11.2026", "'valid_from' must be a day like 2026-11-30."),
        ("locale: Korean", "'locale' is 'Korean'. Write a language code like ko or en-US."),
        ("varients: [a]", "unknown field 'varients'; did you mean 'variants'?"),
        ("답변: a", "unknown field '답변'; did you mean 'answer'?"),
        ('"가\\n\\u202e": a', f"unknown field '가\\u000a\\u202e'; delete it. There are: {FIELDS}."),
        ("links: [x]", "a link is written as {title: ..., url: ...}."),
        ("links: [{title: a}]", "link: 'url' is missing or empty. Write the address it leads to."),
        ("links: [{title: a, href: b}]", "link: unknown field 'href'; did you mean 'url'?"),
        (
            "links: [{title: a, url: 'javascript:alert(1)'}]",
            "link: 'url' is 'javascript:alert(1)'. Use https://, http://, mailto: or tel:.",
        ),  # fault 38
    ],
)
def test_a_wrong_field_is_named_with_its_entry_and_what_to_do(faults_of: FaultsOf, field: str, fault: str) -> None:
    name = field.split(":")[0]
    others = "" if name == "answer" else "  answer: b\n"

    assert f"faq.yaml:{4 + len(others) // 9}: entry 'a': {fault}" in faults_of(
        f"entries:\n- id: a\n  question: q\n{others}  {field}\n"
    )


def test_too_much_text_is_told_how_much_is_possible(faults_of: FaultsOf) -> None:  # fault 50
    assert faults_of(f"{ENTRY}{'가' * 1_000_000}") == [
        "faq.yaml:4: entry 'a': 'answer' is 1,000,000 characters long; 20,000 is the most. Shorten or split it."
    ]
    assert faults_of(f"entries: [{{id: a, question: {'q' * 501}, answer: b, variants: [{'v' * 501}]}}]") == [
        "faq.yaml:1: entry 'a': 'question' is 501 characters long; 500 is the most. Shorten or split it.",
        "faq.yaml:1: entry 'a': 'variants' is 501 characters long; 500 is the most. Shorten or split it.",
    ]
    assert faults_of(f"{ENTRY}b\n  tags: [{'t,' * 1001}]") == [
        "faq.yaml:5: entry 'a': 'tags' has 1,001 items; 1,000 is the most. Keep the best ones."
    ]


def test_an_id_belongs_to_one_entry(faults_of: FaultsOf) -> None:  # fault 50
    assert faults_of("entries:\n- {id: a, question: q, answer: b}\n- {id: a, question: r, answer: c}") == [
        "faq.yaml:3: entry 'a': this id was already used in line 2. Give each entry its own."
    ]


@pytest.mark.parametrize("bad", ["refund period", "환불", "a" * 65, "a<b", 'a"b', "a\\\\b", "a\\tb", "a&b"])
def test_an_id_is_short_and_of_safe_characters(faults_of: FaultsOf, bad: str) -> None:
    (fault,) = faults_of(f'entries: [{{id: "{bad}", question: q, answer: b}}]'.replace('a"b', 'a\\"b'))

    assert fault.startswith("faq.yaml:1: entry 1: 'id' is '")
    assert fault.endswith("Use 1 to 64 of the letters A-Z a-z, digits, '.', '_' and '-'.")


def test_an_entry_without_an_id_is_named_by_its_place(faults_of: FaultsOf) -> None:
    assert faults_of("entries:\n- {id: a, question: q, answer: b}\n- question: q\n  answer: b") == [
        "faq.yaml:3: entry 2: 'id' is missing or empty. Give it a short name like 'refund-period'."
    ]


def test_an_entry_cannot_end_before_it_starts(faults_of: FaultsOf) -> None:
    assert faults_of(ENTRY + "b\n  valid_from: 2026-12-01\n  valid_until: 2026-11-30") == [
        "faq.yaml:6: entry 'a': 'valid_until' is before 'valid_from', so it would never answer. Correct one of them."
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("# nothing yet\n", "the file must begin with 'entries:' and the entries as a list under it."),
        ("- id: a", "the file must begin with 'entries:' and the entries as a list under it."),
        ("entries:\n", "there is no entry yet. Write the first one with id, question and answer."),
        ("entries: []", "there is no entry yet. Write the first one with id, question and answer."),
        ("entries: [a]", "entry 1: this is not an entry. Write its fields: id, question, answer."),
    ],
)
def test_a_file_without_entries_says_how_to_begin(faults_of: FaultsOf, content: str, fault: str) -> None:  # fault 50
    assert faults_of(content) == [f"faq.yaml:1: {fault}"]


def test_wrong_defaults_are_reported_as_such(faults_of: FaultsOf) -> None:
    assert faults_of("defaults: {locale: Korean, id: x}\n" + ENTRY + "b") == [
        "faq.yaml:1: defaults: unknown field 'id'; delete it. There are: locale, category.",
        "faq.yaml:1: defaults: 'locale' is 'Korean'. Write a language code like ko or en-US.",
    ]
    assert faults_of("defaults: ko\n" + ENTRY + "b") == [
        "faq.yaml:1: defaults: write locale and category as fields under 'defaults:'."
    ]
    assert faults_of("default: {locale: ko}\n" + ENTRY + "b") == [
        "faq.yaml:1: the file: unknown field 'default'; did you mean 'defaults'?"
    ]


def test_every_fault_of_a_file_is_told_at_once_in_file_order(faults_of: FaultsOf) -> None:
    content = "entries:\n" + "".join(f"- {{id: e{i}, question: q}}\n" for i in range(25))

    faults = faults_of(content)

    assert faults[:20] == [
        f"faq.yaml:{i + 2}: entry 'e{i}': 'answer' is missing or empty. Write the answer customers should read."
        for i in range(20)
    ]
    assert faults[20:] == ["faq.yaml: and 5 more."]


def test_faults_of_yaml_and_of_entries_stand_together(faults_of: FaultsOf) -> None:
    assert faults_of("entries:\n- {id: a, question: q}\n- {id: b, question: q, answer: *a}\n- {id: a}") == [
        "faq.yaml:2: entry 'a': 'answer' is missing or empty. Write the answer customers should read.",
        "faq.yaml:3: aliases like '*a' are not read here. Repeat the text.",
        "faq.yaml:4: entry 'a': this id was already used in line 2. Give each entry its own.",
        "faq.yaml:4: entry 'a': 'question' is missing or empty. Write what a customer would ask.",
        "faq.yaml:4: entry 'a': 'answer' is missing or empty. Write the answer customers should read.",
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('{"id" "b"}', "column 7: this is not JSON (Expecting ':' delimiter)."),
        ('{"id": "b"} x', "column 13: this is not JSON (Extra data)."),
        ('{"id": "b", "id": "c"}', "'id' stands twice in one object. Keep one of them."),
        ("[" * 100_000, "too many brackets inside each other. An entry needs three levels."),
        ("3", "entry 2: this is not an entry. Write its fields: id, question, answer."),
        ("null", "entry 2: this is not an entry. Write its fields: id, question, answer."),
        ('{"id": 12, "question": "q", "answer": "b"}', "entry 2: 'id' must be text. Put it in quotes."),
        ('{"id": "b", "question": "q", "answer": NaN}', "entry 'b': 'answer' must be text. Put it in quotes."),
        (
            '{"id": "b", "question": "q", "answer": ' + "9" * 5000 + "}",
            "entry 'b': 'answer' must be text. Put it in quotes.",
        ),
        (
            '{"id": "b", "question": "q", "answer": "\\ud800"}',
            "entry 'b': 'answer' holds half of a character (U+D800), which cannot be stored.",
        ),
        (
            '{"id": "b", "question": "q", "answer": "c", "enabled": "true"}',
            "entry 'b': 'enabled' must be true or false, without quotes.",
        ),
        ('{"id": "a", "question": "q", "answer": "c"}', "entry 'a': this id was already used in line 1."),
    ],
)  # faults 43 to 45, 49, 50
def test_a_wrong_line_of_jsonl_is_named_and_the_next_ones_are_read_on(
    faults_of: FaultsOf, line: str, fault: str
) -> None:
    good, bad = '{"id": "a", "question": "q", "answer": "b"}', '{"id": "z", "question": "q"}'

    second, fourth = faults_of("\n".join([good, line, "", bad]), "faq.jsonl")

    assert second.startswith(f"faq.jsonl:2: {fault}")
    assert fourth.startswith("faq.jsonl:4: entry 'z': 'answer' is missing or empty.")


def test_too_many_entries_are_too_many(faults_of: FaultsOf) -> None:  # fault 50
    lines = "\n".join(f'{{"id": "{i}", "question": "q {i}", "answer": "a"}}' for i in range(100_001))

    assert faults_of(lines, "faq.jsonl") == ["faq.jsonl:100001: more than 100,000 entries. Split the FAQ."]

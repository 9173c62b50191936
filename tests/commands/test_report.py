"""The report as a shop owner opens it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Literal

import pytest

from service.commands.measuring import Measured, Rule
from service.commands.report import fates_of, of_a_hundred, percent, render, summary_of
from service.knowledge.entry import FaqEntry
from service.retrieval.evaluation import Figures
from tests.retrieval.labelled import outcome

if TYPE_CHECKING:
    from pathlib import Path

    from service.retrieval.evaluation import Outcome

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"

OUTCOMES = (
    outcome("fee", "fee time", 0.95, text="how much", kind="short"),
    outcome("fee", "time fee", 0.5, "ask", text="what will it cost me"),
    outcome("fee", "time fee", 0.8, text=HOSTILE, kind=HOSTILE),
    outcome("time", "time", 0.1, "fallback", text="asap?"),
    outcome(None, "time", 0.9, text="weather"),
)


def measured(outcomes: tuple[Outcome, ...] = OUTCOMES, *, target: float | None = None) -> Measured:
    entries = [FaqEntry("fee", "What is the fee?", "3", category=HOSTILE), FaqEntry("time", f"When? {HOSTILE}", "now")]
    return Measured(
        outcomes=outcomes,
        entries={entry.id: entry for entry in entries},
        rule=Rule(0.7, 0.2, 0.04, target),
        embedder="offline:1",
        faq_digest="f" * 64,
        questions_digest="q" * 64,
        created_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


def page(outcomes: tuple[Outcome, ...] = OUTCOMES, locale: Literal["ko", "en"] = "en") -> str:
    return render(measured(outcomes), locale=locale, templates_dir=None)


class Tags(HTMLParser):
    """Every tag with its attributes, the text between, and whether what opens is closed."""

    VOID = frozenset({"meta"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_what_customers_typed_stays_text(locale: Literal["ko", "en"]) -> None:
    found = Tags(page(locale=locale))
    assert found.open == [], "and nothing is left open"
    assert {tag for tag, _ in found.tags}.isdisjoint({"script", "img", "iframe", "object", "embed", "form", "link"})
    attributes = {name for _, attributes in found.tags for name in attributes}
    assert {name for name in attributes if name.startswith("on")} | attributes & {"style", "src"} == set()
    assert found.words.count(HOSTILE) >= 3, "the question, its kind and the category"


def test_it_loads_nothing_and_says_so() -> None:
    found = Tags(page())
    (policy,) = [attributes["content"] for tag, attributes in found.tags if "http-equiv" in attributes]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert [attributes["href"] for tag, attributes in found.tags if "href" in attributes] == ["#improve"]
    assert "url(" not in page()
    assert "@import" not in page()


def test_every_plot_has_a_title_a_description_and_ids_of_its_own() -> None:
    found = Tags(page())
    drawn = [attributes for tag, attributes in found.tags if tag == "svg"]
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(drawn) == 5, "two bars and three plots"
    assert len(ids) == len(set(ids))
    for attributes in drawn:
        assert attributes["role"] == "img"
        assert set((attributes["aria-labelledby"] or "").split()) <= set(ids)


def sentences(html: str) -> list[str]:
    (opening,) = re.findall(r'<ol class="said">(.*?)</ol>', html, re.DOTALL)
    return [
        " ".join(re.sub(r"<[^>]+>", "", each).split()) for each in re.findall(r"<li>(.*?)</li>", opening, re.DOTALL)
    ]


def test_it_opens_with_three_sentences_in_english() -> None:
    first, second, third = sentences(page())
    assert first.startswith("Of 100 questions like these, 60 are answered at once, 20 are asked back")
    assert second.startswith("Of 100 direct answers about 67 are wrong; that was counted on 3")
    assert third.startswith("Next, improve “When? ")
    assert "(2) and “What is the fee?” (1)" in third


def test_it_opens_with_three_sentences_in_korean() -> None:
    first, second, third = sentences(page(locale="ko"))
    assert first.startswith("이런 질문 100개가 들어오면 60개는 바로 답하고, 20개는 비슷한 질문을")
    assert second.startswith("바로 나간 답 100개 가운데 약 67개가 틀립니다. 답 3개를")
    assert third.startswith("먼저 ‘When? ")


@pytest.mark.parametrize(
    ("outcomes", "second", "third"),
    [
        (OUTCOMES[:1], "No direct answer was wrong; with 1 of them counted, up to 80 of 100", "No entry"),
        (OUTCOMES[1:2], "Nothing was answered at once", "No entry stands out"),
        (OUTCOMES[4:], "Of 100 direct answers about 100 are wrong", "Next, improve"),
        ((outcome("fee", "", 0.0, "fallback"),), "Nothing was answered at once", "Next, improve"),
    ],
)
def test_extremes_are_told_without_a_gap(outcomes: tuple[Outcome, ...], second: str, third: str) -> None:
    told = sentences(page(outcomes))
    assert told[1].startswith(second)
    assert told[2].startswith(third)
    korean = Tags(page(outcomes, "ko"))
    assert korean.open == []
    assert "None" not in "".join(korean.words)


def test_the_target_is_drawn_where_there_is_one() -> None:
    aimed = render(measured(target=0.95), locale="en", templates_dir=None)
    assert '<line class="target"' in aimed
    assert '<line class="target"' not in page()


def test_a_long_list_is_cut_and_says_so() -> None:
    many = tuple(outcome(None, "time", 0.9, text=f"question {number}") for number in range(151))
    assert "1 more in the JSON." in page(many)


def test_a_team_may_bring_its_own(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.html").write_text("{{ summary.answered }} & {{ wrong[0].question }}", "utf-8")
    told = render(measured((OUTCOMES[2],)), locale="en", templates_dir=tmp_path)
    assert told == "100 & &lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;&#34;&#39;&amp;"


@pytest.mark.parametrize(
    ("counts", "parts"),
    [
        ((1, 1, 1), [34, 33, 33]),
        ((1443, 1419, 328), [45, 45, 10]),
        ((0, 0, 7), [0, 0, 100]),
        ((1, 999, 0), [0, 100, 0]),
    ],
)
def test_parts_of_a_hundred_are_whole_and_add_up(counts: tuple[int, ...], parts: list[int]) -> None:
    assert of_a_hundred(counts) == parts


def test_less_than_one_in_a_hundred_is_not_called_none() -> None:
    outcomes = [outcome("a", "a", 0.9)] * 249 + [outcome("a", "b", 0.9)]
    summary = summary_of(Figures.of(outcomes), [])
    assert (summary.wrong, summary.wrong_from, summary.wrong_to) == ("0.4", 0, 3)


def test_what_became_of_questions_is_told_apart_by_whether_the_faq_has_an_answer() -> None:
    inside, outside = fates_of(OUTCOMES)
    assert [(part.name, part.count) for part in inside.segments] == [
        ("right", 1),
        ("shown", 1),
        ("passed", 1),
        ("wrong", 1),
    ]
    assert [(part.name, part.count) for part in outside.segments] == [("wrong", 1)]
    assert [fate.name for fate in fates_of(OUTCOMES[:2])] == ["in"]


@pytest.mark.parametrize(("share", "shown"), [(None, "–"), (0.0, "0.0%"), (0.95649, "95.6%"), (1.0, "100.0%")])
def test_shares_are_shown_in_percent(share: float | None, shown: str) -> None:
    assert percent(share) == shown

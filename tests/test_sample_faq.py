"""The sample shop keeps the promises that its readers and its customers rely on."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from itertools import groupby
from pathlib import Path

import pytest

from service.knowledge.faq import Faq, FaqEntry, load_faq
from service.knowledge.lint.linting import lint
from service.knowledge.markup import parse_markup, plain_text

SAMPLE = Path(__file__).parents[1] / "data" / "faq.yaml"
NEIGHBOURS = [
    ("order-cancel", "return-how", "exchange-how", "refund-when"),
    ("item-damaged", "item-wrong", "item-missing"),
    ("address-before", "address-after"),
    ("ship-fee", "ship-island-fee", "return-fee"),
    ("ship-time", "ship-overseas"),
    ("pay-card", "pay-transfer", "pay-easy"),
    ("pay-confirm", "pay-deadline"),
    ("cash-receipt", "tax-invoice", "trade-statement"),
    ("box-start", "box-pause", "box-cancel"),
    ("points-earn", "points-use"),
    ("coupon-register", "coupon-use", "coupon-fail"),
    ("join", "leave"),
    ("find-id", "reset-password"),
    ("alerts-on", "alerts-off"),
    ("gift-wrap", "gift-send"),
    ("restock", "preorder"),
    ("showroom-hours", "support-hours"),
]


@pytest.fixture(scope="module")
def faq() -> Faq:
    return load_faq(SAMPLE)


@pytest.fixture(scope="module")
def by_id(faq: Faq) -> dict[str, FaqEntry]:
    return {entry.id: entry for entry in faq.entries}


def in_locale(faq: Faq, locale: str) -> list[FaqEntry]:
    return [entry for entry in faq.entries if entry.locale == locale and entry.enabled]


def mirrored(faq: Faq, by_id: dict[str, FaqEntry]) -> list[tuple[FaqEntry, FaqEntry]]:
    """Each English entry with its Korean counterpart."""
    return [(entry, by_id[entry.id.removesuffix("-en")]) for entry in in_locale(faq, "en")]


def links_of(entry: FaqEntry) -> list[str]:
    return [link.url for link in entry.links] + re.findall(r"\w+://[^\s)]+", entry.answer)


def bare(phrasing: str) -> str:
    return "".join(filter(str.isalnum, phrasing.casefold()))


def amounts(answer: str) -> set[str]:
    """Every price, as `1000 KRW` or `15 USD`."""
    won = re.findall(r"KRW ([\d,]+\d|\d)|([\d,]*\d)원", answer)
    dollars = re.findall(r"US\$(\d+)", answer)
    return {f"{(left or right).replace(',', '')} KRW" for left, right in won} | {f"{sum_} USD" for sum_ in dollars}


def test_there_is_nothing_to_mend_in_it(faq: Faq) -> None:
    """On a day in the middle of its seasons; what depends on how well questions are found is not looked at."""
    found = lint(faq, today=date(2026, 11, 20))
    assert {(finding.rule, finding.severity) for finding in found} == {
        ("not-yet-valid", "notice"),
        ("missing-translation", "notice"),
    }


def test_it_is_a_whole_shop_in_two_languages(faq: Faq) -> None:
    assert len(in_locale(faq, "ko")) >= 56
    assert len(in_locale(faq, "en")) >= 28
    assert {entry.locale for entry in faq.entries} == {"ko", "en"}


def test_every_id_belongs_to_one_entry(faq: Faq, by_id: dict[str, FaqEntry]) -> None:
    assert len(by_id) == len(faq.entries)


def test_every_question_is_asked_in_three_to_six_other_ways(faq: Faq) -> None:
    assert {entry.id for entry in faq.entries if not 3 <= len(entry.variants) <= 6} == set()


def test_no_phrasing_leads_to_two_answers_whatever_its_spacing_case_or_punctuation(faq: Faq) -> None:
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for entry in faq.entries:
        for phrasing in entry.phrasings:
            owners[bare(phrasing)].append(entry.id)
    assert {phrasing: ids for phrasing, ids in owners.items() if len(ids) > 1} == {}


def test_every_phrasing_is_written_in_the_language_of_its_entry(faq: Faq) -> None:
    wrong = [
        phrasing
        for entry in faq.entries
        for phrasing in entry.phrasings
        if (re.search("[가-힣]", phrasing) is not None) != (entry.locale == "ko")
    ]
    assert wrong == []


@pytest.mark.parametrize("ids", NEIGHBOURS, ids=" / ".join)
def test_questions_that_are_easily_confused_have_an_answer_each(
    by_id: dict[str, FaqEntry], ids: tuple[str, ...]
) -> None:
    assert len({by_id[id_].answer for id_ in ids}) == len(ids)


def test_every_english_entry_mirrors_a_korean_one(faq: Faq, by_id: dict[str, FaqEntry]) -> None:
    english = {entry.id for entry in in_locale(faq, "en")}
    korean = {entry.id for entry in in_locale(faq, "ko")}
    assert {id_ for id_ in english if not id_.endswith("-en")} == set()
    assert {id_.removesuffix("-en") for id_ in english} <= korean
    assert {id_ for id_ in korean if id_.endswith("-en")} == set()


def test_a_mirror_is_live_on_the_same_days_and_calls_a_person_for_the_same_reasons(
    faq: Faq, by_id: dict[str, FaqEntry]
) -> None:
    for english, korean in mirrored(faq, by_id):
        assert (english.id, english.escalate, english.valid_from, english.valid_until) == (
            f"{korean.id}-en",
            korean.escalate,
            korean.valid_from,
            korean.valid_until,
        )


def test_no_price_is_told_to_english_readers_only(faq: Faq, by_id: dict[str, FaqEntry]) -> None:
    unknown = {en.id: amounts(en.answer) - amounts(ko.answer) for en, ko in mirrored(faq, by_id)}
    assert {id_: prices for id_, prices in unknown.items() if prices} == {}


def test_every_entry_has_a_category_with_one_name_in_each_language(faq: Faq, by_id: dict[str, FaqEntry]) -> None:
    assert all(entry.category for entry in faq.entries)
    names = {(english.category, korean.category) for english, korean in mirrored(faq, by_id)}
    assert len(names) == len({english for english, _ in names}) == len({korean for _, korean in names})


def test_a_category_is_one_section_of_the_file(faq: Faq) -> None:
    korean = [name for name, _ in groupby(in_locale(faq, "ko"), key=lambda entry: entry.category)]
    assert len(korean) == len(set(korean))


def test_links_lead_to_example_com_and_english_ones_to_its_english_pages(faq: Faq) -> None:
    assert sum(bool(links_of(entry)) for entry in faq.entries) >= 10
    for entry in faq.entries:
        start = "https://example.com/en/" if entry.locale == "en" else "https://example.com/"
        assert [url for url in links_of(entry) if not url.startswith(start)] == []


def test_addresses_and_telephone_numbers_are_the_shops_own(faq: Faq) -> None:
    text = "\n".join(entry.answer for entry in faq.entries)
    assert set(re.findall(r"[\w.]+@[a-z.]*[a-z]", text)) == {
        "help@example.com",
        "biz@example.com",
        "privacy@example.com",
    }
    assert set(re.findall(r"\+?\d[\d-]*-\d{4}", text)) == {"02-000-7700", "+82-2-000-7700"}


def test_answers_are_short_and_their_markdown_is_closed(faq: Faq) -> None:
    for entry in faq.entries:
        shown = plain_text(parse_markup(entry.answer))
        assert "*" not in shown, entry.id
        assert 20 < len(shown) < 450, entry.id


def test_a_few_matters_are_for_people(faq: Faq) -> None:
    assert {entry.id for entry in in_locale(faq, "ko") if entry.escalate} == {
        "pay-double",
        "tax-invoice-fix",
        "bulk-quote",
        "privacy-leak",
        "safety-injury",
    }


def test_seasonal_entries_begin_and_end_and_the_others_do_neither(faq: Faq) -> None:
    seasonal = [entry for entry in faq.entries if entry.id.startswith("season-")]
    assert len({entry.id.removesuffix("-en") for entry in seasonal}) == 3
    for entry in seasonal:
        assert entry.valid_from is not None
        assert entry.valid_until is not None
        assert entry.valid_from < entry.valid_until
    others = [entry for entry in faq.entries if entry not in seasonal]
    assert {(entry.valid_from, entry.valid_until) for entry in others} == {(None, None)}


def test_the_last_entry_shows_how_to_switch_one_off(faq: Faq) -> None:
    assert [entry.id for entry in faq.entries if not entry.enabled] == [faq.entries[-1].id]

"""What an attempt is charged with, whatever the provider says about it (fault 98)."""

import pytest

from service.generation.completion import CompletionRequest
from service.generation.message import Message, Tool, ToolCall
from service.generation.money.charging import charged, charged_unfinished, most, sent_tokens
from service.generation.tokens import Usage, estimate_tokens
from service.generation.upstream.chunk import read_chunk, read_document
from service.generation.upstream.wire import ServerEvent


@pytest.mark.parametrize(
    ("reported", "expected", "estimated"),
    [
        (Usage(900, 180), (900, 180), False),
        (Usage(1_400, 320), (1_400, 320), False),
        (Usage(500, 90), (500, 90), False),  # Korean: the estimate is high
        (Usage(250, 50), (250, 50), False),
        (Usage(249, 50), (1_150, 50), True),
        (Usage(0, 0), (1_150, 230), True),
        (Usage(-5, -5), (1_150, 230), True),
        (Usage(1_000, 9_000), (1_000, 9_000), False),  # it thought for long
        (Usage(9_000_000, 200), (8_096, 200), True),
        (Usage(1_000, 9_000_000), (1_000, 67_936), True),
        (Usage(7, 5, estimated=True), (1_150, 230), True),
        (None, (1_150, 230), True),
    ],
)
def test_a_report_is_believed_where_it_can_be_true_fault_98(
    reported: Usage | None, expected: tuple[int, int], estimated: bool
) -> None:
    usage = charged(reported, sent=1_000, seen=200, max_tokens=600)
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (*expected, estimated)


@pytest.mark.parametrize(("cached", "kept"), [(800, 800), (901, 0), (-1, 0)])
def test_cached_input_counts_only_as_part_of_the_input(cached: int, kept: int) -> None:
    assert charged(Usage(900, 180, cached_tokens=cached), sent=1_000, seen=200, max_tokens=600).cached_tokens == kept


@pytest.mark.parametrize(
    ("seen", "expected"),
    [(0, 0), (10, 44), (400, 492), (590, 600), (1_400, 600), (1_600, 1_872)],
    ids=["nothing", "a little", "much", "the limit", "Korean above the limit", "a limit that was not kept"],
)
def test_what_broke_off_costs_what_was_sent_and_seen_and_a_little_that_was_under_way(seen: int, expected: int) -> None:
    usage = charged_unfinished(sent=1_000, seen=seen, max_tokens=600)
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (1_150, expected, True)


@pytest.mark.parametrize("sent", [1, 40, 1_000, 100_000])
@pytest.mark.parametrize("seen", [0, 1, 300, 600])
def test_nothing_that_keeps_to_the_limit_costs_more_than_was_reserved(sent: int, seen: int) -> None:
    worst = most(sent, 600)
    for usage in (
        charged(None, sent=sent, seen=seen, max_tokens=600),
        charged_unfinished(sent=sent, seen=seen, max_tokens=600),
    ):
        assert usage.input_tokens <= worst.input_tokens
        assert usage.output_tokens <= worst.output_tokens


def test_what_is_sent_counts_messages_calls_tools_and_the_format() -> None:
    plain = CompletionRequest([Message("user", "word " * 100)])
    assert 125 <= sent_tokens(plain) <= 140
    schema = {"type": "object", "properties": {"order": {"type": "string"}}}
    told = [*plain.messages, Message("assistant", "", calls=(ToolCall("1", "order_status", '{"order": "4821"}'),))]
    more = CompletionRequest(told, tools=[Tool("order_status", "Where an order is.", schema)], response_format=schema)
    assert sent_tokens(more) > sent_tokens(plain) + 40


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("", 0, 0),
        ("The parcel leaves the warehouse on the next working day.", 11, 16),
        ("2026-11-20 KR-4821, 010-1234-5678", 15, 22),
        ("주문하신 상품은 다음 영업일에 출고됩니다.", 12, 24),
        ('{"order": {"id": 4821, "paid": true}}', 12, 20),
    ],
)
def test_the_estimate_is_near_what_models_make_of_it(text: str, lowest: int, highest: int) -> None:
    assert lowest <= estimate_tokens(text) <= highest


@pytest.mark.parametrize(
    ("details", "cached"),
    [
        ('"prompt_tokens_details": {"cached_tokens": 64}', 64),
        ('"prompt_cache_hit_tokens": 32', 32),
        ('"prompt_tokens_details": null', 0),
        ('"prompt_tokens_details": {"cached_tokens": -1}', 0),
        ('"prompt_tokens_details": {"cached_tokens": "all"}', 0),
        ('"total_tokens": 9', 0),
    ],
)
def test_cached_tokens_are_read_where_providers_put_them(details: str, cached: int) -> None:
    data = f'{{"choices": [], "usage": {{"prompt_tokens": 100, "completion_tokens": 5, {details}}}}}'
    assert read_chunk(read_document(ServerEvent("message", data))).usage == Usage(100, 5, cached_tokens=cached)

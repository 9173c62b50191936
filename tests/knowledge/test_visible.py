from __future__ import annotations

import pytest

from service.knowledge.visible import hidden_character, visible_text


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("그대로 as it is 👩‍💻❤️\t끝", "그대로 as it is 👩‍💻❤️\t끝"),
        ("a\r\nb\rc\u2028d\u2029e\x85f\vg\fh", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("\x1b[1;31mred\x1b[0m \x1b]0;title\x07x \x1b]8;;http://a\x1b\\link \x1bDy", "red x link y"),
        ("\x1b]never closed", "never closed"),
        ("gpj.\u202eexe \u2066a\u2069 \u200eb\u061c", "gpj.exe a b"),
        ("a\u200b\u2060\ufeff\x00\x7f\x9fb", "ab"),
        ("hi\U000e0068\U000e0069", "hi"),
        ("half \ud83d of one", "half \ufffd of one"),
    ],
)  # faults 35, 37
def test_what_no_reader_sees_is_gone(text: str, visible: str) -> None:
    assert visible_text(text) == visible


def test_the_first_hidden_character_is_named() -> None:
    assert hidden_character("a\u200bb\u202e") == "\u200b"
    assert hidden_character("반품 👩‍💻") is None

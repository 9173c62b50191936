from __future__ import annotations

import pytest

from service.knowledge.urls import is_allowed_url


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://localhost:8000/a?b=c#d",
        "HTTPS://EXAMPLE.COM/%EB%B0%98",
        "https://한글.한국/반품",
        "https://[2001:db8::1]/a",
        "mailto:help@example.com?subject=hi",
        "tel:+82-2-123-4567",
        "tel:114",
    ],
)
def test_pages_mail_and_phones_are_allowed(url: str) -> None:
    assert is_allowed_url(url)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "https",
            "https://",
            "http:///x",
            "https:// a.kr",
            "https://a.kr/\n",
            "https://a.kr/\u200b",
            " https://a.kr",
        ),
        *("https://a:b@c.kr", "javascript:alert(1)", "ftp://a.kr", "tel:", "tel:*21#", "mailto:a", "//a.kr", "a.kr"),
    ],
)  # fault 38
def test_everything_else_is_not(url: str) -> None:
    assert not is_allowed_url(url)

from pathlib import Path

import pytest

from service.conversation.messages import KEYS, LOCALES, Messages, visitor_locale
from service.errors import SettingsError
from service.resources import template_file


def test_both_languages_have_every_sentence() -> None:
    messages = Messages.load({locale: template_file(f"messages/{locale}.yaml", None) for locale in LOCALES})
    assert all(messages.text(key, locale) for key in KEYS for locale in LOCALES)


@pytest.mark.parametrize("content", ["suggest: only one\n", "- a list\n", "suggest: [\n", "suggest: 3\n"])
def test_an_incomplete_catalogue_names_the_file_and_what_is_missing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ko.yaml"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"ko\.yaml: "):
        Messages.load({"ko": path})


def test_a_teams_own_sentence_replaces_the_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    own = tmp_path / "messages/ko.yaml"
    own.write_text("".join(f"{key}: 우리 말투\n" for key in KEYS))
    assert template_file("messages/ko.yaml", tmp_path) == own
    assert Messages.load({"ko": own}).text("failed", "ko") == "우리 말투"


@pytest.mark.parametrize(
    ("text", "locale"),
    [("배송 언제 와요", "ko"), ("ㅇㅇ", "ko"), ("promo code 어디", "ko"), ("Where is it?", "en"), ("1234?", "ko")],
)
def test_the_answer_is_in_the_language_of_the_question(text: str, locale: str) -> None:
    assert visitor_locale(text, otherwise="ko") == locale

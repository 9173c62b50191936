"""What a model can fill in, where a tool may go, and what of an answer is left."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.generation.tools.addresses import AddressRefused, reachable
from service.generation.tools.kept import KeptFields
from service.generation.tools.schema import Arguments
from service.generation.tools.template import UrlTemplate

ORDER = Arguments(
    {
        "type": "object",
        "properties": {
            "order": {"type": "string", "minLength": 1, "maxLength": 20, "pattern": "^[A-Z0-9-]+$"},
            "count": {"type": "integer", "minimum": 1},
        },
        "required": ["order"],
        "additionalProperties": False,
    }
)


def test_arguments_that_fit_are_taken() -> None:
    assert ORDER.read('{"order": "D-1042", "count": 2}') == {"order": "D-1042", "count": 2}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"D-1042"',
        "null",
        "{}",
        '{"order": ""}',
        '{"order": 7}',
        '{"order": null}',
        '{"order": ["D-1042"]}',
        '{"order": "d-1042"}',
        '{"order": "D-1042/../../admin"}',
        '{"order": "' + "D" * 21 + '"}',
        '{"order": "D-1042", "user_id": "bob"}',
        '{"order": "D-1042", "visitor": "bob"}',
        '{"order": "D-1042", "count": 0}',
        '{"order": "D-1042", "count": NaN}',
        '{"order": "D-1042", "count": "1"}',
        '{"order": "D-1042", "count": true}',
        '{"order": "D-1042", "count": 1e999}',
        '{"order": "D-1042\\n"}',
        "[" * 15_000,
        '{"order": "' + "D" * 17_000 + '"}',
    ],
)
def test_other_arguments_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"^the argument") as refused:
        ORDER.read(text)
    assert "\n" not in str(refused.value)
    assert "1042" not in str(refused.value), "what was written is not repeated"


@pytest.mark.parametrize("value", ['"\\ud800"', '"a\\udc00b"', "1e999", "-1e999", "NaN"])
def test_what_is_json_and_cannot_be_sent_is_refused(value: str) -> None:
    """Fault 29: half a character, and a number that no JSON can hold, where nothing narrows the argument."""
    free = {"note": {"type": "string"}, "price": {"type": "number"}}
    arguments = Arguments({"type": "object", "properties": free, "required": [], "additionalProperties": False})
    name = "note" if value.startswith('"') else "price"
    with pytest.raises(ValueError, match="not JSON"):
        arguments.read(f'{{"{name}": {value}}}')


@pytest.mark.parametrize("value", ["admin/a", "a/admin", "b\n"])
def test_a_pattern_holds_from_end_to_end(value: str) -> None:
    """An alternative takes an anchor with it, and `$` lets a line break through."""
    either = {"which": {"type": "string", "pattern": "^a|b$"}}
    arguments = Arguments({"type": "object", "properties": either, "required": [], "additionalProperties": False})
    assert arguments.read('{"which": "b"}') == {"which": "b"}
    with pytest.raises(ValueError, match=r"^the argument 'which' must have pattern"):
        arguments.read(json.dumps({"which": value}))


TEMPLATE = UrlTemplate.parse("https://api.example.com/a/{one}/b?q={two}&r=1")


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_no_argument_can_leave_its_place(one: str, two: str) -> None:
    try:
        one.encode(), two.encode()
        url = TEMPLATE.filled({"one": one, "two": two})
    except ValueError:
        assert one in {".", ".."} or any("\ud800" <= character <= "\udfff" for character in one + two)
        return
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "api.example.com", "")
    assert parts.path.split("/")[1:] == ["a", parts.path.split("/")[2], "b"]
    assert unquote(parts.path.split("/")[2]) == one
    assert unquote(parts.query.removeprefix("q=").removesuffix("&r=1")) == two


@pytest.mark.parametrize("value", ["", ".", "..", "x" * 2_000])
def test_a_value_that_would_ask_for_something_else_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="argument"):
        TEMPLATE.filled({"one": value, "two": "x"})


def test_numbers_and_booleans_are_written_as_json_has_them() -> None:
    assert TEMPLATE.filled({"one": True, "two": 1.5}) == "https://api.example.com/a/true/b?q=1.5&r=1"


PUBLIC = ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"]
NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
]
OWN = [
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "192.0.0.192",
    "192.88.99.1",
    "fec0::1",
    "3fff::1",
]


async def reached(*addresses: str, inside: bool = False) -> list[str]:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return await reachable("api.example.com", 443, inside=inside, resolve=resolve)


@pytest.mark.parametrize("address", PUBLIC)
async def test_public_machines_may_be_reached(address: str) -> None:
    assert await reached(address) == [address]


@pytest.mark.parametrize("address", [*NEVER, *OWN])
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    """Threat T36; also beside a public address, in whichever order they come."""
    for found in ([address], [address, "1.1.1.1"], ["1.1.1.1", address]):
        with pytest.raises(AddressRefused):
            await reached(*found)


@pytest.mark.parametrize("address", NEVER)
async def test_some_addresses_are_no_shops_server_whoever_wrote_them(address: str) -> None:
    with pytest.raises(AddressRefused):
        await reached(address, inside=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "[::1]", "localhost"])
def test_an_operator_may_name_a_machine_of_their_own(host: str) -> None:
    assert UrlTemplate.parse(f"https://{host}/x").inside


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "metadata.internal", "0.0.0.0", "2130706433", "0x7f.1", "127.1", "1.1.1.1"]
)
def test_any_other_name_is_looked_at_when_it_is_resolved(host: str) -> None:
    assert not UrlTemplate.parse(f"https://{host}/x").inside


DOCUMENT = {
    "number": "D-1",
    "paid": False,
    "price": 0,
    "note": None,
    "address": {"city": "서울", "door": "1234"},
    "items": [{"name": "등", "cost": 3}, {"cost": 4}, {"name": "초"}],
    "tags": ["a", 1, {"secret": 1}, ["b"]],
    "a/b": "slash",
}


@pytest.mark.parametrize(
    ("paths", "kept"),
    [
        (["number"], {"number": "D-1"}),
        (["/number", "paid", "price", "note"], {"number": "D-1", "paid": False, "price": 0}),
        (["address"], {}),
        (["address/city"], {"address": {"city": "서울"}}),
        (["items"], {}),
        (["items/*/name"], {"items": [{"name": "등"}, {"name": "초"}]}),
        (["items/name"], {}),
        (["tags"], {"tags": ["a", 1]}),
        (["a~1b"], {"a/b": "slash"}),
        (["absent", "number/deeper"], {}),
    ],
)
def test_only_listed_texts_and_numbers_are_left(paths: list[str], kept: object) -> None:
    assert KeptFields.of(tuple(paths)).of_document(DOCUMENT) == kept


@pytest.mark.parametrize("document", [None, 1, "x", [], [DOCUMENT]])
def test_another_document_leaves_nothing(document: object) -> None:
    assert KeptFields.of(("number",)).of_document(document) in (None, [], {})


def test_a_long_list_is_cut() -> None:
    many: dict[str, Any] = {"items": [{"name": str(number)} for number in range(100)]}
    assert len(KeptFields.of(("items/*/name",)).of_document(many)["items"]) == 20
    assert len(json.dumps(KeptFields.of(("n",)).of_document({"n": list(range(100))}))) < 100

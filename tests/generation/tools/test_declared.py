"""What may be declared as a tool, and how an operator hears of what may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from service.errors import ToolsError
from service.generation.tools.declared import Declared, load_tools
from service.generation.tools.kept import KeptFields
from service.generation.tools.template import UrlTemplate

ROOT = Path(__file__).parents[3]
SECRETS = {"ONDAP_TOOL_ORDERS_KEY": SecretStr("canary-of-orders"), "ONDAP_TOOL_HANGUL": SecretStr("열쇠")}
SOUND = """\
tools:
  - name: order_status
    description: Where an order is.
    parameters:
      type: object
      properties:
        order: {type: string, pattern: "^[A-Z0-9-]+$"}
      required: [order]
    url: https://api.example.com/orders/{order}
    key_env: ONDAP_TOOL_ORDERS_KEY
    result: [status]
"""


def load(text: str, path: Path) -> Declared:
    (path / "tools.yaml").write_text(text, encoding="utf-8")
    return load_tools(path / "tools.yaml", SECRETS.get)


def test_without_a_file_nothing_is_declared(tmp_path: Path) -> None:
    assert load_tools(tmp_path / "tools.yaml", SECRETS.get) == Declared()


def test_a_tool_is_read_only_short_and_bound_to_the_visitor_unless_it_says_otherwise(tmp_path: Path) -> None:
    (tool,) = load(SOUND, tmp_path).tools
    assert (tool.name, tool.method, tool.requires_visitor) == ("order_status", "GET", True)
    assert (tool.timeout_seconds, tool.max_bytes) == (3.0, 16 * 1024)
    assert tool.descriptions == {"ko": "Where an order is.", "en": "Where an order is."}
    assert tool.url == UrlTemplate(
        "https://api.example.com/orders/{order}", "api.example.com", 443, frozenset({"order"}), inside=False
    )
    assert tool.result == KeptFields({"status": {}})
    assert tool.arguments.schema == {
        "type": "object",
        "properties": {"order": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[A-Z0-9-]+$"}},
        "required": ["order"],
        "additionalProperties": False,
    }
    assert "canary" not in repr(tool)


def test_the_example_can_be_loaded() -> None:
    declared = load_tools(ROOT / "examples" / "tools.yaml", SECRETS.get)
    assert [tool.name for tool in declared.tools] == ["my_orders", "order_status"]
    assert declared.escalates
    assert all(tool.requires_visitor and tool.url.inside for tool in declared.tools)


def test_everything_that_may_be_said_is_understood(tmp_path: Path) -> None:
    (tool,) = load(
        """
tools:
  - name: stock
    description: {ko: 재고를 본다., en: Looks at the stock.}
    parameters:
      properties:
        item: {type: string, description: what, minLength: 2, maxLength: 30, enum: [lamp, candle]}
        count: {type: integer, minimum: 1, maximum: 99}
        gift: {type: boolean}
        price: {type: number, minimum: 0.5}
    method: post
    url: https://api.example.com:8443/stock?lang=ko
    timeout_seconds: 0.5
    max_bytes: 65536
    requires_visitor: false
    headers: {Authorization: ONDAP_TOOL_ORDERS_KEY}
    result: [left, /shops/*/name]
""",
        tmp_path,
    ).tools
    assert tool.descriptions == {"ko": "재고를 본다.", "en": "Looks at the stock."}
    assert (tool.method, tool.key, tool.timeout_seconds, tool.max_bytes) == ("POST", None, 0.5, 65536)
    assert tool.url.port == 8443
    assert [(name, value.get_secret_value()) for name, value in tool.headers] == [("Authorization", "canary-of-orders")]
    assert tool.arguments.schema["properties"] == {
        "item": {
            "type": "string",
            "description": "what",
            "minLength": 2,
            "maxLength": 30,
            "enum": ["lamp", "candle"],
        },
        "count": {"type": "integer", "minimum": 1, "maximum": 99},
        "gift": {"type": "boolean"},
        "price": {"type": "number", "minimum": 0.5},
    }


URL = "https://api.example.com/orders/{order}"


@pytest.mark.parametrize(
    ("old", "new", "line", "complaint"),
    [
        ("tools:", "tool:", 1, "unknown field 'tool'; did you mean 'tools'?"),
        ("name: order_status", "name: Order Status", 2, "is no name"),
        ("name: order_status", "nam: order_status", 2, "'name' is missing"),
        ("name: order_status", "name: escalate_to_agent", 2, "is built in"),
        ("- name: order_status", "- builtin: rm\n    name: order_status", 2, "there is no 'rm'"),
        ("description: Where an order is.", "description: {ko: 주문}", 3, "description: 'en' is missing"),
        ("order: {type: string", "user_id: {type: string", 7, "would let a model name another visitor"),
        ("order: {type: string", "visitor: {type: string", 7, "would let a model name another visitor"),
        ("order: {type: string", "customerno: {type: string", 7, "would let a model name another visitor"),
        ("order: {type: string", "order: {type: array", 7, "'type' must be one of"),
        ('pattern: "^[A-Z0-9-]+$"', "$ref: https://evil.example/schema", 7, "unknown field '$ref'"),
        ('pattern: "^[A-Z0-9-]+$"', 'pattern: "^(["', 7, "no regular expression"),
        ('pattern: "^[A-Z0-9-]+$"', 'pattern: "[A-Z]"', 7, "must begin with ^"),
        ('string, pattern: "^[A-Z0-9-]+$"', "integer, enum: [1, 2]", 7, "unknown field 'enum'"),
        ('string, pattern: "^[A-Z0-9-]+$"', "integer, maxLength: 3", 7, "unknown field 'maxLength'"),
        ('string, pattern: "^[A-Z0-9-]+$"', 'boolean, pattern: "^true$"', 7, "unknown field 'pattern'"),
        ('pattern: "^[A-Z0-9-]+$"', "maximum: 3", 7, "unknown field 'maximum'"),
        ('pattern: "^[A-Z0-9-]+$"', "maxLength: 501", 7, "must be a number from 1 to 500"),
        ('pattern: "^[A-Z0-9-]+$"', "minLength: 0", 7, "must be a number from 1 to 500"),
        ("required: [order]", "required: [order, day]", 8, "names 'day'"),
        ("required: [order]", "required: []", 9, "which may be left out"),
        ("{order}", "{number}", 9, "which is not among the parameters"),
        ("{order}", "all", 9, "so the argument would be lost"),
        (URL, "http://api.example.com/{order}", 9, "must begin with https://"),
        (URL, "http://192.168.0.9/{order}", 9, "must begin with https://"),
        (URL, "ftp://api.example.com/{order}", 9, "must be a URL"),
        (URL, "https://{order}.example.com/", 9, "name its host in full"),
        (URL, "https://api.example.com:{order}/", 9, "no URL"),
        (URL, "https://key:secret@api.example.com/{order}", 9, "no user name"),
        (URL, "https://api.example.com/{order}#x", 9, "characters of a URL"),
        (URL, "https://api.example.com/../{order}", 9, "no '.' or '..'"),
        (URL, "https://API.example.com/{order}", 9, "lower case"),
        (URL, "https://api.example.com:443/{order}", 9, "default port"),
        (URL, "https://api.example.com?q={order}", 9, "begins with '/'"),
        (URL, "https://api.example.com/{order}/{Other}", 9, "brace"),
        (URL, '"https://api.example.com/a b/{order}"', 9, "characters of a URL"),
        (URL, '"https://api.example.com/%zz/{order}"', 9, "characters of a URL"),
        ("key_env: ONDAP_TOOL_ORDERS_KEY", "key_env: canary-of-orders", 10, "begins with ONDAP_TOOL_"),
        ("key_env: ONDAP_TOOL_ORDERS_KEY", "key_env: ONDAP_CHAT_API_KEY", 10, "begins with ONDAP_TOOL_"),
        ("key_env: ONDAP_TOOL_ORDERS_KEY", "key_env: ONDAP_TOOL_STOCK", 10, "ONDAP_TOOL_STOCK is not set"),
        ("key_env: ONDAP_TOOL_ORDERS_KEY", "key_env: ONDAP_TOOL_HANGUL", 10, "printable ASCII"),
        ("    key_env: ONDAP_TOOL_ORDERS_KEY\n", "", 2, "'key_env' is missing"),
        ("result: [status]", "headers: {Host: ONDAP_TOOL_ORDERS_KEY}", 11, "no header that may be set"),
        ("result: [status]", "headers: {X-Ondap-Visitor: ONDAP_TOOL_ORDERS_KEY}", 11, "no header that may be set"),
        ("result: [status]", "headers: {Authorization: canary}", 11, "begins with ONDAP_TOOL_"),
        ("result: [status]", "result: []", 11, "'result' is missing"),
        ("result: [status]", "result: [//]", 11, "is no field"),
        ("result: [status]", "method: DELETE", 11, "must be GET"),
        ("result: [status]", "timeout_seconds: 10.5", 11, "at most 10"),
        ("result: [status]", "timeout_seconds: nan", 11, "at most 10"),
        ("result: [status]", "max_bytes: 65537", 11, "at most 65536"),
        ("result: [status]", "requires_visitor: no", 11, "must be true or false"),
        ("result: [status]", "secret: x", 11, "unknown field 'secret'"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_tool(
    old: str, new: str, line: int, complaint: str, tmp_path: Path
) -> None:
    assert old in SOUND
    with pytest.raises(ToolsError) as refused:
        load(SOUND.replace(old, new), tmp_path)
    said = str(refused.value)
    assert any(f"tools.yaml:{line}: " in part and complaint in part for part in said.splitlines()), said
    assert "canary" not in said


def test_a_tool_that_knows_no_visitor_has_no_place_for_one(tmp_path: Path) -> None:
    text = SOUND.replace("/orders/{order}", "/{visitor}/{order}")
    assert load(text, tmp_path).tools[0].url.placeholders == {"visitor", "order"}
    with pytest.raises(ToolsError, match="without 'requires_visitor'"):
        load(text + "    requires_visitor: false\n", tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the file is empty. Delete it, or declare a tool"),
        ("- name: x", "must begin with 'tools:'"),
        ("tools: [x]", "this is not a tool"),
        (f"{SOUND}{SOUND.removeprefix('tools:')}", "was already declared in line 2"),
        ("tools: &a [*a]", "anchors"),
        ("tools: !!python/object:os.system [x]", "tags"),
        ("tools: [", "not YAML"),
        ("tools:\n" + "  - builtin: escalate_to_agent\n" * 2, "already declared"),
    ],
)
def test_a_file_that_is_none_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(ToolsError, match=r"tools\.yaml") as refused:
        load(text, tmp_path)
    assert complaint in str(refused.value)

"""`tools.yaml`: what an operator lets the model look up or do. Nothing is there that is not declared."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from pydantic import SecretStr

from ...errors import FaqError, ToolsError
from ...knowledge.faults import Faults, shown
from ...knowledge.fields import FieldReader
from ...knowledge.source import read_source
from ...knowledge.written import Fields, Written
from ...knowledge.yaml_file import read_yaml
from .kept import KeptFields
from .schema import Arguments, is_absent, read_arguments
from .template import VISITOR, UrlTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Language: TypeAlias = Literal["ko", "en"]
Secrets: TypeAlias = Callable[[str], SecretStr | None]
"""The value of a variable of the environment, by its name."""

ESCALATE = "escalate_to_agent"
BUILTINS = (ESCALATE,)
MAX_TOOLS = 16
MAX_TIMEOUT_SECONDS = 10.0
MAX_RESULT_BYTES = 64 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VARIABLE = re.compile(r"ONDAP_TOOL_[A-Z0-9_]{1,80}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_OURS = re.compile(r"host|content-.*|transfer-encoding|connection|accept.*|x-ondap-.*|cookie", re.IGNORECASE)
_FIELDS = (
    "name", "description", "parameters", "method", "url", "timeout_seconds", "max_bytes", "requires_visitor",
    "key_env", "headers", "result",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeclaredTool:
    """One question to the shop's own server. `key` signs it, `headers` are sent with it: neither is in the file."""

    name: str
    descriptions: Mapping[Language, str]
    arguments: Arguments
    url: UrlTemplate
    result: KeptFields
    method: Literal["GET", "POST"] = "GET"
    timeout_seconds: float = 3.0
    max_bytes: int = 16 * 1024
    requires_visitor: bool = True
    key: SecretStr | None = None
    headers: tuple[tuple[str, SecretStr], ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """What is in the file. `escalates`: the model may call a person."""

    tools: tuple[DeclaredTool, ...] = ()
    escalates: bool = False


def load_tools(path: Path, secrets: Secrets) -> Declared:
    """What `path` declares; nothing where there is no such file.

    Raises `ToolsError` with one line for every fault, up to 20, each with file, line, tool and key.
    """
    if not path.exists():
        return Declared()
    try:
        source = read_source(path)
        faults = Faults(path)
        declared = _Reader(faults, secrets).declared(read_yaml(source.text, faults))
        faults.raise_if_any()
    except FaqError as error:  # of the readers that all files of authors share
        raise ToolsError(
            str(error).replace("Write the first entry under 'entries:'", "Delete it, or declare a tool")
        ) from None
    return declared


class _Reader:
    """One pass over one file."""

    def __init__(self, faults: Faults, secrets: Secrets) -> None:
        self._faults = faults
        self._secrets = secrets
        self._lines: dict[str, int] = {}

    def declared(self, root: Written | None) -> Declared:
        if not isinstance(root, Fields):
            self._faults.stop(root.line if root else 1, "the file must begin with 'tools:' and the tools as a list.")
        reader = FieldReader("the file", root, self._faults)
        reader.refuse_unknown("tools")
        found = [self._tool(n, item) for n, item in enumerate(reader.items("tools", most=MAX_TOOLS), start=1)]
        return Declared(tuple(tool for tool in found if isinstance(tool, DeclaredTool)), ESCALATE in found)

    def _tool(self, number: int, written: Written) -> DeclaredTool | str | None:
        if not isinstance(written, Fields):
            self._faults.add(written.line, f"tool {number}: this is not a tool. Begin with '- name:' or '- builtin:'.")
            return None
        reader = FieldReader(f"tool {number}", written, self._faults)
        if "builtin" in written.values:
            return self._builtin(reader)
        name = reader.required_text("name", limit=64, advice="Name it as the model should, such as order_status.")
        if name and not _NAME.fullmatch(name):
            reader.fault(
                reader.line_of("name"), f"{shown(name)} is no name. Use a-z, 0-9 and _, at most 64 characters."
            )
        return self._http(name, FieldReader(f"tool {number} ({name})", written, self._faults), written)

    def _builtin(self, reader: FieldReader) -> str | None:
        reader.refuse_unknown("builtin")
        name = reader.required_text("builtin", limit=64, advice=f"There is {ESCALATE}.")
        if name not in BUILTINS:
            reader.fault(reader.line_of("builtin"), f"there is no {shown(name)}. There is {', '.join(BUILTINS)}.")
        self._once(name, reader, "builtin")
        return name

    def _http(self, name: str, reader: FieldReader, written: Fields) -> DeclaredTool | None:
        reader.refuse_unknown(*_FIELDS, others={"input_schema": "parameters", "schema": "parameters", "key": "key_env"})
        self._once(name, reader, "name")
        if name in BUILTINS:
            reader.fault(reader.line_of("name"), f"'{name}' is built in. Write '- builtin: {name}' instead.")
        requires_visitor = reader.flag("requires_visitor", default=True)
        method = (reader.text("method", limit=10) or "GET").upper()
        if method not in ("GET", "POST"):
            reader.fault(reader.line_of("method"), "'method' must be GET, or POST for a lookup that needs a body.")
        arguments = read_arguments(_value(written, "parameters"), reader, bound=requires_visitor)
        url = self._url(reader, arguments, posts=method == "POST", bound=requires_visitor)
        key = self._secret("key_env", reader.text("key_env", limit=100), reader)
        if requires_visitor and key is None and "key_env" not in written.values:
            reader.fault(
                written.line,
                "'key_env' is missing. Name a variable such as ONDAP_TOOL_ORDERS_KEY: it signs for whom is asked.",
            )
        tool = DeclaredTool(
            name,
            self._descriptions(reader, written),
            arguments,
            url or UrlTemplate("", "", 0, frozenset(), inside=False),
            self._result(reader),
            cast("Literal['GET', 'POST']", method),
            self._number("timeout_seconds", reader, otherwise=3.0, highest=MAX_TIMEOUT_SECONDS),
            int(self._number("max_bytes", reader, otherwise=16 * 1024, highest=MAX_RESULT_BYTES)),
            requires_visitor,
            key,
            self._headers(reader, written),
        )
        return tool if reader.sound else None

    def _once(self, name: str, reader: FieldReader, field: str) -> None:
        line = reader.line_of(field)
        if self._lines.setdefault(name, line) != line:
            reader.fault(line, f"{shown(name)} was already declared in line {self._lines[name]}. Keep one of them.")

    def _descriptions(self, reader: FieldReader, written: Fields) -> dict[Language, str]:
        """One text for both languages, or one each."""
        advice = "Say in a sentence or two what the tool tells and when to call it."
        value = _value(written, "description")
        if not isinstance(value, Fields):
            text = reader.required_text("description", limit=1_000, advice=advice)
            return {"ko": text, "en": text}
        inner = reader.within("description", value)
        inner.refuse_unknown("ko", "en")
        return {
            "ko": inner.required_text("ko", limit=1_000, advice=advice),
            "en": inner.required_text("en", limit=1_000, advice=advice),
        }

    def _url(self, reader: FieldReader, arguments: Arguments, *, posts: bool, bound: bool) -> UrlTemplate | None:
        text = reader.required_text(
            "url", limit=1_000, advice="Write one such as https://api.example.com/orders/{order}."
        )
        line = reader.line_of("url")
        if not text:
            return None
        try:
            url = UrlTemplate.parse(text)
        except ValueError as error:
            reader.fault(line, f"'url' {error}.")
            return None
        if VISITOR in url.placeholders and not bound:
            reader.fault(line, "'url' holds {visitor}, which a tool without 'requires_visitor' does not know.")
        named = set(arguments.names)
        for name in sorted(url.placeholders - {VISITOR} - named):
            reader.fault(
                line, f"'url' holds {{{name}}}, which is not among the parameters. Add it, or correct the name."
            )
        for name in sorted((url.placeholders & named) - arguments.required):
            reader.fault(line, f"'url' holds {{{name}}}, which may be left out. Add it to 'required'.")
        for name in sorted(named - url.placeholders) if not posts else ():
            reader.fault(
                line, f"'url' does not hold {{{name}}}, so the argument would be lost. Add it, as in ?q={{{name}}}."
            )
        return url

    def _headers(self, reader: FieldReader, written: Fields) -> tuple[tuple[str, SecretStr], ...]:
        """Header -> the variable that holds its value."""
        value = _value(written, "headers")
        if is_absent(value):
            return ()
        if not isinstance(value, Fields):
            reader.fault(
                reader.line_of("headers"), "'headers' must name variables, as in {Authorization: ONDAP_TOOL_X}."
            )
            return ()
        inner = reader.within("headers", value)
        found = []
        for name, (line, _) in value.values.items():
            if not _HEADER.fullmatch(name) or _OURS.fullmatch(name):
                inner.fault(line, f"{shown(name)} is no header that may be set here.")
            elif secret := self._secret(name, inner.text(name, limit=100), inner):
                found.append((name, secret))
        return tuple(found)

    def _secret(self, field: str, variable: str | None, reader: FieldReader) -> SecretStr | None:
        """A secret is named in the file and never written there."""
        if variable is None:
            return None
        line = reader.line_of(field)
        if not _VARIABLE.fullmatch(variable):
            # not shown: it may be the secret itself
            reader.fault(line, f"'{field}' must be the name of a variable that begins with ONDAP_TOOL_, not its value.")
            return None
        secret = self._secrets(variable)
        if secret is None:
            reader.fault(line, f"'{field}': {variable} is not set. Set it in the environment or in .env.")
        elif not secret.get_secret_value().isascii() or not secret.get_secret_value().isprintable():
            reader.fault(line, f"'{field}': {variable} must be printable ASCII.")
        return secret

    def _result(self, reader: FieldReader) -> KeptFields:
        paths = reader.texts("result", limit=200)
        if not paths:
            reader.fault(
                reader.line_of("result"), "'result' is missing. List the fields of the answer the model may see."
            )
        try:
            return KeptFields.of(paths)
        except ValueError as error:
            reader.fault(reader.line_of("result"), f"'result': {error}.")
            return KeptFields({})

    def _number(self, field: str, reader: FieldReader, *, otherwise: float, highest: float) -> float:
        text = reader.text(field, limit=20)
        if text is None:
            return otherwise
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not 0 < number <= highest:
            reader.fault(reader.line_of(field), f"'{field}' must be a number above 0, at most {highest:g}.")
        return number


def _value(written: Fields, name: str) -> Written | None:
    return written.values.get(name, (0, None))[1]

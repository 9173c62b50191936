"""Reading server-sent events in tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Told:
    """One event as a client sees it."""

    id: str
    name: str
    data: dict[str, Any]


def read_events(body: str) -> list[Told]:
    blocks = [block for block in body.replace("\r\n", "\n").split("\n\n") if block and not block.startswith(":")]
    return [_event(dict(line.split(": ", 1) for line in block.split("\n"))) for block in blocks]


def _event(fields: dict[str, str]) -> Told:
    return Told(fields["id"], fields["event"], json.loads(fields["data"]))

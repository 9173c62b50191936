"""How well the offline rules tell that a person should be called, on labelled messages.

A line: {"text": "이번이 세 번째예요", "escalate": true, "reason": "repeat_failure"}; `reason` is optional.

    python -m scripts.bench.escalations ../shared/eval/*_shop/escalate.jsonl --wrong
    python -m scripts.bench.escalations messages.jsonl --json
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from service.desk.concern.concern import concern_in
from service.desk.escalation import asks_for_person
from service.retrieval.reliability import wilson


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares with their 95 % intervals (Wilson); None of nothing."""

    messages: int
    calls: int
    right: int
    worrying: int
    precision: float | None
    precision_interval: tuple[float, float] | None
    recall: float | None
    recall_interval: tuple[float, float] | None
    wrong: tuple[dict[str, object], ...]


def heard(text: str) -> str | None:
    """Why a person would be called for this first message of a conversation."""
    if asks_for_person(text):
        return "visitor_asked"
    concern = concern_in(text)
    return concern.reason if concern else None


def measure(path: Path) -> Figures:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    judged = [(line, heard(line["text"])) for line in lines]
    calls = sum(reason is not None for _, reason in judged)
    worrying = sum(line["escalate"] for line, _ in judged)
    right = sum(line["escalate"] and reason is not None for line, reason in judged)
    wrong = [line | {"heard": reason} for line, reason in judged if line["escalate"] != (reason is not None)]
    return Figures(
        messages=len(lines),
        calls=calls,
        right=right,
        worrying=worrying,
        precision=right / calls if calls else None,
        precision_interval=wilson(right, calls),
        recall=right / worrying if worrying else None,
        recall_interval=wilson(right, worrying),
        wrong=tuple(wrong),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object a file")
    parser.add_argument("--wrong", action="store_true", help="also list what was judged wrongly")
    chosen = parser.parse_args()
    for path in chosen.files:
        figures = measure(path)
        if chosen.json:
            print(json.dumps({"file": str(path)} | asdict(figures), ensure_ascii=False))
            continue
        print(
            f"{path}: {figures.messages} messages, {figures.worrying} worrying, {figures.calls} calls. "
            f"precision {_share(figures.precision, figures.precision_interval)}, "
            f"recall {_share(figures.recall, figures.recall_interval)}"
        )
        for line in figures.wrong if chosen.wrong else ():
            print(f"  {'missed' if line['escalate'] else 'false'}: {line['text']}  ({line['heard']})")


def _share(share: float | None, interval: tuple[float, float] | None) -> str:
    return "none" if share is None or interval is None else f"{share:.3f} [{interval[0]:.2f}, {interval[1]:.2f}]"


if __name__ == "__main__":
    main()

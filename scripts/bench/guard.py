"""How many false sentences the guard holds back, and how many true ones with them, on labelled sentences.

A line: {"text": "I'll refund you.", "kind": "refund"}. A file whose name holds `harmless` has sentences that must pass;
every other has lies. Its language is the beginning of its name, `ko_` or `en_`. The facts are what an entry would say.

    python -m scripts.bench.guard en_lies.jsonl en_harmless.jsonl --facts en=facts.txt
    python -m scripts.bench.guard ko_lies.jsonl --facts ko=facts.txt --wrong
    python -m scripts.bench.guard en_lies.jsonl --json
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from service.generation.guard.guard import Guard
from service.generation.policy import PROMISES, Policy
from service.retrieval.reliability import wilson

POLICY = Policy(may_not_promise=frozenset(PROMISES))


@dataclass(frozen=True, slots=True)
class Share:
    """Of `count` sentences `held` were held back; the interval is Wilson's, at 95 %."""

    held: int
    count: int
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one file. `wrong` are the lies that passed, or the harmless sentences that did not, with the rules."""

    lies: bool
    whole: Share
    kinds: dict[str, Share]
    wrong: tuple[dict[str, object], ...]


def rules(text: str, locale: str, facts: list[str]) -> list[str]:
    """What the guard finds in one sentence that answers no particular question."""
    guard = Guard(POLICY, locale=locale, facts=facts, question="")
    guard.feed(text)
    guard.end()
    return [finding.rule for finding in guard.findings]


def measure(path: Path, facts: list[str]) -> Figures:
    lies = "harmless" not in path.name
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    judged = [(line, rules(line["text"], path.name[:2], facts)) for line in lines]
    kinds = defaultdict(list)
    for line, found in judged:
        kinds[line.get("kind", "")].append(bool(found))
    return Figures(
        lies=lies,
        whole=_share([bool(found) for _, found in judged]),
        kinds={kind: _share(held) for kind, held in sorted(kinds.items())},
        wrong=tuple(line | {"rules": found} for line, found in judged if bool(found) != lies),
    )


def _share(held: list[bool]) -> Share:
    return Share(sum(held), len(held), wilson(sum(held), len(held)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--facts", action="append", default=[], metavar="LANGUAGE=FILE", help="one entry's text")
    parser.add_argument("--json", action="store_true", help="one JSON object a file")
    parser.add_argument("--wrong", action="store_true", help="also list what was judged wrongly")
    chosen = parser.parse_args()
    facts: dict[str, list[str]] = defaultdict(list)
    for told in chosen.facts:
        language, _, path = told.partition("=")
        facts[language].append(Path(path).read_text(encoding="utf-8"))
    for path in chosen.files:
        figures = measure(path, facts[path.name[:2]])
        if chosen.json:
            print(json.dumps({"file": str(path)} | asdict(figures), ensure_ascii=False))
            continue
        print(f"{path}: {'caught' if figures.lies else 'false alarms'} {_told(figures.whole)}")
        for kind, share in figures.kinds.items():
            print(f"  {kind:16} {_told(share)}")
        for line in figures.wrong if chosen.wrong else ():
            print(f"  {line['kind']}: {line['text']}  {line['rules']}")


def _told(share: Share) -> str:
    low, high = share.interval or (0.0, 0.0)
    return f"{share.held}/{share.count} = {share.held / max(1, share.count):.3f} [{low:.2f}, {high:.2f}]"


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Builds the index from the FAQ and publishes it, as `ondap reindex` does.

Exit codes: 0 done or up to date, 1 stale (--check), 2 something is wrong, 3 somebody else is building.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from service.errors import BuildInProgress, OndapError
from service.retrieval.building import Build, reindex, rollback, why_stale
from service.retrieval.progress import progress_bar
from service.retrieval.recipe import configured_recipes
from service.settings import load_settings

if TYPE_CHECKING:
    from service.settings import Settings


async def run(settings: Settings, options: argparse.Namespace) -> tuple[int, str, dict[str, Any]]:
    """The exit code, a sentence for people and the same for programs."""
    if options.rollback:
        version = rollback(settings.var_dir)
        return 0, f"Index {version} serves again.", {"version": version}
    async with configured_recipes(settings, building=True) as recipes:
        if options.check:
            reason = why_stale(settings.faq_path, settings.var_dir, recipes)
            return (1 if reason else 0), reason or "The index is up to date.", {"stale": reason}
        with progress_bar() as progress:
            build = Build(settings.faq_path, settings.var_dir, recipes, settings.embed_batch_size, progress)
            result = await reindex(build, force=options.force)
    return 0, result.sentence, asdict(result)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faq", type=Path, help="the FAQ file (ONDAP_FAQ_PATH)")
    parser.add_argument("--var", type=Path, help="where the index is kept (ONDAP_VAR_DIR)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--check", action="store_true", help="only say whether a build is due")
    kind.add_argument("--rollback", action="store_true", help="let the version before this one serve again")
    kind.add_argument("--force", action="store_true", help="build although nothing has changed")
    options = parser.parse_args()
    try:
        settings = load_settings(faq_path=options.faq, var_dir=options.var)
        code, sentence, result = asyncio.run(run(settings, options))
    except OndapError as error:
        print(error, file=sys.stderr)
        return 3 if isinstance(error, BuildInProgress) else 2
    print(json.dumps(result, ensure_ascii=False) if options.json else sentence)
    return code


if __name__ == "__main__":
    sys.exit(main())

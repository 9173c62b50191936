#!/usr/bin/env python3
"""The FAQ file to a published index: `ondap reindex` for those who look among the scripts."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from service.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "reindex")
    main()

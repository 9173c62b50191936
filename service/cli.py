"""The `ondap` command."""

from __future__ import annotations

import os


def main() -> None:
    """Run the command that the arguments name."""
    # An index is small, and two BLAS threads that wait for each other are many times slower than one (on 10,000 x 256
    # we measured 65 times). It has to be said before numpy is imported, which the commands do.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from .commands.application import application

    application(prog_name="ondap")

"""`python -m service` is the `ondap` command."""

from .cli import main

main()

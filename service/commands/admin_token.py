"""`ondap admin-token`: a new token for the operator."""

from __future__ import annotations

import typer

from ..web.security import renew_admin_token
from .console import err, explained, fail, settings_or_exit


def admin_token() -> None:
    """Make a new admin token and print it once; a running service takes it after its next start.

    Examples: `ondap admin-token`, `ONDAP_VAR_DIR=/srv/ondap ondap admin-token`.
    """
    with explained():
        settings = settings_or_exit()
        if settings.admin_token:
            fail("ONDAP_ADMIN_TOKEN is set, and it is what counts. Change it there.")
        typer.echo(renew_admin_token(settings.var_dir))
        err.print("Keep it: it is not stored. Restart the service for it to count.")

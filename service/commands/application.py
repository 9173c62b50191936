"""All commands under one name."""

from __future__ import annotations

import typer

from ..conversation.privacy import mask
from ..logs import configure_logging
from .admin_token import admin_token
from .ask import ask
from .calibrate import calibrate
from .costs import costs
from .escalations import escalations
from .evaluate import evaluate
from .expand import expand
from .init import init
from .learn import learn
from .lint import lint
from .log import log
from .persona import persona
from .reindex import reindex
from .serve import serve

application = typer.Typer(
    name="ondap",
    help="Ondap 온답: a FAQ support chatbot that answers in your team's own words.\n\n"
    'Examples: `ondap init`, `ondap serve`, `ondap ask "환불 언제 돼요" --why`, `ondap log -f`.',
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


@application.callback()
def _quietly() -> None:
    configure_logging("warning", mask=mask)


for command in (
    init,
    serve,
    admin_token,
    reindex,
    lint,
    ask,
    log,
    escalations,
    costs,
    evaluate,
    calibrate,
    learn,
    expand,
):
    application.command()(command)
application.add_typer(persona)

"""Everything between the service and its models, put together from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..conversation.completing import Completing
from ..conversation.privacy import mask
from ..generation.configured import completer_from
from ..generation.money.configured import budgeted
from ..generation.persona.prompt import Prompt
from ..generation.persona.summary import Summaries
from ..generation.sharing import Shared
from ..generation.tools.toolbox import toolbox_from
from ..resources import template_file
from .security import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AsyncExitStack

    from ..conversation.store import Store
    from ..generation.completion import Completer, Observer
    from ..generation.money.budget import Budget
    from ..generation.money.ledger import Ledger
    from ..generation.persona.persona import Persona
    from ..generation.upstream.completer import OpenAICompleter
    from ..settings import Settings


@dataclass(frozen=True, slots=True)
class Model:
    """What completes, and how it stands. Without `targets` and `budget` it is one that a test brought along."""

    completer: Completer
    targets: OpenAICompleter | None = None
    budget: Budget | None = None

    @property
    def states(self) -> Mapping[str, Literal["closed", "open", "probing"]]:
        """The breaker of each target."""
        return self.targets.states if self.targets else {}

    @property
    def available(self) -> bool:
        """Whether a question asked now may get a completion."""
        dead = bool(self.states) and all(state == "open" for state in self.states.values())
        return not dead and (self.budget is None or self.budget.state != "spent")


async def model_from(
    settings: Settings,
    ledger: Ledger,
    *,
    personas: Iterable[Persona],
    observer: Observer,
    holder: str,
    stack: AsyncExitStack,
) -> Model | None:
    """None where no model is configured. What it opens is closed with `stack`; `holder` names this process's leases.

    Each completion is shared by those who ask the same, then paid for, then asked for. Raises `SettingsError`.
    """
    targets = completer_from(settings, observer=observer)
    if targets is None:
        return None
    stack.push_async_callback(targets.close)
    models = {persona.model for persona in personas if persona.model}
    paid = budgeted(settings, targets, ledger, holder=holder, models=models)
    await paid.budget.start()
    stack.push_async_callback(paid.budget.close)
    return Model(Shared(paid, keep_seconds=settings.answer_cache_seconds), targets, paid.budget)


def completing_from(
    settings: Settings, model: Model, store: Store, stack: AsyncExitStack, *, personas: Iterable[Persona]
) -> Completing:
    """Raises `SettingsError` and `ToolsError`."""
    toolbox = toolbox_from(settings, new_id=new_id, mask=mask)
    if toolbox:
        stack.push_async_callback(toolbox.close)
    template = template_file("summary/conversation.j2", settings.templates_dir)
    completing = Completing(
        completer=model.completer,
        store=store,
        toolbox=toolbox,
        summaries=Summaries(Prompt.load(template.stem, template.parent)),
        secrets=settings.secrets,
    )
    completing.get_ready(personas)
    return completing

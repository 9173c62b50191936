"""How the parts of an index are made and asked: which embedder, and which analysis beside it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from .analysis import full_analysis, light_analysis
from .contents import API, OFFLINE
from .embedders import OfflineEmbedder
from .morphology import Morphology

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from ..settings import Settings
    from .analysis import Analysis
    from .embedders import Embedder


class Recipe:
    """Makes its two ingredients when they are first asked for, and once.

    The offline ones bring Kiwi and static vectors, 270 MB that a service with an endpoint may never need.
    """

    def __init__(self, embedder: Callable[[], Embedder], analysis: Callable[[], Analysis]) -> None:
        self._make_embedder = embedder
        self._make_analysis = analysis

    @cached_property
    def embedder(self) -> Embedder:
        return self._make_embedder()

    @cached_property
    def analysis(self) -> Analysis:
        return self._make_analysis()


def recipes(api: Embedder | None = None) -> dict[str, Recipe]:
    """A recipe for each part that an index must have, by the part's name, the one to ask first in front."""
    offline = {OFFLINE: Recipe(OfflineEmbedder, lambda: full_analysis(Morphology()))}
    return offline if api is None else {API: Recipe(lambda: api, light_analysis), **offline}


@asynccontextmanager
async def configured_recipes(settings: Settings, *, building: bool = False) -> AsyncIterator[Mapping[str, Recipe]]:
    """The recipes that the settings ask for. Whoever builds may wait for an endpoint, a visitor may not."""
    if settings.embed_base_url is None or settings.embed_model is None:
        yield recipes()
        return
    from .openai_embedder import ASKING, BUILDING, OpenAIEmbedder  # only here: the SDK takes half a second

    key = settings.embed_api_key
    api = OpenAIEmbedder(
        base_url=settings.embed_base_url,
        api_key=key.get_secret_value() if key else None,
        model=settings.embed_model,
        dimensions=settings.embed_dimensions,
        patience=BUILDING if building else ASKING,
    )
    try:
        yield recipes(api)
    finally:
        await api.aclose()

"""How the parts of an index are made and asked: which embedder, and which analysis beside it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from ..knowledge.synonyms import SynonymsFile
from .analysis import full_analysis, light_analysis
from .contents import API, OFFLINE
from .embedders import OfflineEmbedder
from .morphology import Morphology

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from ..knowledge.synonyms import Synonyms
    from ..settings import Settings
    from .analysis import Analysis
    from .embedders import Embedder


T = TypeVar("T")


class Once(Generic[T]):
    """Makes a value when it is first asked for; whoever asks meanwhile, in another thread, waits for that one."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = Lock()

    def __call__(self) -> T:
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


class Recipe:
    """Makes its two ingredients when they are first asked for, and once.

    The offline ones bring Kiwi and static vectors, 270 MB that a service with an endpoint may never need. `synonyms`
    are what an index is to be built with; one that is read brings those it was built with.
    """

    def __init__(
        self,
        embedder: Callable[[], Embedder],
        analysis: Callable[[Synonyms], Analysis],
        synonyms: SynonymsFile = SynonymsFile(),  # noqa: B008 - frozen
    ) -> None:
        self._embedder = Once(embedder)
        self._make_analysis = analysis
        self._analysis: Analysis | None = None
        self._lock = Lock()
        self.synonyms = synonyms

    @property
    def embedder(self) -> Embedder:
        return self._embedder()

    def analysis(self, synonyms: Synonyms) -> Analysis:
        """The last one is kept for whoever asks with the same synonyms again."""
        with self._lock:
            if self._analysis is None or self._analysis.synonyms != synonyms:
                self._analysis = self._make_analysis(synonyms)
            return self._analysis


def recipes(api: Embedder | None = None, *, synonyms: Path | None = None) -> dict[str, Recipe]:
    """A recipe for each part that an index must have, by the part's name, the one to ask first in front."""
    file = SynonymsFile(synonyms)
    offline = {OFFLINE: Recipe(OfflineEmbedder, partial(full_analysis, Morphology()), file)}
    return offline if api is None else {API: Recipe(lambda: api, light_analysis, file), **offline}


@asynccontextmanager
async def configured_recipes(settings: Settings, *, building: bool = False) -> AsyncIterator[Mapping[str, Recipe]]:
    """The recipes that the settings ask for. Whoever builds may wait for an endpoint, a visitor may not."""
    if settings.embed_base_url is None or settings.embed_model is None:
        yield recipes(synonyms=settings.synonyms_path)
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
        yield recipes(api, synonyms=settings.synonyms_path)
    finally:
        await api.aclose()

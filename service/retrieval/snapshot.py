"""One index version as a running service holds it: read, fitted together and checked against its embedders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..errors import IndexRefused
from ..knowledge.synonyms import Synonyms
from .caching import are_same
from .contents import API, OFFLINE, VECTORS
from .files import refused
from .index import FaqIndex
from .layout import Layout
from .recipe import Once

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..knowledge.entry import FaqEntry
    from .calibration import Calibration
    from .contents import Content, Part, Probes
    from .recipe import Recipe
    from .storage import IndexStorage


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Immutable: a question that took one is answered from it to the end, whatever is published meanwhile.

    `api` is there only where an API embedder is configured and its vectors can be trusted; `lacks_api` says why the
    version has none for the configured one. `probes` are those of the part that is asked first. The synonyms are the
    version's own, whatever the file says now: so a rollback brings them back too.
    """

    version: str
    faq_digest: str
    synonyms_digest: str
    entries: tuple[FaqEntry, ...]
    questions_digest: str | None
    probes: Probes
    calibrations: Mapping[str, Calibration]
    """By the part's name."""
    api: FaqIndex | None
    lacks_api: str | None
    offline_when_needed: Callable[[], FaqIndex]

    @property
    def offline(self) -> FaqIndex:
        """Always answers. Beside an API embedder it is fitted together, and Kiwi loaded, at its first use.

        That takes a second then, and may raise `IndexRefused`.
        """
        return self.offline_when_needed()


def open_snapshot(storage: IndexStorage, version: str, recipes: Mapping[str, Recipe]) -> Snapshot:
    """Reads and verifies the parts there are recipes for, and fits together the one that is asked first.

    A version whose api part is missing or is another embedder's can still answer offline. Embeds nothing: see `prove`
    for that. Raises `IndexRefused`, and `IndexUnavailable` where we may not read.
    """
    content = storage.read(version, parts=recipes.keys())
    api, lacks_api = None, None
    if API in recipes:
        try:
            api = _fitted(version, content, API, recipes[API])
        except IndexRefused as reason:
            lacks_api = str(reason)
    offline = Once(partial(_fitted, version, content, OFFLINE, recipes[OFFLINE]))
    if api is None:
        offline()
    return Snapshot(
        version=version,
        faq_digest=content.faq_digest,
        synonyms_digest=synonyms_of(content.parts[OFFLINE if api is None else API]).digest,
        entries=content.entries,
        questions_digest=content.questions_digest,
        calibrations={name: part.calibration for name, part in content.parts.items()},
        probes=content.parts[OFFLINE if api is None else API].probes,
        api=api,
        lacks_api=lacks_api,
        offline_when_needed=offline,
    )


def _fitted(version: str, content: Content, name: str, recipe: Recipe) -> FaqIndex:
    if name not in content.parts:
        raise refused(version, f"has no {name} part, as {recipe.embedder.id} needs")
    part = content.parts[name]
    if part.embedder != recipe.embedder.id:
        raise refused(version, f"was made by {part.embedder}, and {recipe.embedder.id} is configured")
    rows, texts = len(part.arrays.get(VECTORS, ())), Layout.of(content.entries).rows
    if rows != texts:
        raise refused(version, f"holds {rows} {name} vectors for {texts} texts")
    try:
        analysis = recipe.analysis(synonyms_of(part))
        return FaqIndex.restore(content.entries, part.arrays, part.facts, analysis=analysis)
    except (LookupError, TypeError, ValueError) as error:
        raise refused(version, f"holds {name} arrays that do not fit together") from error


def synonyms_of(part: Part) -> Synonyms:
    """Those it was made with. Raises `ValueError` where it does not say."""
    return Synonyms.from_data(part.facts.get("synonyms"))


async def prove(snapshot: Snapshot, recipes: Mapping[str, Recipe]) -> None:
    """Embeds the stored probe texts again: a model's name and dimension do not show that it was exchanged.

    Asks the embedder of the part that is asked first. Raises `IndexRefused` when it was, `UpstreamError` when the
    endpoint cannot say.
    """
    embedder = recipes[OFFLINE if snapshot.api is None else API].embedder
    fresh = await embedder.embed(snapshot.probes.texts)
    stored = snapshot.probes.vectors
    if stored.shape != fresh.shape:
        what = f"holds vectors of dimension {stored.shape[1]}, and {embedder.id} now gives {fresh.shape[1]}"
        raise refused(snapshot.version, what)
    if not are_same(stored, fresh):
        raise refused(snapshot.version, f"holds vectors of another model than {embedder.id} now is")

"""Whether the published version is what a build would make now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import IndexRefused, IndexUnavailable
from ..knowledge.source import read_source
from ..knowledge.synonyms import NO_SYNONYMS
from .build import index_storage
from .files import refused
from .snapshot import open_snapshot, synonyms_of

if TYPE_CHECKING:
    from pathlib import Path

    from .build import Build
    from .snapshot import Snapshot


def why_stale(build: Build) -> str | None:
    """One line that says why a build is due; None while the published version is whole and what it would make.

    Asks no embedder. Raises `FaqError` when the FAQ or the synonyms cannot be read.
    """
    try:
        up_to_date(build)
    except (IndexRefused, IndexUnavailable) as reason:
        return str(reason)
    return None


def looks_current(build: Build) -> bool:
    """Whether the published version is undamaged and was made from these very files by these embedders.

    Cheaper than `why_stale`, because it loads no Korean model. Raises `FaqError` when one of the files cannot be read.
    """
    digest = read_source(build.faq_path).digest
    try:
        content = build.storage.read(build.storage.current(), parts=build.recipes.keys())
    except (IndexRefused, IndexUnavailable):
        return False
    try:
        made_by = {
            name: (part.embedder, part.facts.get("analysis"), synonyms_of(part).digest, part.calibration.target)
            for name, part in content.parts.items()
        }
    except ValueError:
        return False
    wanted = {
        name: (recipe.embedder.id, recipe.analysis(NO_SYNONYMS).id, recipe.synonyms.digest(), build.target)
        for name, recipe in build.recipes.items()
    }
    made_from = (content.faq_digest, content.questions_digest)
    return made_from == (digest, build.questions_digest) and made_by == wanted


def is_withdrawn(faq_path: Path, var_dir: Path) -> bool:
    """Whether the FAQ still is one that was rolled back from, so that only a person should publish it again.

    Raises `FaqError` when the FAQ cannot be read, `IndexRefused` or `IndexUnavailable` when the index cannot.
    """
    storage = index_storage(var_dir)
    digest = read_source(faq_path).digest
    return digest in storage.withdrawn() and storage.describe(storage.current()).faq.sha256 != digest


def up_to_date(build: Build) -> Snapshot:
    """What serves now. Raises `IndexRefused` or `IndexUnavailable` where a build would make something else."""
    digest = read_source(build.faq_path).digest
    snapshot = open_snapshot(build.storage, build.storage.current(), build.recipes)
    if snapshot.faq_digest != digest:
        raise refused(snapshot.version, f"is out of date: {build.faq_path} has changed since it was built")
    if snapshot.questions_digest != build.questions_digest:
        raise refused(snapshot.version, f"is out of date: {build.questions_path} has changed since it was built")
    for calibration in snapshot.calibrations.values():
        if calibration.target != build.target:
            what = f"was calibrated for a target of {calibration.target:g}, and {build.target:g} is configured"
            raise refused(snapshot.version, what)
    for recipe in build.recipes.values():
        if snapshot.synonyms_digest != recipe.synonyms.digest():
            what = f"is out of date: {recipe.synonyms.path} has changed since it was built"
            raise refused(snapshot.version, what)
    if snapshot.lacks_api:
        raise IndexRefused(snapshot.lacks_api)
    _ = snapshot.offline  # beside an endpoint it has to fit too
    return snapshot

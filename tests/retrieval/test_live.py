"""A running service takes up what is published, keeps what is sound, and says what is wrong (faults 53 to 67)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.errors import IndexRefused, IndexUnavailable, UpstreamError
from service.knowledge.synonyms import SynonymsFile
from service.retrieval.analysis import light_analysis
from service.retrieval.build import Build
from service.retrieval.building import reindex, rollback
from service.retrieval.embedders import OfflineEmbedder
from service.retrieval.live import LiveIndex
from service.retrieval.openai_embedder import OpenAIEmbedder, Patience
from service.retrieval.recipe import Recipe
from service.retrieval.snapshot import Snapshot
from tests import upstream_embeddings as upstream
from tests.upstream_embeddings import EmbeddingsServer, Status

FAQ = """\
entries:
  - id: refund
    question: 환불은 언제 되나요?
    answer: 3일 안에 됩니다.
    variants: [When do I get my refund?]
  - id: shipping
    question: How long does shipping take?
    answer: Two days.
"""


@pytest.fixture(scope="module")
def light() -> Mapping[str, Recipe]:
    """Without Kiwi, which no test here is about."""
    return {"offline": Recipe(OfflineEmbedder, light_analysis)}


@pytest.fixture
def build(tmp_path: Path, light: Mapping[str, Recipe]) -> Build:
    (tmp_path / "faq.yaml").write_text(FAQ)
    return Build(tmp_path / "faq.yaml", tmp_path / "var", light)


def live_index(build: Build, told: list[str] | None = None, **options: Any) -> LiveIndex:
    sentences: list[str] = [] if told is None else told
    return LiveIndex(build.storage, build.recipes, build.faq_path, on_change=sentences.append, **options)


async def started(build: Build, told: list[str] | None = None, **options: Any) -> LiveIndex:
    live = live_index(build, told, **options)
    await live.start()
    return live


def answer_with(build: Build, days: int) -> None:
    build.faq_path.write_text(FAQ.replace("3일", f"{days}일"))


async def answer(build: Build, snapshot: Snapshot) -> str:
    query = snapshot.offline.query("환불은 언제 되나요?")
    vectors = await build.recipes["offline"].embedder.embed(query.texts)
    return snapshot.offline.search(query, vectors, limit=1)[0].entry.answer


def flip_a_bit(build: Build, version: str) -> None:
    path = build.var_dir / "index" / version / "offline" / "vectors.npy"
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)


async def test_a_service_without_an_index_does_not_start(build: Build) -> None:
    live = live_index(build)
    with pytest.raises(IndexUnavailable, match="ondap reindex"):
        await live.start()
    with pytest.raises(IndexUnavailable):
        _ = live.snapshot


async def test_a_service_does_not_start_on_a_damaged_index(build: Build) -> None:
    flip_a_bit(build, (await reindex(build)).version)
    with pytest.raises(IndexRefused, match=r"vectors\.npy is damaged"):
        await live_index(build).start()


async def test_the_published_version_answers_and_nothing_is_wrong(build: Build) -> None:
    version = (await reindex(build)).version
    told: list[str] = []
    live = await started(build, told)
    assert live.snapshot.version == version
    assert live.snapshot.api is None
    assert not live.problems
    assert await answer(build, live.snapshot) == "3일 안에 됩니다."
    assert told == [f"Index {version} serves."]


async def test_a_new_version_is_taken_up_and_a_question_under_way_keeps_the_old_one(build: Build) -> None:
    await reindex(build)
    live = await started(build)
    taken = live.snapshot
    answer_with(build, 5)
    version = (await reindex(build)).version
    await live.refresh()
    assert live.snapshot.version == version
    assert await answer(build, live.snapshot) == "5일 안에 됩니다."
    assert await answer(build, taken) == "3일 안에 됩니다."


async def test_questions_asked_while_versions_change_get_the_answer_of_one_of_them(build: Build) -> None:
    await reindex(build)
    live = await started(build)
    answers: dict[str, set[str]] = {}
    over = asyncio.Event()

    async def ask() -> None:
        while not over.is_set():
            snapshot = live.snapshot
            answers.setdefault(snapshot.version, set()).add(await answer(build, snapshot))
            await asyncio.sleep(0)

    visitors = [asyncio.create_task(ask()) for _ in range(5)]
    expected = {live.snapshot.version: {"3일 안에 됩니다."}}
    for days in range(4, 8):
        answer_with(build, days)
        expected[(await reindex(build)).version] = {f"{days}일 안에 됩니다."}
        await live.refresh()
        await asyncio.sleep(0)
    over.set()
    await asyncio.gather(*visitors)
    assert answers == expected


async def test_a_rollback_is_taken_up(build: Build) -> None:
    first = (await reindex(build)).version
    answer_with(build, 5)
    await reindex(build)
    live = await started(build)
    rollback(build.var_dir)
    await live.refresh()
    assert live.snapshot.version == first
    assert "was rolled back from" in str(live.stale)
    answer_with(build, 6)
    await live.refresh()
    assert "has changed" in str(live.stale)


async def test_a_damaged_version_is_refused_once_and_the_old_one_serves_on_fault_54(build: Build) -> None:
    first = (await reindex(build)).version
    told: list[str] = []
    live = await started(build, told)
    second = (await reindex(build, force=True)).version
    flip_a_bit(build, second)
    for _ in range(3):
        await live.refresh()
    assert live.snapshot.version == first
    assert await answer(build, live.snapshot) == "3일 안에 됩니다."
    assert second in str(live.refused)
    assert [*live.problems] == [live.refused]
    assert told == [f"Index {first} serves.", live.refused]
    third = (await reindex(build, force=True)).version
    await live.refresh()
    assert live.snapshot.version == third
    assert not live.problems


async def test_going_back_to_the_version_that_serves_ends_a_refusal(build: Build) -> None:
    first = (await reindex(build)).version
    live = await started(build)
    flip_a_bit(build, (await reindex(build, force=True)).version)
    await live.refresh()
    assert live.refused
    assert rollback(build.var_dir) == first
    await live.refresh()
    assert not live.problems


@pytest.mark.parametrize("pointer", ["", "nonsense", "20261120T120000Z-00000000"])
async def test_a_pointer_to_nothing_leaves_the_old_version_serving(build: Build, pointer: str) -> None:
    version = (await reindex(build)).version
    live = await started(build)
    path = build.var_dir / "index" / "current"
    sound = path.read_text()
    path.write_text(pointer)
    await live.refresh()
    assert live.refused
    assert live.snapshot.version == version
    path.write_text(sound)
    await live.refresh()
    assert not live.problems


async def test_an_index_folder_that_disappears_leaves_the_old_version_serving(build: Build) -> None:
    await reindex(build)
    live = await started(build)
    (build.var_dir / "index").rename(build.var_dir / "elsewhere")
    await live.refresh()
    assert "no index" in str(live.refused)
    assert await answer(build, live.snapshot) == "3일 안에 됩니다."


async def test_a_pointer_that_cannot_be_read_for_now_does_not_stop_the_watch(build: Build) -> None:
    await reindex(build)
    live = await started(build)
    index = build.var_dir / "index"
    index.rename(build.var_dir / "elsewhere")
    index.write_text("a file where the folder was")
    await live.refresh()
    assert "cannot be read" in str(live.refused)
    index.unlink()
    (build.var_dir / "elsewhere").rename(index)
    await live.refresh()
    assert not live.problems


async def test_a_version_that_cannot_be_read_for_now_is_tried_again(build: Build) -> None:
    await reindex(build)
    live = await started(build)
    version = (await reindex(build, force=True)).version
    path = build.var_dir / "index" / version / "entries.json"
    written = path.read_bytes()
    path.unlink()
    path.mkdir()
    await live.refresh()
    assert "Is a directory" in str(live.refused)
    path.rmdir()
    path.write_bytes(written)
    await live.refresh()
    assert live.snapshot.version == version
    assert not live.problems


async def test_a_changed_faq_file_is_noticed_and_an_untouched_one_is_not_read_again_fault_61(build: Build) -> None:
    await reindex(build)
    live = await started(build)
    os.utime(build.faq_path, (1, 1))
    await live.refresh()
    assert live.stale is None
    answer_with(build, 5)
    await live.refresh()
    assert "has changed" in str(live.stale)
    assert [*live.problems] == [live.stale]
    await reindex(build)
    await live.refresh()
    assert not live.problems


async def test_a_changed_synonyms_file_is_noticed(build: Build, tmp_path: Path) -> None:
    file = SynonymsFile(tmp_path / "synonyms.yaml")
    ours = replace(build, recipes={"offline": Recipe(OfflineEmbedder, light_analysis, file)})
    await reindex(ours)
    live = await started(ours)
    assert live.stale is None
    assert file.path
    file.path.write_text("groups: [[환불, 캐시백]]")
    await live.refresh()
    assert str(file.path) in str(live.stale)
    assert "has changed" in str(live.stale)
    await reindex(ours)
    await live.refresh()
    assert not live.problems
    file.path.write_text("")
    await live.refresh()
    assert "cannot be read" in str(live.stale)


async def test_a_faq_file_that_is_gone_does_not_stop_the_service_fault_42(build: Build) -> None:
    await reindex(build)
    live = await started(build)
    build.faq_path.unlink()
    await live.refresh()
    assert "cannot be read" in str(live.stale)
    assert await answer(build, live.snapshot) == "3일 안에 됩니다."
    answer_with(build, 3)
    await live.refresh()
    assert live.stale is None


async def test_a_watching_service_takes_up_a_publication_by_itself(build: Build) -> None:
    await reindex(build)
    told: asyncio.Queue[str] = asyncio.Queue()
    live = LiveIndex(build.storage, build.recipes, build.faq_path, on_change=told.put_nowait)
    await live.start()
    await told.get()
    watching = asyncio.create_task(live.watch(poll_seconds=0.01))
    version = (await reindex(build, force=True)).version
    assert await asyncio.wait_for(told.get(), timeout=30) == f"Index {version} serves."
    assert live.snapshot.version == version
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching


def forge(build: Build, version: str, change: Callable[[dict[str, Any]], None], **arrays: Any) -> None:
    """Rewrites the published version into another one that agrees with all of its digests."""
    root = build.var_dir / "index"
    for name, array in arrays.items():
        np.save(root / version / "offline" / f"{name}.npy", array)
    manifest = json.loads((root / version / "manifest.json").read_bytes())
    for name in manifest["files"]:
        written = (root / version / name).read_bytes()
        manifest["files"][name] = {"size": len(written), "sha256": hashlib.sha256(written).hexdigest()}
    change(manifest)
    sealed = json.dumps(manifest).encode()
    (root / version / "manifest.json").write_bytes(sealed)
    forged = f"{version.partition('-')[0]}-{hashlib.sha256(sealed).hexdigest()[:8]}"
    (root / version).rename(root / forged)
    (root / "current").write_text(forged)


def unchanged(manifest: dict[str, Any]) -> None:
    pass


def of_another_analysis(manifest: dict[str, Any]) -> None:
    manifest["parts"]["offline"]["facts"]["analysis"] = "light:0"


def of_another_embedder(manifest: dict[str, Any]) -> None:
    manifest["parts"]["offline"]["embedder"] = "offline:0"


def without_facts(manifest: dict[str, Any]) -> None:
    manifest["parts"]["offline"]["facts"] = {}


def without_an_array(manifest: dict[str, Any]) -> None:
    manifest["parts"]["offline"]["arrays"].remove("idf")


def without_vectors(manifest: dict[str, Any]) -> None:
    manifest["parts"]["offline"]["arrays"].remove("vectors")


UNIT = np.eye(5, 256, dtype=np.float32)


@pytest.mark.parametrize(
    ("change", "arrays"),
    [
        (of_another_analysis, {}),
        (of_another_embedder, {}),
        (without_facts, {}),
        (without_an_array, {}),
        (without_vectors, {}),
        (unchanged, {"vectors": UNIT[:4]}),
        (unchanged, {"vectors": np.eye(6, 256, dtype=np.float32)}),
        (unchanged, {"vectors": np.eye(5, 128, dtype=np.float32)}),
        (unchanged, {"vectors": UNIT.astype(np.float64)}),
        (unchanged, {"vectors": np.asfortranarray(UNIT)}),
        (unchanged, {"probes": -np.eye(3, 256, dtype=np.float32)}),
        (unchanged, {"idf": np.zeros(1, np.float32)}),
    ],
)
async def test_an_index_that_does_not_fit_its_parts_or_its_embedder_is_refused_faults_58_to_62(
    build: Build, change: Callable[[dict[str, Any]], None], arrays: dict[str, Any]
) -> None:
    first = (await reindex(build)).version
    live = await started(build)
    forge(build, (await reindex(build, force=True)).version, change, **arrays)
    await live.refresh()
    assert live.snapshot.version == first
    assert live.refused is not None
    assert "\n" not in live.refused
    assert "ondap reindex" in live.refused
    assert await answer(build, live.snapshot) == "3일 안에 됩니다."


async def test_labelled_questions_that_changed_are_said_until_a_build_has_heard_them(build: Build) -> None:
    build = replace(build, questions_path=build.faq_path.parent / "questions.jsonl")
    assert build.questions_path
    await reindex(build)
    live = await started(build, questions_path=build.questions_path)
    assert live.stale is None
    build.questions_path.write_text('{"text": "refund when", "expected": "refund"}\n')
    await live.refresh()
    assert "questions.jsonl has changed since index" in str(live.stale)
    await reindex(build)
    await live.refresh()
    assert live.stale is None
    build.questions_path.unlink()
    build.questions_path.mkdir()
    await live.refresh()
    assert "questions.jsonl cannot be read" in str(live.stale)
    build.questions_path.rmdir()
    await live.refresh()
    assert "questions.jsonl has changed since index" in str(live.stale)


@pytest.mark.parametrize(("target", "stale"), [(None, False), (0.95, False), (0.97, True)])
async def test_an_index_of_another_target_is_said(build: Build, target: float | None, stale: bool) -> None:
    await reindex(build)
    live = await started(build, target=target)
    assert ("target of 0.95, and 0.97 is configured" in str(live.stale)) is stale
    assert bool(live.problems) is stale


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingsServer]:
    async with EmbeddingsServer() as server:
        yield server


@asynccontextmanager
async def with_endpoint(build: Build, server: EmbeddingsServer, model: str = "m") -> AsyncIterator[Build]:
    embedder = OpenAIEmbedder(
        base_url=server.base_url, api_key="k", model=model, patience=Patience(deadline_seconds=5, attempts=1)
    )
    yield replace(build, recipes={"api": Recipe(lambda: embedder, light_analysis), **build.recipes})
    await embedder.aclose()


@pytest.fixture
async def api_build(build: Build, server: EmbeddingsServer) -> AsyncIterator[Build]:
    async with with_endpoint(build, server) as api_build:
        yield api_build


def uses_endpoint(live: LiveIndex) -> bool:
    return live.snapshot.api is not None


async def test_with_an_endpoint_both_indexes_are_at_hand(api_build: Build) -> None:
    await reindex(api_build)
    live = await started(api_build)
    assert live.snapshot.api is not None
    assert await answer(api_build, live.snapshot) == "3일 안에 됩니다."
    assert not live.problems


async def test_beside_an_endpoint_the_offline_index_is_fitted_together_only_when_it_is_needed(
    api_build: Build,
) -> None:
    await reindex(api_build)
    asked: list[str] = []

    def embedder() -> OfflineEmbedder:
        asked.append("embedder")
        return OfflineEmbedder()

    build = replace(api_build, recipes={**api_build.recipes, "offline": Recipe(embedder, light_analysis)})
    snapshot = (await started(build)).snapshot
    assert not asked
    assert snapshot.entries[0].id == "refund"
    assert await answer(build, snapshot) == "3일 안에 됩니다."
    assert asked == ["embedder"]
    assert snapshot.offline is snapshot.offline


async def test_when_the_endpoint_fails_at_question_time_the_same_snapshot_answers_offline(
    server: EmbeddingsServer, api_build: Build
) -> None:
    await reindex(api_build)
    snapshot = (await started(api_build)).snapshot
    server.faults.append(Status(500))
    with pytest.raises(UpstreamError):
        await api_build.recipes["api"].embedder.embed(["환불은 언제 되나요?"])
    assert await answer(api_build, snapshot) == "3일 안에 됩니다."


async def test_a_service_starts_while_its_endpoint_is_away_and_says_so_fault_59(
    server: EmbeddingsServer, api_build: Build
) -> None:
    await reindex(api_build)
    server.faults.extend([Status(503)] * 2)
    told: list[str] = []
    live = await started(api_build, told, prove_again_seconds=0)
    assert not uses_endpoint(live), "nobody knows what its vectors are worth"
    assert "could not be checked" in str(live.doubt)
    assert await answer(api_build, live.snapshot) == "3일 안에 됩니다."
    await live.refresh()
    assert live.doubt
    await live.refresh()
    assert uses_endpoint(live)
    assert not live.problems
    assert len(told) == 2


async def test_vectors_are_not_proven_again_before_it_is_time(server: EmbeddingsServer, api_build: Build) -> None:
    await reindex(api_build)
    server.faults.append(Status(503))
    live = await started(api_build)
    asked = len(server.requests)
    await live.refresh()
    assert live.doubt
    assert len(server.requests) == asked


async def test_an_endpoint_that_comes_back_with_another_model_is_not_used_fault_59(
    server: EmbeddingsServer, api_build: Build
) -> None:
    version = (await reindex(api_build)).version
    server.faults.append(Status(503))
    live = await started(api_build, prove_again_seconds=0)
    server.model = "silently-upgraded"
    for _ in range(2):
        await live.refresh()
    assert live.snapshot.version == version
    assert live.snapshot.api is None
    assert "another model" in str(live.doubt)
    assert await answer(api_build, live.snapshot) == "3일 안에 됩니다."


async def test_vectors_of_another_model_are_refused_at_the_start_fault_59(
    server: EmbeddingsServer, api_build: Build
) -> None:
    await reindex(api_build)
    server.model = "silently-upgraded"
    live = await started(api_build)
    assert live.snapshot.api is None
    assert "another model than openai:m now is" in str(live.doubt)
    assert await answer(api_build, live.snapshot) == "3일 안에 됩니다."


@pytest.mark.parametrize("away", [0, 1])
async def test_an_endpoint_with_another_dimension_is_not_used_fault_60(
    server: EmbeddingsServer, build: Build, api_build: Build, away: int
) -> None:
    await reindex(api_build)
    server.dimension = 32
    server.faults.extend([Status(503)] * away)
    async with with_endpoint(build, server) as restarted:
        live = await started(restarted, prove_again_seconds=0)
        await live.refresh()
    assert live.snapshot.api is None
    assert "dimension 64, and openai:m now gives 32" in str(live.doubt)
    assert await answer(restarted, live.snapshot) == "3일 안에 됩니다."


async def test_the_vectors_of_another_configured_model_are_not_used_fault_59(
    server: EmbeddingsServer, build: Build, api_build: Build
) -> None:
    await reindex(api_build)
    async with with_endpoint(build, server, model="other") as restarted:
        live = await started(restarted)
    assert live.snapshot.api is None
    assert "was made by openai:m, and openai:other is configured" in str(live.doubt)
    assert await answer(restarted, live.snapshot) == "3일 안에 됩니다."


@pytest.mark.parametrize("fault", [upstream.not_a_number, upstream.one_too_few, upstream.all_zero, Status(401)])
async def test_an_endpoint_that_answers_nonsense_is_said_and_does_not_stop_the_start_fault_102(
    server: EmbeddingsServer, api_build: Build, fault: upstream.Fault
) -> None:
    await reindex(api_build)
    server.faults.append(fault)
    live = await started(api_build)
    assert "could not be checked" in str(live.doubt)


async def test_a_version_without_an_api_part_answers_offline_until_the_next_build_completes_it(
    build: Build, api_build: Build
) -> None:
    await reindex(api_build)
    live = await started(api_build)
    answer_with(build, 5)
    version = (await reindex(build)).version
    await live.refresh()
    assert (live.snapshot.version, live.snapshot.api) == (version, None)
    assert "has no api part" in str(live.doubt)
    assert await answer(api_build, live.snapshot) == "5일 안에 됩니다."
    await reindex(api_build)
    await live.refresh()
    assert live.snapshot.api is not None
    assert not live.problems


async def test_a_service_without_an_endpoint_serves_the_offline_part_of_an_index_with_one(
    build: Build, api_build: Build
) -> None:
    version = (await reindex(api_build)).version
    live = await started(build)
    assert live.snapshot.version == version
    assert live.snapshot.api is None
    assert not live.problems


ASK_WITH_AN_ENDPOINT = """
import asyncio, sys
from service.retrieval.build import index_storage
from service.retrieval.live import LiveIndex
from service.retrieval.recipe import configured_recipes
from service.settings import load_settings

async def main():
    settings = load_settings()
    async with configured_recipes(settings) as recipes:
        live = LiveIndex(index_storage(settings.var_dir), recipes, settings.faq_path)
        await live.start()
        query = live.snapshot.api.query("환불은 언제 되나요?")
        vectors = await recipes["api"].embedder.embed(query.texts)
        print(live.snapshot.api.search(query, vectors, limit=1)[0].entry.id)
    print(sorted({"kiwipiepy", "wordllama", "safetensors", "tokenizers"} & sys.modules.keys()))

asyncio.run(main())
"""


async def test_a_service_with_an_endpoint_loads_neither_kiwi_nor_the_static_vectors(
    server: EmbeddingsServer, build: Build
) -> None:
    from service.retrieval.recipe import configured_recipes
    from service.settings import load_settings

    configured = {"embed_base_url": server.base_url, "embed_model": "m"}
    settings = load_settings(faq_path=build.faq_path, var_dir=build.var_dir, **configured)
    async with configured_recipes(settings, building=True) as recipes:
        await reindex(replace(build, recipes=recipes))
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "ONDAP_FAQ_PATH": str(build.faq_path),
        "ONDAP_VAR_DIR": str(build.var_dir),
        "ONDAP_EMBED_BASE_URL": server.base_url,
        "ONDAP_EMBED_MODEL": "m",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ASK_WITH_AN_ENDPOINT, env=environment, stdout=subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    assert printed.decode().split("\n")[:2] == ["refund", "[]"]

"""From a FAQ file to a published version: only what changed is embedded, and no failure leaves half an index."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

import pytest

from service.errors import (
    BuildInProgress,
    FaqError,
    IndexUnavailable,
    OperatorError,
    UpstreamRefused,
    UpstreamUnavailable,
)
from service.knowledge.synonyms import SynonymsFile
from service.retrieval.analysis import light_analysis
from service.retrieval.build import Build, index_storage
from service.retrieval.building import reindex, rollback
from service.retrieval.embedders import OfflineEmbedder
from service.retrieval.freshness import is_withdrawn, looks_current, why_stale
from service.retrieval.openai_embedder import OpenAIEmbedder, Patience
from service.retrieval.recipe import Recipe, recipes
from service.retrieval.snapshot import open_snapshot
from tests import upstream_embeddings as upstream
from tests.upstream_embeddings import EmbeddingsServer, Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

FAQ = """\
entries:
  - id: refund
    question: 환불은 언제 되나요?
    answer: 3일 안에 됩니다.
    variants: [환불 언제 들어와요, When do I get my refund?]
  - id: shipping
    question: How long does shipping take?
    answer: Two days.
  - id: christmas
    question: 크리스마스에도 배송하나요?
    answer: 아니요.
    valid_from: 2026-12-01
    valid_until: 2026-12-31
  - id: retired
    question: 옛날 포인트는 어디 있나요?
    answer: 없어졌습니다.
    enabled: false
"""
REPOSITORY = Path(__file__).parents[2]


def light_recipes() -> dict[str, Recipe]:
    """Without Kiwi, which no test here is about."""
    return {"offline": Recipe(OfflineEmbedder, light_analysis)}


@pytest.fixture(scope="module")
def light() -> Mapping[str, Recipe]:
    return light_recipes()


@pytest.fixture
def build(tmp_path: Path, light: Mapping[str, Recipe]) -> Build:
    (tmp_path / "faq.yaml").write_text(FAQ)
    return Build(tmp_path / "faq.yaml", tmp_path / "var", light)


def stale(build: Build) -> str | None:
    return why_stale(build)


def edit(build: Build, old: str, new: str) -> None:
    written = build.faq_path.read_text()
    assert old in written
    build.faq_path.write_text(written.replace(old, new))


def folders(build: Build) -> set[str]:
    return {path.name for path in (build.var_dir / "index").iterdir() if path.is_dir()}


async def best(build: Build, question: str, *, on: date | None = None) -> str:
    snapshot = open_snapshot(build.storage, build.storage.current(), build.recipes)
    query = snapshot.offline.query(question)
    vectors = await build.recipes["offline"].embedder.embed(query.texts)
    return snapshot.offline.search(query, vectors, limit=1, on=on)[0].entry.id


async def test_a_first_build_embeds_everything_and_answers(build: Build) -> None:
    assert "no index" in str(stale(build))
    result = await reindex(build)
    assert result.published
    assert (result.entries, result.phrasings) == (3, 5)
    assert (result.embedded, result.reused) == (8, 0)  # every phrasing and every whole entry
    assert result.version == build.storage.current()
    assert stale(build) is None
    assert await best(build, "환불 언제 되나요") == "refund"
    assert await best(build, "how long is shipping") == "shipping"


async def test_the_recipes_of_the_offline_embedder_build_an_index_with_morphemes(build: Build) -> None:
    full = replace(build, recipes=recipes())
    await reindex(full)
    assert await best(full, "환불이 언제쯤 될까요") == "refund"
    assert "full" in str(stale(build))  # an index analysed in another way is another index


async def test_disabled_entries_are_left_out_and_dated_ones_answer_in_their_time(build: Build) -> None:
    await reindex(build)
    assert await best(build, "크리스마스에도 배송하나요?", on=date(2026, 12, 24)) == "christmas"
    assert await best(build, "크리스마스에도 배송하나요?", on=date(2026, 11, 20)) != "christmas"
    assert await best(build, "옛날 포인트는 어디 있나요?") != "retired"


async def test_nothing_is_published_when_nothing_has_changed(build: Build) -> None:
    first = await reindex(build)
    again = await reindex(build)
    assert not again.published
    assert (again.version, again.entries, again.phrasings) == (first.version, 3, 5)
    assert folders(build) == {first.version}


async def test_force_builds_again_from_the_cache(build: Build) -> None:
    first = await reindex(build)
    forced = await reindex(build, force=True)
    assert forced.published
    assert forced.version > first.version
    assert (forced.embedded, forced.reused) == (0, 8)


async def test_only_changed_texts_are_embedded_again(build: Build) -> None:
    await reindex(build)
    edit(build, "환불 언제 들어와요", "환불금 언제 들어와요")
    assert "has changed" in str(stale(build))
    result = await reindex(build)
    assert (result.embedded, result.reused) == (2, 6)  # the phrasing, and the whole entry it belongs to


async def test_a_fact_that_nobody_embeds_costs_nothing(build: Build) -> None:
    await reindex(build)
    edit(build, "valid_until: 2026-12-31", "valid_until: 2027-01-06")
    result = await reindex(build)
    assert result.published
    assert (result.embedded, result.reused) == (0, 8)
    assert await best(build, "크리스마스에도 배송하나요?", on=date(2027, 1, 5)) == "christmas"


@pytest.mark.parametrize(
    "faq", ["", "entries: []", "entries:\n\t- id: a", FAQ + "  - id: refund\n    question: 또?\n    answer: 네\n"]
)
async def test_a_faq_with_a_fault_leaves_the_old_index_serving_faults_42_to_51(build: Build, faq: str) -> None:
    first = await reindex(build)
    build.faq_path.write_text(faq)
    with pytest.raises(FaqError):
        await reindex(build)
    assert build.storage.current() == first.version
    assert await best(build, "환불 언제 되나요") == "refund"


async def test_a_faq_that_is_missing_leaves_the_old_index_serving_fault_42(build: Build) -> None:
    first = await reindex(build)
    build.faq_path.unlink()
    with pytest.raises(FaqError, match=r"faq\.yaml"):
        await reindex(build)
    assert build.storage.current() == first.version


async def test_a_faq_without_an_enabled_entry_is_no_faq(build: Build) -> None:
    build.faq_path.write_text("entries:\n  - {id: a, question: 네?, answer: 네, enabled: false}\n")
    with pytest.raises(FaqError, match="no entry is enabled"):
        await reindex(build)


async def test_a_faq_that_is_saved_during_a_build_is_noticed_afterwards_fault_51(build: Build) -> None:
    def save(step: str) -> None:
        if step == "embedded offline":
            edit(build, "Two days.", "Three days.")

    await reindex(replace(build, on_step=save))
    snapshot = open_snapshot(build.storage, build.storage.current(), build.recipes)
    assert {entry.answer for entry in snapshot.entries} >= {"Two days."}
    assert "has changed" in str(stale(build))


async def test_a_damaged_version_is_stale_and_the_next_build_mends_it_fault_54(build: Build) -> None:
    first = await reindex(build)
    path = build.var_dir / "index" / first.version / "offline" / "weights.npy"
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    assert "weights.npy is damaged" in str(stale(build))
    mended = await reindex(build)
    assert mended.published
    assert mended.reused == 8
    assert stale(build) is None


async def test_five_versions_are_kept_and_a_rollback_goes_back_through_them(build: Build) -> None:
    versions = [(await reindex(build, force=True)).version for _ in range(6)]
    assert folders(build) == set(versions[1:])
    assert rollback(build.var_dir) == versions[4]
    assert build.storage.current() == versions[4]


async def test_there_is_nothing_to_roll_back_to_at_first(build: Build) -> None:
    await reindex(build)
    with pytest.raises(IndexUnavailable, match="no earlier index"):
        rollback(build.var_dir)


async def test_a_faq_that_was_rolled_back_from_is_remembered_until_a_person_publishes_again(build: Build) -> None:
    await reindex(build)
    for old, new in (("3일 안에", "4일 안에"), ("4일 안에", "5일 안에")):
        edit(build, old, new)
        await reindex(build)
    assert not is_withdrawn(build.faq_path, build.var_dir)
    for _ in range(2):
        rollback(build.var_dir)
        assert is_withdrawn(build.faq_path, build.var_dir)
    edit(build, "5일 안에", "6일 안에")
    assert not is_withdrawn(build.faq_path, build.var_dir)
    edit(build, "6일 안에", "4일 안에")
    assert is_withdrawn(build.faq_path, build.var_dir), "the first one that was rolled back to was rolled back from"
    assert (await reindex(build)).published
    assert not is_withdrawn(build.faq_path, build.var_dir)
    assert build.storage.withdrawn() == frozenset()


async def test_a_rollback_from_a_forced_build_of_the_same_faq_withdraws_nothing(build: Build) -> None:
    await reindex(build)
    await reindex(build, force=True)
    rollback(build.var_dir)
    assert not is_withdrawn(build.faq_path, build.var_dir)


async def test_a_second_builder_is_told_and_a_rollback_too_fault_66(build: Build) -> None:
    with index_storage(build.var_dir).lock():
        with pytest.raises(BuildInProgress):
            await reindex(build)
        with pytest.raises(BuildInProgress):
            rollback(build.var_dir)


async def test_a_disk_that_is_full_is_the_operators_to_mend_and_leaves_nothing_behind(build: Build) -> None:
    first = await reindex(build)

    def full(step: str) -> None:
        if step == "wrote offline/vectors.npy":
            raise OSError(28, "No space left on device")

    with pytest.raises(OperatorError, match="No space left on device"):
        await reindex(replace(build, on_step=full), force=True)
    assert folders(build) == {first.version}


async def test_a_var_that_is_a_file_is_the_operators_to_mend(build: Build, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(OperatorError, match="cannot be written"):
        await reindex(build)
    with pytest.raises(OperatorError, match="cannot be written"):
        rollback(tmp_path / "var")


def build_and_die(faq: Path, var: Path, at: str) -> None:
    def die(step: str) -> None:
        if step == at:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(reindex(Build(faq, var, light_recipes(), on_step=die), force=True))


@pytest.mark.parametrize(
    ("step", "serves_the_old"),
    [
        ("locked", True),
        ("embedded offline", True),
        ("wrote entries.json", True),
        ("wrote offline/vectors.npy", True),
        ("wrote manifest.json", True),
        ("synced", True),
        ("renamed", True),
        ("published", False),
        ("tidied", False),
    ],
)
async def test_a_builder_killed_at_any_step_leaves_a_whole_index_and_the_next_build_cleans_up_fault_65(
    build: Build, step: str, serves_the_old: bool
) -> None:
    first = await reindex(build)
    edit(build, "3일 안에", "5일 안에")
    child = multiprocessing.get_context("spawn").Process(
        target=build_and_die, args=(build.faq_path, build.var_dir, step)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    serving = build.storage.current()
    assert (serving == first.version) is serves_the_old
    assert await best(build, "환불 언제 되나요") == "refund"
    assert (stale(build) is not None) is serves_the_old

    result = await reindex(build)
    assert result.published is serves_the_old
    assert folders(build) == set(build.storage.published())
    assert stale(build) is None


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingsServer]:
    async with EmbeddingsServer() as server:
        yield server


@pytest.fixture
async def api_build(server: EmbeddingsServer, build: Build) -> AsyncIterator[Build]:
    """A build with an endpoint, three texts a request and no patience."""
    embedder = OpenAIEmbedder(
        base_url=server.base_url, api_key="k", model="m", patience=Patience(deadline_seconds=5, attempts=1)
    )
    api = {"api": Recipe(lambda: embedder, light_analysis), **build.recipes}
    yield replace(build, recipes=api, batch_size=3)
    await embedder.aclose()


async def test_an_endpoint_and_the_offline_embedder_are_both_built_into_one_version(api_build: Build) -> None:
    result = await reindex(api_build)
    assert (result.embedded, result.reused) == (16, 0)
    snapshot = open_snapshot(api_build.storage, result.version, api_build.recipes)
    assert snapshot.api is not None
    assert snapshot.api.facts["dimension"] == 64
    assert snapshot.offline.facts["dimension"] == 256
    query = snapshot.api.query("환불은 언제 되나요?")
    vectors = await api_build.recipes["api"].embedder.embed(query.texts)
    assert snapshot.api.search(query, vectors, limit=1)[0].entry.id == "refund"


@pytest.mark.parametrize("failure", [Status(500), Status(401), upstream.one_too_few, upstream.all_zero])
async def test_a_batch_that_fails_fails_the_build_and_the_next_run_resumes_fault_67(
    server: EmbeddingsServer, build: Build, api_build: Build, failure: upstream.Fault
) -> None:
    first = await reindex(build)
    server.faults.extend([None, failure])
    with pytest.raises((UpstreamUnavailable, UpstreamRefused), match="embedded and kept"):
        await reindex(api_build)
    assert build.storage.published() == (first.version,)
    assert folders(build) == {first.version}
    resumed = await reindex(api_build)
    assert resumed.published
    assert resumed.embedded < 8  # of the API's eight texts; the offline ones are all known
    assert resumed.embedded + resumed.reused == 16


async def test_an_endpoint_that_is_away_is_not_needed_when_every_text_is_known(
    server: EmbeddingsServer, api_build: Build
) -> None:
    first = await reindex(api_build)
    server.faults.extend([Status(503)] * 9)
    assert not (await reindex(api_build)).published
    edit(api_build, "valid_until: 2026-12-31", "valid_until: 2027-01-06")
    second = await reindex(api_build)
    assert second.version > first.version
    assert (second.embedded, second.reused) == (0, 16)


async def test_while_the_endpoint_is_away_a_new_text_is_published_for_the_offline_index_alone(
    server: EmbeddingsServer, api_build: Build
) -> None:
    server.faults.extend([Status(503)] * 9)
    alone = await reindex(api_build)
    assert alone.published
    assert "the offline index answers alone" in alone.warnings[-1]
    assert await best(api_build, "환불 언제 되나요") == "refund"
    assert "has no api part" in str(stale(api_build))
    assert not looks_current(api_build)
    with pytest.raises(UpstreamUnavailable):
        await reindex(api_build)
    assert api_build.storage.published() == (alone.version,), "the same text once more would be no better"
    server.faults.clear()
    whole = await reindex(api_build)
    assert (whole.published, whole.warnings) == (True, ())
    assert stale(api_build) is None
    assert looks_current(api_build)


async def test_a_damaged_version_is_mended_at_least_offline_while_the_endpoint_is_away_fault_54(
    server: EmbeddingsServer, api_build: Build
) -> None:
    first = await reindex(api_build)
    (api_build.var_dir / "index" / first.version / "api" / "vectors.npy").write_bytes(b"")
    rmtree(api_build.var_dir / "cache")
    server.faults.extend([Status(503)] * 9)
    mended = await reindex(api_build)
    assert mended.published
    assert mended.warnings
    assert await best(api_build, "환불 언제 되나요") == "refund"


async def test_an_index_whose_offline_part_is_of_another_analysis_is_stale_also_beside_an_endpoint(
    api_build: Build,
) -> None:
    await reindex(api_build)
    other = {**api_build.recipes, "offline": recipes()["offline"]}
    assert "full" in str(stale(replace(api_build, recipes=other)))


async def test_an_endpoint_that_refuses_the_key_is_not_taken_for_one_that_is_away(
    server: EmbeddingsServer, api_build: Build
) -> None:
    server.faults.extend([Status(401)] * 9)
    with pytest.raises(UpstreamRefused, match="ONDAP_EMBED_API_KEY"):
        await reindex(api_build)
    assert api_build.storage.published() == ()


async def test_a_key_that_was_revoked_is_said_although_nothing_changed(
    server: EmbeddingsServer, api_build: Build
) -> None:
    await reindex(api_build)
    server.faults.append(Status(401))
    with pytest.raises(UpstreamRefused, match="ONDAP_EMBED_API_KEY"):
        await reindex(api_build)


async def test_a_model_exchanged_behind_its_name_is_found_out_and_everything_embedded_afresh_fault_59(
    server: EmbeddingsServer, api_build: Build
) -> None:
    await reindex(api_build)
    server.model = "silently-upgraded"
    assert stale(api_build) is None  # that takes a question to the endpoint
    result = await reindex(api_build)
    assert result.published
    assert (result.embedded, result.reused) == (8, 8)
    assert not (await reindex(api_build)).published


async def test_adding_an_endpoint_makes_the_index_stale_and_removing_it_does_not(
    build: Build, api_build: Build
) -> None:
    await reindex(build)
    assert "has no api part, as openai:m needs" in str(stale(api_build))
    await reindex(api_build)
    assert stale(api_build) is None
    assert stale(build) is None


async def test_another_model_makes_the_index_stale_fault_59(server: EmbeddingsServer, api_build: Build) -> None:
    await reindex(api_build)
    other = OpenAIEmbedder(base_url=server.base_url, api_key="k", model="other")
    reason = stale(replace(api_build, recipes={**api_build.recipes, "api": Recipe(lambda: other, light_analysis)}))
    assert "was made by openai:m, and openai:other is configured" in str(reason)
    await other.aclose()


def run_script(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ONDAP_")}
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "scripts" / "reindex.py"), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_builds_checks_rolls_back_and_speaks_json(tmp_path: Path) -> None:
    (tmp_path / "faq.yaml").write_text(FAQ)
    faq = ("--faq", "faq.yaml")
    assert run_script(tmp_path, *faq, "--check").returncode == 1
    built = run_script(tmp_path, *faq, "--json")
    assert (built.returncode, built.stderr) == (0, "")
    result: dict[str, Any] = json.loads(built.stdout)
    assert result["published"] is True
    assert (result["entries"], result["embedded"]) == (3, 8)
    assert run_script(tmp_path, *faq, "--check").returncode == 0
    forced = json.loads(run_script(tmp_path, *faq, "--force", "--json").stdout)
    assert forced["version"] > result["version"]
    assert json.loads(run_script(tmp_path, "--rollback", "--json").stdout) == {"version": result["version"]}
    assert (tmp_path / "var" / "index" / "current").read_text() == result["version"] + "\n"


def test_the_script_ends_with_2_where_somebody_has_to_mend_something_fault_42(tmp_path: Path) -> None:
    ran = run_script(tmp_path, "--faq", "missing.yaml")
    assert ran.returncode == 2
    assert "missing.yaml" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_script_ends_with_3_while_somebody_else_builds_fault_66(tmp_path: Path) -> None:
    (tmp_path / "faq.yaml").write_text(FAQ)
    with index_storage(tmp_path / "var").lock():
        ran = run_script(tmp_path, "--faq", "faq.yaml")
    assert ran.returncode == 3
    assert f"Process {os.getpid()} is building" in ran.stderr


def with_synonyms(build: Build, path: Path) -> Build:
    return replace(build, recipes={"offline": Recipe(OfflineEmbedder, light_analysis, SynonymsFile(path))})


async def test_changed_synonyms_make_an_index_stale_and_are_built_in(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "synonyms.yaml"
    ours = with_synonyms(build, path)
    await reindex(ours)  # without the file there are none
    assert stale(ours) is None
    path.write_text("groups: [[환불, 캐시백]]")
    assert str(path) in str(stale(ours))
    assert not looks_current(ours)
    assert (await reindex(ours)).published
    assert stale(ours) is None
    assert looks_current(ours)
    assert await best(ours, "캐시백") == "refund"
    assert not (await reindex(ours)).published
    path.unlink()
    assert str(path) in str(stale(ours))


async def test_faulty_synonyms_are_named_and_what_served_serves_on(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "synonyms.yaml"
    ours = with_synonyms(build, path)
    first = await reindex(ours)
    path.write_text("groups: [[환불]]")
    with pytest.raises(FaqError, match=r"synonyms\.yaml:1: group 1"):
        await reindex(ours)
    assert ours.storage.current() == first.version


async def test_an_index_brings_the_synonyms_it_was_built_with(build: Build, tmp_path: Path) -> None:
    """So that a file under way, or a rollback, leaves no version without its own."""
    path = tmp_path / "synonyms.yaml"
    path.write_text("groups: [[환불, 캐시백]]")
    ours = with_synonyms(build, path)
    await reindex(ours)
    path.write_text("groups: [[배송, 캐시백]]")
    assert await best(ours, "캐시백") == "refund"
    await reindex(ours)
    assert await best(ours, "캐시백") in {"shipping", "christmas"}
    rollback(ours.var_dir)
    assert await best(ours, "캐시백") == "refund"

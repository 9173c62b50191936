"""Index versions on disk: whole or refused, published in one step, and never trusted for what they say (3D)."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import os
import pickle
import re
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from service.errors import BuildInProgress, IndexRefused, IndexUnavailable
from service.knowledge.entry import FaqEntry, Link
from service.retrieval.arrays import Array, from_bytes, to_bytes
from service.retrieval.contents import Content, Part, Probes
from service.retrieval.storage import KEPT_VERSIONS, IndexStorage
from tests.retrieval.samples import BY_SCORE

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.retrieval.embedders import FloatArray

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
REFUND = FaqEntry("refund", "환불은 언제 되나요?", "3일 안에 됩니다.", ("환불 언제",), valid_from=date(2026, 11, 1))
SHIPPING = FaqEntry("shipping", "How long is shipping?", "Two days.", locale="en", tags=("a", "b"), escalate=True)
LINKED = FaqEntry(
    "size", "사이즈표 있나요?", "네.", links=(Link("표", "https://example.com"),), valid_until=date(2027, 1, 1)
)
VECTORS = np.eye(4, 8, dtype=np.float32)


def quiet(_step: str) -> None:
    pass


def content(*, created_at: datetime = NOON, digest: str = "0" * 64, api: bool = False) -> Content:
    part = Part(
        embedder="offline:1",
        arrays={"vectors": VECTORS, "owners": np.array([0, 0, 1, 2], np.int32)},
        facts={"dimension": 8, "analysis": "1"},
        probes=Probes(("하나", "둘"), VECTORS[:2]),
        calibration=BY_SCORE,
    )
    parts = {"offline": part, "api": part} if api else {"offline": part}
    return Content(created_at, "faq.yaml", digest, (REFUND, SHIPPING, LINKED), parts)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def storage(root: Path) -> IndexStorage:
    return IndexStorage(root)


def publish(storage: IndexStorage, content: Content) -> str:
    with storage.lock():
        version = storage.write(content, on_step=quiet)
        storage.publish(version)
    return version


def reseal(root: Path, change: Callable[[dict[str, Any]], None] = lambda manifest: None) -> str:
    """Makes a forged version consistent with itself again, so that only a look at the content can refuse it."""
    old = (root / "current").read_text().split()[0]
    manifest = json.loads((root / old / "manifest.json").read_bytes())
    for name in manifest["files"]:
        if (root / old / name).exists():
            written = (root / old / name).read_bytes()
            manifest["files"][name] = {"size": len(written), "sha256": hashlib.sha256(written).hexdigest()}
    change(manifest)
    sealed = json.dumps(manifest).encode()
    (root / old / "manifest.json").write_bytes(sealed)
    version = f"{old.partition('-')[0]}-{hashlib.sha256(sealed).hexdigest()[:8]}"
    (root / old).rename(root / version)
    (root / "current").write_text(version)
    return version


def refusal(storage: IndexStorage) -> str:
    with pytest.raises(IndexRefused) as caught:
        storage.read(storage.current())
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith("Run `ondap reindex`.")
    assert "pickle" not in message
    return message


def test_what_was_written_is_read_back_whole(storage: IndexStorage) -> None:
    written = content(api=True)
    read = storage.read(publish(storage, written))
    assert (read.created_at, read.faq_name, read.faq_digest) == (NOON, "faq.yaml", "0" * 64)
    assert read.entries == (REFUND, SHIPPING, LINKED)
    assert read.parts.keys() == {"offline", "api"}
    for name, part in read.parts.items():
        assert (part.embedder, part.facts) == (written.parts[name].embedder, written.parts[name].facts)
        assert part.probes.texts == ("하나", "둘")
        assert part.arrays.keys() == {"vectors", "owners"}
        for array_name, array in part.arrays.items():
            expected = written.parts[name].arrays[array_name]
            np.testing.assert_array_equal(array, expected)
            assert array.dtype == expected.dtype
            assert not array.flags.writeable


def test_a_part_that_is_not_asked_for_is_not_read(root: Path, storage: IndexStorage) -> None:
    version = publish(storage, content(api=True))
    (root / version / "api" / "vectors.npy").unlink()
    assert storage.read(version, parts=["offline"]).parts.keys() == {"offline"}
    with pytest.raises(IndexRefused, match=r"api/vectors\.npy is missing"):
        storage.read(version)


def test_a_version_is_named_by_its_time_and_its_content(root: Path, storage: IndexStorage) -> None:
    version = publish(storage, content())
    assert re.fullmatch(r"20261120T120000Z-[0-9a-f]{8}", version)
    digest = hashlib.sha256((root / version / "manifest.json").read_bytes()).hexdigest()
    assert version.endswith(digest[:8])


def test_versions_sort_by_age_even_when_the_clock_is_put_back(storage: IndexStorage) -> None:
    years = (2026, 2025, 2026, 2024)
    versions = [publish(storage, content(created_at=NOON.replace(year=year))) for year in years]
    assert versions == sorted(versions)
    assert len(set(versions)) == 4


def test_before_the_first_build_there_is_no_index(storage: IndexStorage) -> None:
    with pytest.raises(IndexUnavailable, match="ondap reindex"):
        storage.current()
    with pytest.raises(IndexUnavailable, match="no earlier index"):
        storage.rollback()


@pytest.mark.parametrize("pointer", ["", "../../etc", "20261120T120000Z-zzzzzzzz", "\x00", "x" * 5000])
def test_a_pointer_that_names_no_version_is_refused_and_replaced_by_the_next_build(
    root: Path, storage: IndexStorage, pointer: str
) -> None:
    publish(storage, content())
    (root / "current").write_text(pointer)
    assert "current" in refusal(storage)
    version = publish(storage, content())
    assert storage.published() == (version,)


def test_a_rollback_serves_the_version_before_and_forgets_the_one_that_was_withdrawn(storage: IndexStorage) -> None:
    first, second, third = (publish(storage, content(digest=letter * 64)) for letter in "abc")
    with storage.lock():
        assert storage.rollback() == second
        assert storage.current() == second
        assert storage.rollback() == first
        with pytest.raises(IndexUnavailable):
            storage.rollback()
    fourth = publish(storage, content(digest="d" * 64))
    assert storage.published() == (fourth, first)
    assert third not in storage.published()


def test_a_rollback_from_a_damaged_version_is_possible(root: Path, storage: IndexStorage) -> None:
    first, second = publish(storage, content()), publish(storage, content(digest="1" * 64))
    (root / second / "manifest.json").write_bytes(b"{}")
    with storage.lock():
        assert storage.rollback() == first
    assert storage.withdrawn() == frozenset()


def test_a_rollback_remembers_which_faq_was_withdrawn_until_the_next_publication(storage: IndexStorage) -> None:
    for number in "012":
        publish(storage, content(digest=number * 64))
    with storage.lock():
        storage.rollback()
        storage.rollback()
    assert storage.withdrawn() == {"1" * 64, "2" * 64}
    publish(storage, content(digest="2" * 64))
    assert storage.withdrawn() == frozenset()


def test_a_rollback_to_a_damaged_version_is_refused_and_changes_nothing(root: Path, storage: IndexStorage) -> None:
    first, second = (publish(storage, content(digest=letter * 64)) for letter in "ab")
    (root / first / "entries.json").write_bytes(b"[]")
    with storage.lock(), pytest.raises(IndexRefused):
        storage.rollback()
    assert storage.current() == second


def test_the_last_five_versions_are_kept_and_leftovers_are_not(root: Path, storage: IndexStorage) -> None:
    versions = [publish(storage, content(digest=f"{number}" * 64)) for number in range(7)]
    with storage.lock():
        never_published = storage.write(content(), on_step=quiet)
        storage.remove_unpublished()
    folders = sorted(folder.name for folder in root.iterdir() if folder.is_dir())
    assert KEPT_VERSIONS == 5
    assert folders == versions[-5:]
    assert never_published not in folders


def test_files_that_are_not_ours_are_left_alone(root: Path, storage: IndexStorage) -> None:
    publish(storage, content())
    (root / "notes.txt").write_text("mine")
    (root / "backup").mkdir()
    with storage.lock():
        storage.remove_drafts()
        storage.remove_unpublished()
    assert (root / "notes.txt").read_text() == "mine"
    assert (root / "backup").is_dir()


def test_a_step_that_fails_leaves_no_draft_behind(root: Path, storage: IndexStorage) -> None:
    def full(step: str) -> None:
        if step == "wrote entries.json":
            raise OSError(28, "No space left on device")

    with storage.lock(), pytest.raises(OSError, match="No space"):
        storage.write(content(), on_step=full)
    assert [path.name for path in root.iterdir()] == [".lock"]


@pytest.mark.parametrize("size", [0, 5, 60, 127, 128, -4])
@pytest.mark.parametrize("name", ["offline/vectors.npy", "entries.json", "manifest.json"])
def test_a_truncated_file_is_damaged_fault_53(root: Path, storage: IndexStorage, name: str, size: int) -> None:
    path = root / publish(storage, content()) / name
    path.write_bytes(path.read_bytes()[:size])
    assert f"{name} is damaged" in refusal(storage)


@pytest.mark.parametrize("size", [0, 5, 60, 127, 128, -4])
def test_a_truncated_array_is_damaged_also_where_its_digest_agrees_fault_53(
    root: Path, storage: IndexStorage, size: int
) -> None:
    path = root / publish(storage, content()) / "offline" / "vectors.npy"
    path.write_bytes(path.read_bytes()[:size])
    reseal(root)
    assert "vectors.npy is damaged" in refusal(storage)


@pytest.mark.parametrize("name", ["offline/vectors.npy", "offline/probes.npy", "entries.json", "manifest.json"])
def test_one_flipped_bit_is_noticed_wherever_it_is_fault_54(root: Path, storage: IndexStorage, name: str) -> None:
    path = root / publish(storage, content()) / name
    sound = path.read_bytes()
    for position in {0, len(sound) // 3, len(sound) // 2, len(sound) - 1}:
        damaged = bytearray(sound)
        damaged[position] ^= 0b100
        path.write_bytes(damaged)
        assert f"{name} is damaged" in refusal(storage)


@pytest.mark.parametrize("name", ["offline/vectors.npy", "entries.json", "manifest.json"])
def test_trailing_junk_is_noticed_fault_55(root: Path, storage: IndexStorage, name: str) -> None:
    path = root / publish(storage, content()) / name
    path.write_bytes(path.read_bytes() + b"\n")
    assert f"{name} is damaged" in refusal(storage)


def npy(array: Array, **options: Any) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


def with_header(header: str) -> bytes:
    padded = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded.encode() + bytes(64)


class Exploit:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("it was unpickled",))


FORGED = {
    "a pickle (fault 56)": (pickle.dumps(Exploit()), "does not begin like an array"),
    "an array of objects (fault 56)": (npy(np.array([Exploit()]), allow_pickle=True), "numbers are |O"),
    "a header of 10^12 rows (fault 57)": (
        with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 1536), }"),
        "announces an array of shape (1000000000000, 1536)",
    ),
    "a header of negative rows (fault 57)": (
        with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-4, -4), }"),
        "announces an array of shape (-4, -4)",
    ),
    "a header that is code": (with_header("__import__('os').system('true')"), "does not begin like an array"),
    "big-endian numbers (fault 58)": (npy(VECTORS.astype(">f4")), "numbers are >f4"),
    "column order (fault 58)": (npy(np.asfortranarray(VECTORS)), "numbers are <f4 in column order"),
    "complex numbers (fault 58)": (npy(VECTORS.astype(np.complex64)), "numbers are <c8"),
    "text (fault 58)": (npy(np.array(["환불"])), "numbers are <U2"),
    "another version of the format": (npy(VECTORS, version=(2, 0)), "array"),
    "a NaN (fault 58)": (npy(np.where(np.arange(32).reshape(4, 8) == 19, np.nan, VECTORS)), "in row 2"),
    "an infinity (fault 58)": (npy(np.where(np.arange(32).reshape(4, 8) == 31, np.inf, VECTORS)), "in row 3"),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forged_array_is_refused_although_its_digest_agrees(root: Path, storage: IndexStorage, forgery: str) -> None:
    written, reason = FORGED[forgery]
    path = root / publish(storage, content()) / "offline" / "vectors.npy"
    path.write_bytes(written)
    reseal(root)
    message = refusal(storage)
    assert "offline/vectors.npy" in message
    assert reason in message


@pytest.mark.parametrize(
    ("row", "vector"), [(0, np.zeros(8)), (3, np.full(8, 0.5)), (1, np.full(8, 1e30))], ids=["zero", "long", "huge"]
)
@pytest.mark.parametrize("name", ["vectors", "probes"])
def test_a_vector_that_is_no_unit_row_is_refused_with_its_row_fault_58(
    root: Path, storage: IndexStorage, name: str, row: int, vector: FloatArray
) -> None:
    path = root / publish(storage, content(api=True)) / "api" / f"{name}.npy"
    vectors = np.eye(4, 8, dtype=np.float32)
    vectors[row] = vector
    path.write_bytes(npy(vectors))
    reseal(root)
    assert f"api/{name}.npy holds a vector whose length is not 1 in row {row}" in refusal(storage)


@pytest.mark.parametrize("vectors", [np.zeros(8, np.float32), np.eye(8), np.eye(8, dtype=np.float32)[None]])
def test_vectors_of_another_shape_or_precision_are_refused_faults_58_and_60(
    root: Path, storage: IndexStorage, vectors: Array
) -> None:
    (root / publish(storage, content()) / "offline" / "vectors.npy").write_bytes(npy(vectors))
    reseal(root)
    assert "where vectors should be" in refusal(storage)


def test_vectors_of_another_dimension_than_the_probes_are_refused_fault_60(root: Path, storage: IndexStorage) -> None:
    (root / publish(storage, content()) / "offline" / "vectors.npy").write_bytes(npy(np.eye(4, dtype=np.float32)))
    reseal(root)
    assert "vectors of dimension 4 where the probes have 8" in refusal(storage)


def test_a_text_without_anything_to_embed_has_a_zero_row_offline(root: Path, storage: IndexStorage) -> None:
    version = publish(storage, content())
    (root / version / "offline" / "vectors.npy").write_bytes(npy(np.zeros((4, 8), np.float32)))
    version = reseal(root)
    assert not storage.read(version).parts["offline"].arrays["vectors"].any()


@pytest.mark.parametrize("dtype", ["?", "u1", "<u4", "<i4", "<i8", "<f2", "<f4", "<f8", ">f4", ">i8"])
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3), (0, 5)])
def test_every_array_of_plain_numbers_survives_the_disk(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    read = from_bytes(to_bytes(array), Path("a.npy"))
    np.testing.assert_array_equal(read, array)
    assert read.shape == shape


def test_an_array_of_objects_is_never_written() -> None:
    with pytest.raises(ValueError, match="object"):
        to_bytes(np.array([None]))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda manifest: manifest.update(format=1), "written by another version of Ondap: format 1"),
        (lambda manifest: manifest.pop("format"), "written by another version of Ondap: format None"),
        (lambda manifest: manifest.update(format=True), "written by another version of Ondap: format True"),
        (
            lambda manifest: manifest["parts"]["offline"]["calibration"].update(embedder="openai:other:8"),
            "was calibrated with openai:other:8, and its vectors are offline:1's",
        ),
        (
            lambda manifest: manifest["parts"]["offline"]["calibration"].update(faq="1" * 64),
            "was calibrated with another FAQ",
        ),
        (
            lambda manifest: manifest["parts"]["offline"]["calibration"]["learned"].pop("threshold"),
            "calibration.learned.threshold is not what it should be",
        ),
        (lambda manifest: manifest.pop("faq"), "faq is not what it should be"),
        (lambda manifest: manifest["counts"].update(entries="3"), "counts.entries is not what it should be"),
        (lambda manifest: manifest["counts"].update(entries=2), "3 entries and 4 phrasings where the manifest has 2"),
        (lambda manifest: manifest["counts"].update(phrasings=9), "where the manifest has 3 and 9"),
        (lambda manifest: manifest.update(created_at="yesterday"), "created_at is not a time"),
        (lambda manifest: manifest["files"].pop("offline/vectors.npy"), "does not list offline/vectors.npy"),
        (lambda manifest: manifest["parts"]["offline"]["arrays"].append("../secret"), "arrays.2 is not what"),
        (lambda manifest: manifest["parts"]["offline"]["probes"].append("셋"), "holds 2 vectors for 3 texts"),
        (
            lambda manifest: manifest["files"]["entries.json"].update(size=10**15),
            "where 1000000000000000 were",
        ),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused_faults_61_and_62(
    root: Path, storage: IndexStorage, change: Callable[[dict[str, Any]], None], reason: str
) -> None:
    publish(storage, content())
    reseal(root, change)
    assert reason in refusal(storage)


@pytest.mark.parametrize("written", [b"", b"{", b"\xff\xfe", b"[" * 10**5, b"null", b"[]", b'"x"', b"3"])
def test_a_manifest_that_is_none_is_refused_fault_62(root: Path, storage: IndexStorage, written: bytes) -> None:
    old = publish(storage, content())
    (root / old / "manifest.json").write_bytes(written)
    version = f"{old.partition('-')[0]}-{hashlib.sha256(written).hexdigest()[:8]}"
    (root / old).rename(root / version)
    (root / "current").write_text(version)
    assert "manifest.json" in refusal(storage)


@pytest.mark.parametrize("name", ["manifest.json", "entries.json", "offline/vectors.npy", "offline/probes.npy"])
def test_a_missing_file_is_named_fault_62(root: Path, storage: IndexStorage, name: str) -> None:
    (root / publish(storage, content()) / name).unlink()
    assert f"{name} is missing" in refusal(storage)


@pytest.mark.parametrize("written", [b"{}", b"3", b'[{"id": "a"}]', b'["a"]', b"[[]]", b"\xff", b'[{"nonsense": 1}]'])
def test_entries_that_are_none_are_refused(root: Path, storage: IndexStorage, written: bytes) -> None:
    (root / publish(storage, content()) / "entries.json").write_bytes(written)
    reseal(root)
    assert "entries.json" in refusal(storage)


def test_a_file_that_the_system_will_not_give_is_not_called_damaged(root: Path, storage: IndexStorage) -> None:
    version = publish(storage, content())
    (root / version / "entries.json").unlink()
    (root / version / "entries.json").mkdir()
    with pytest.raises(IndexUnavailable, match=r"entries\.json: Is a directory"):
        storage.read(version)


def test_what_was_read_stays_whole_when_its_files_are_cut_or_removed_later_fault_63(
    root: Path, storage: IndexStorage
) -> None:
    version = publish(storage, content())
    read = storage.read(version)
    for path in (root / version).rglob("*.npy"):
        os.truncate(path, 0)
    np.testing.assert_array_equal(read.parts["offline"].arrays["vectors"], VECTORS)


def test_a_folder_exchanged_for_another_sound_one_is_refused_fault_64(root: Path, storage: IndexStorage) -> None:
    first, second = (publish(storage, content(digest=letter * 64)) for letter in "ab")
    (root / second).rename(root / "away")
    (root / first).rename(root / second)
    assert "manifest.json is damaged" in refusal(storage)


def test_readers_see_the_old_pointer_or_the_new_one_and_nothing_else_fault_64(storage: IndexStorage) -> None:
    versions = {publish(storage, content(digest=letter * 64)) for letter in "ab"}
    stopped, seen = threading.Event(), set()

    def read() -> None:
        while not stopped.is_set():
            seen.add(storage.current())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        for version in sorted(versions):
            storage.publish(version)
    stopped.set()
    reader.join()
    assert seen <= versions


def hold_the_lock(root: Path, held: Any, release: Any) -> None:
    with IndexStorage(root).lock():
        held.set()
        release.wait()


def test_a_second_builder_is_told_who_is_first_and_a_dead_one_does_not_block_fault_66(
    root: Path, storage: IndexStorage
) -> None:
    spawn = multiprocessing.get_context("spawn")
    held, release = spawn.Event(), spawn.Event()
    first = spawn.Process(target=hold_the_lock, args=(root, held, release))
    first.start()
    assert held.wait(30)
    with pytest.raises(BuildInProgress, match=f"Process {first.pid} is building"), storage.lock():
        pass
    first.kill()
    first.join()
    with storage.lock():
        pass


def test_the_lock_is_free_again_after_a_build_that_failed(storage: IndexStorage) -> None:
    with pytest.raises(ZeroDivisionError), storage.lock():
        raise ZeroDivisionError
    with storage.lock():
        pass

"""Files that cannot be read, are in another encoding, or change while they are read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from service.errors import FaqError
from service.knowledge.faq import load_faq

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import FaultsOf, Write

KOREAN = "entries:\n- id: a\n  question: 반품은 어떻게 하나요?\n  answer: 신청하세요\n"


def refusal(path: Path) -> str:
    with pytest.raises(FaqError) as refused:
        load_faq(path)
    return str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:  # fault 42
    path = tmp_path / "faq.yaml"

    assert refusal(path) == f"{path}: there is no such file. Write the FAQ there, or name the right path."


def test_a_path_through_a_file_is_missing_too(write: Write) -> None:  # fault 42
    path = write(KOREAN) / "faq.yaml"

    assert refusal(path) == f"{path}: there is no such file. Write the FAQ there, or name the right path."


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:  # fault 42
    assert refusal(tmp_path) == f"{tmp_path}: this is a directory. Name the FAQ file in it."


def test_a_pipe_is_refused_before_anybody_waits_for_it(tmp_path: Path) -> None:  # fault 42
    path = tmp_path / "faq.yaml"
    os.mkfifo(path)

    assert refusal(path) == f"{path}: this is not a regular file. Name the FAQ file itself."


def test_a_link_to_itself_is_named(tmp_path: Path) -> None:  # fault 42
    path = tmp_path / "faq.yaml"
    path.symlink_to(path)

    assert refusal(path) == f"{path}: it is a symbolic link that leads back to itself. Let it point to the file."


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Root may read everything, so root's tests become nobody for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


def test_a_file_we_may_not_read_is_named(write: Write, request: pytest.FixtureRequest) -> None:  # fault 42
    path = write(KOREAN)
    path.chmod(0)
    request.getfixturevalue("unprivileged")

    assert refusal(path) == f"{path}: permission to read it is missing. Let the user who runs the service read it."


def test_a_disk_that_fails_is_reported_with_its_reason() -> None:  # fault 42
    memory = Path("/proc/self/mem")  # a regular file whose first byte cannot be read
    if not memory.exists():
        pytest.skip("this system has no /proc")

    assert refusal(memory) == "/proc/self/mem: it cannot be read (Input/output error). Check the file."


@pytest.mark.parametrize("name", ["a\0b.yaml", "a" * 5000 + ".yaml"])
def test_a_path_that_cannot_exist_is_refused(name: str) -> None:  # fault 42
    assert "ame the " in refusal(Path(name))


@pytest.mark.parametrize("content", ["", "\n\n  \n"])
def test_an_empty_file_says_how_to_begin(faults_of: FaultsOf, content: str) -> None:  # fault 42
    assert faults_of(content) == ["faq.yaml: the file is empty. Write the first entry under 'entries:'."]


def test_other_formats_are_refused_by_name(faults_of: FaultsOf) -> None:
    assert faults_of(KOREAN, "faq.csv") == ["faq.csv: the name must end in .yaml, .yml or .jsonl. Rename the file."]


@pytest.mark.parametrize("name", ["faq.yaml", "faq.jsonl"])
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (KOREAN.encode("utf-16"), "1: the file is written in UTF-16. Save it as UTF-8."),
        (KOREAN.encode("utf-16-le"), "1: the file is written in UTF-16. Save it as UTF-8."),
        (KOREAN.encode("utf-16-be"), "1: the file is written in UTF-16. Save it as UTF-8."),
        (KOREAN.encode("utf-32"), "1: the file is written in UTF-32. Save it as UTF-8."),
        (KOREAN.encode("euc-kr"), "3: the file looks like EUC-KR (CP949). Save it as UTF-8."),
        (KOREAN.encode() + b"\xff", "5: this is not UTF-8. Save it as UTF-8."),
        (KOREAN.encode()[:-2], "4: this is not UTF-8. Save it as UTF-8."),
        ("# 마다".encode() + b"\xea\xb0", "1: this is not UTF-8. Save it as UTF-8."),  # would be EUC-KR letters, too
        (b"# caf\xe9\n" + KOREAN.encode(), "1: this is not UTF-8. Save it as UTF-8."),
        (b"# \n# \xed\xa0\x80\n", "2: this is not UTF-8. Save it as UTF-8."),
        (b"# \n# a\0", "2: column 4: the control character U+0000 cannot stay. Delete it."),
        (b"# \x1b[31m\n", "1: column 3: the control character U+001B cannot stay. Delete it."),
    ],
)  # fault 49
def test_only_utf8_is_read_and_the_other_encoding_is_named(
    faults_of: FaultsOf, name: str, content: bytes, fault: str
) -> None:
    assert faults_of(content, name) == [f"{name}:{fault}"]


def test_a_file_that_is_replaced_meanwhile_is_read_as_one_version(tmp_path: Path) -> None:  # fault 51
    path, fresh = tmp_path / "faq.yaml", tmp_path / "faq.yaml.new"
    versions = [KOREAN + f"- {{id: v{n}, question: v{n}, answer: {'x' * n * 1000}}}\n" for n in range(5)]
    answers = {hashlib.sha256(text.encode()).hexdigest(): len(text) for text in versions}
    stop = Event()

    def save_again_and_again() -> None:
        while not stop.is_set():
            for text in versions[1:]:
                fresh.write_text(text, encoding="utf-8")
                fresh.rename(path)

    path.write_text(versions[1], encoding="utf-8")
    editor = Thread(target=save_again_and_again)
    editor.start()
    try:
        seen = [load_faq(path) for _ in range(50)]
    finally:
        stop.set()
        editor.join()

    for faq in seen:
        digest = hashlib.sha256(versions[int(faq.entries[-1].id[1:])].encode()).hexdigest()
        assert (faq.digest, len(faq.entries[-1].answer)) == (digest, int(faq.entries[-1].id[1:]) * 1000)
    assert {faq.digest for faq in seen} <= answers.keys()


def test_a_half_written_file_is_refused_whole(write: Write) -> None:  # fault 51
    whole = KOREAN.encode()
    path = write(whole)
    refused = 0
    for length in range(1, len(whole) - 1):
        path.write_bytes(whole[:length])
        try:
            (entry,) = load_faq(path).entries
        except FaqError:
            refused += 1
        else:
            assert "신청하세요".startswith(entry.answer)  # YAML cannot know that a last word was cut

    assert refused >= len(whole) - 16

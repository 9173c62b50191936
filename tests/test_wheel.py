"""The package alone: built, installed into a clean environment, started in an empty folder, asked."""

import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.request
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the commands of an environment that holds the wheel and what it depends on, nothing else."""
    place = tmp_path_factory.mktemp("clean")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = place.glob("ondap-*.whl")
    venv.create(place / "venv", with_pip=True)
    commands = place / "venv" / "bin"
    for arguments in (["--require-hashes", "-r", str(ROOT / "requirements.txt")], ["--no-deps", str(wheel)]):
        subprocess.run(
            [str(commands / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments],
            check=True,
        )
    return commands


@pytest.fixture
def clean_environment() -> dict[str, str]:
    hidden = ("ONDAP_", "PYTHON", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}


async def test_a_folder_is_made_served_and_asked(
    installed: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    made = await asyncio.create_subprocess_exec(
        *(str(installed / "ondap"), "init"), cwd=tmp_path, env=clean_environment, stdout=asyncio.subprocess.PIPE
    )
    assert "data/faq.yaml" in (await made.communicate())[0].decode()
    assert (tmp_path / ".env").exists()
    child = await asyncio.create_subprocess_exec(
        *(str(installed / "ondap"), "serve", "--port", "0"),
        cwd=tmp_path,
        env=clean_environment,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert child.stderr is not None
        url = None
        while url is None:
            line = (await child.stderr.readline()).decode()
            assert line, "it ended without listening"
            found = re.search(r"Ondap answers at (\S+)", line)
            url = found[1] if found else None
        answer = await asyncio.to_thread(ask, url, "환불은 어떻게 받나요?")
        assert (answer["source"], answer["entry_id"]) == ("faq", "refund")
        for path in ("/", "/widget.js", "/widget/panel.js", "/demo.css"):
            page = await asyncio.to_thread(urllib.request.urlopen, url + path)
            assert page.status == 200
            page.close()
    finally:
        child.terminate()
        await child.communicate()


def ask(url: str, message: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{url}/api/chat", json.dumps({"message": message}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as reply:
        body: dict[str, object] = json.load(reply)
    return body


def test_a_second_init_touches_nothing(installed: Path, clean_environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/faq.yaml").write_text("mine")
    again = subprocess.run(
        [str(installed / "ondap"), "init"],
        cwd=tmp_path,
        env=clean_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert (tmp_path / "data/faq.yaml").read_text() == "mine"
    assert not (tmp_path / ".env").exists()

"""The package alone: built, installed into a clean environment, started in an empty folder, asked."""

import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from .upstream import Upstream, answer

ROOT = Path(__file__).parents[1]
UNKNOWN = "자전거 수리도 해 주시나요?"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = place.glob("ondap-*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the commands of an environment that holds the wheel and what it depends on, nothing else."""
    place = tmp_path_factory.mktemp("clean")
    venv.create(place / "venv", with_pip=True)
    commands = place / "venv" / "bin"
    for arguments in (["--require-hashes", "-r", str(ROOT / "requirements.txt")], ["--no-deps", str(wheel)]):
        subprocess.run(
            [str(commands / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments],
            check=True,
        )
    return commands


@pytest.mark.parametrize("folder", ["templates", "data"])
def test_whatever_travels_with_the_code_is_in_it(wheel: Path, folder: str) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    files = tracked or [str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert {f"service/bundled/{file}" for file in files} - set(zipfile.ZipFile(wheel).namelist()) == set()


@pytest.fixture
def clean_environment() -> dict[str, str]:
    hidden = ("ONDAP_", "PYTHON", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}


async def test_a_folder_is_made_served_and_asked(
    installed: Path, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    """With everything that a question may need: FAQ, desk, persona, guard, ledger, widget."""
    made = await run(installed, "init", cwd=tmp_path, env=clean_environment)
    assert "data/faq.yaml" in made
    async with Upstream(answer(["저희는 자전거를 ", "고치지 않아요. ", "대신 환불해 드릴게요."])) as provider:
        (tmp_path / ".env").write_text(
            f"ONDAP_CHAT_PROVIDER=openai\nONDAP_CHAT_BASE_URL={provider.base_url}\nONDAP_CHAT_API_KEY=sk-a-test-key\n"
            "ONDAP_BUDGET_USD_PER_DAY=1\n"
        )
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
            known = await asyncio.to_thread(ask, url, "환불은 어떻게 받나요?")
            assert (known["source"], known["entry_id"]) == ("faq", "refund")
            completed = await asyncio.to_thread(ask, url, UNKNOWN)
            assert completed["source"] == "model"
            assert "고치지 않아요" in str(completed["answer"])
            assert "환불해 드릴게요" not in str(completed["answer"])
            endangered = await asyncio.to_thread(ask, url, "죽고 싶어요")
            assert "109" in str(endangered["said_first"])
            for path in ("/", "/widget.js", "/widget/panel.js", "/demo.css", "/api/persona", "/readyz"):
                page = await asyncio.to_thread(urllib.request.urlopen, url + path)
                assert page.status == 200
                page.close()
        finally:
            child.terminate()
            await child.communicate()
    costs = json.loads(await run(installed, "costs", "--json", cwd=tmp_path, env=clean_environment))
    assert costs["today"]["calls"] >= 1, "and the summary for whoever takes over"
    assert "fine" in await run(installed, "persona", "check", cwd=tmp_path, env=clean_environment)


async def run(installed: Path, *arguments: str, cwd: Path, env: dict[str, str]) -> str:
    child = await asyncio.create_subprocess_exec(
        *(str(installed / "ondap"), *arguments), cwd=cwd, env=env, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await child.communicate()
    assert child.returncode == 0
    return said.decode()


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

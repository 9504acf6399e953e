"""The project against itself: import rules, settings, documentation, and nothing that names a machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scrapers.registry import load_sources
from state.settings import Settings

ROOT = Path(__file__).parents[1]
ROOMS = ("pipelines", "scrapers", "models", "warehouse", "dashboards", "publications", "state")


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def python_files(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def test_imports_point_one_way() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_module_opens_with_a_docstring() -> None:
    without = [
        str(path.relative_to(ROOT))
        for path in python_files(*ROOMS)
        if not path.read_text(encoding="utf-8").lstrip().startswith(('"""', 'r"""'))
    ]
    assert without == []


def test_modules_can_be_read_in_one_sitting() -> None:
    long = {str(p.relative_to(ROOT)): n for p in python_files(*ROOMS) if (n := len(p.read_text().splitlines())) > 450}
    assert long == {}


def test_every_setting_is_in_the_example_and_no_other() -> None:
    documented = set(re.findall(r"^OBSERVATORY_(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M))
    assert documented == {name.upper() for name in Settings.model_fields}


def test_only_settings_read_the_environment() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in python_files(*ROOMS)
        if re.search(r"os\.environ\.get|os\.getenv|environ\[.OBSERVATORY", path.read_text(encoding="utf-8"))
    ]
    assert readers == []


def test_dagster_instance_limits_pools_and_is_silent() -> None:
    loaded = yaml.safe_load((ROOT / "deploy" / "dagster.yaml").read_text(encoding="utf-8"))
    assert loaded["concurrency"]["pools"]["default_limit"] == 1
    assert loaded["run_monitoring"]["free_slots_after_run_end_seconds"] > 0
    assert loaded["sensors"]["use_threads"] is True
    assert loaded["telemetry"]["enabled"] is False


def test_every_source_says_licence_and_personal_data() -> None:
    sources = load_sources()
    assert {s.id for s in sources} >= {"eurostat_isoc_eb_ai", "greenhouse_boards", "greenhouse_sample"}
    for source in sources:
        assert source.licence.name, source.id
        assert source.personal_data, source.id


def test_lock_files_name_no_index() -> None:
    for name in ("requirements.lock", "requirements-ci.lock", "deploy/installer.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--index|--find-links", text), name


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a path of one machine", r"/(?:work|root|home)/[a-z]"),
        ("a package registry's host", r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org"),
        ("unfinished work", r"\bTO" + r"DO\b|\bFIX" + r"ME\b|NotImplemented" + r"Error"),
    ],
)
def test_no_file_names(what: str, pattern: str) -> None:
    found = []
    for path in tracked_files():
        if path.suffix in {".lock", ".png", ".ico"} or path.name == "LICENSE" or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if re.search(pattern, line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == [], what


def test_commands_of_the_readme_exist() -> None:
    from typer.main import get_command

    from pipelines.cli import app

    known = get_command(app)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for call in re.findall(r"`observatory ([a-z]+)", text):
        assert call in known.commands, call  # type: ignore[attr-defined]
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"make (run|test|up|lint|clean)", text)) <= targets

"""``observatory source``: what it says of evidence, formats, disabled sources and boards that are held back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipelines import cli, source_cli, steps
from scrapers.registry import Source, load_sources
from state.settings import Settings
from tests.pipelines.test_drift import BOARDS, collect


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Call the command line in this process; gives exit code and output, or the error that it would word."""

    def call(*arguments: str) -> tuple[int, str]:
        console = Console(width=500, soft_wrap=True, highlight=False)
        monkeypatch.setattr(source_cli, "out", console)
        with console.capture() as captured:
            result = CliRunner().invoke(cli.app, ["--data", str(tmp_path), "source", *arguments])
        return result.exit_code, captured.get() + str(result.exception or "")

    return call


def test_the_list_says_what_is_known_and_what_is_disabled(said: Callable[..., tuple[int, str]]) -> None:
    code, text = said("list")
    assert code == 0
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip() and " is disabled: " not in line}
    for source in load_sources():
        assert source.evidence in lines[source.id], source.id
    assert "govjobs (unverified)" in lines["govjobs"]
    disabled = [source for source in load_sources() if source.disabled]
    assert disabled
    for source in disabled:
        assert f"{source.id} is disabled: {source.disabled}" in text


def test_the_list_is_of_one_kind_where_asked(said: Callable[..., tuple[int, str]]) -> None:
    code, text = said("list", "--kind", "funding_event")
    assert code == 0
    assert "cordis_horizon" in text
    assert "greenhouse_boards" not in text
    assert "no kind of record" in said("list", "--kind", "pigeons")[1]


def test_a_disabled_source_is_asked_of_nobody(said: Callable[..., tuple[int, str]]) -> None:
    code, text = said("check", "eures")
    assert code == 1
    assert "eures is disabled and asked of nobody" in text


def test_show_lists_boards_and_what_is_held(
    said: Callable[..., tuple[int, str]],
    tmp_path: Path,
    settings_at: Callable[[Path], Settings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundled = next(source for source in load_sources() if source.id == "greenhouse_boards")
    source: Source = bundled.model_copy(update={"params": {"boards": BOARDS}})
    monkeypatch.setattr(steps, "sources_of", lambda settings, mode=None: (source,))
    assert "not read yet" in said("show", source.id)[1]
    settings = settings_at(tmp_path)
    collect(settings, source, 0, acme=40, other=9)
    collect(settings, source, 6, acme=3, other=9)
    code, text = said("show", source.id)
    assert code == 0
    assert "evidence payload; format greenhouse" in text
    (line,) = [line for line in text.splitlines() if line.strip().startswith("acme")]
    assert "Acme Test S.A." in line
    assert "held since 2026-03-02 12:00: acme: 3 records where 40 are usual" in line
    assert "as usual" in next(line for line in text.splitlines() if line.strip().startswith("other"))

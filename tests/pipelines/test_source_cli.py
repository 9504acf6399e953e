"""``observatory source``: what it says of evidence, formats, disabled sources and boards that are held back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipelines import cli, source_cli, steps
from scrapers.archive import Archive
from scrapers.registry import Source, load_sources
from scrapers.tdm import WELL_KNOWN
from state.settings import Settings
from tests.pipelines.test_drift import BOARDS, collect
from tests.scrapers.site import CONTACT, Site
from tests.scrapers.test_crawl_feed import feed as rss
from tests.scrapers.test_crawl_feed import item as entry


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


@pytest.fixture
def site() -> Iterator[Site]:
    one = Site()
    yield one
    one.close()


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


def test_an_unverified_address_is_probed_once_and_becomes_no_record(
    said: Callable[..., tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Site
) -> None:
    """Robots and opt-outs first, then the feed; its pages are left alone. A second forbids it."""
    monkeypatch.setenv("OBSERVATORY_CONTACT", CONTACT)
    hosts = dict.fromkeys(("delano.lu", "chronicle.lu"), site.base)
    monkeypatch.setenv("OBSERVATORY_HOST_MAP", json.dumps(hosts))
    site.serve("/feed", rss(entry(1), entry(2), entry(20)), Content_Type="application/rss+xml")
    code, text = said("check", "delano")
    assert site.paths() == ["/robots.txt", WELL_KNOWN, "/feed"]
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in text.splitlines() if line.strip()}
    assert code == 0, text
    assert lines["probe"].startswith("https://delano.lu/feed; the source is disabled: address seen in public code only")
    assert "Not read yet" in lines["terms"]
    assert (lines["status"], lines["format"]) == ("200", "feed; the source says feed")
    assert (lines["items"], lines["newest"]) == ("3, 0 set aside", "2026-07-21")
    assert lines["result"] == "it can be read; nothing of it was kept as records"
    archive = Archive(tmp_path / "archive")
    assert archive.crawls() == []
    assert [record.purpose for record in archive.crawls("delano", purpose="watch")] == ["watch"]

    site.asked.clear()
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /rss.xml\n")
    site.serve("/rss.xml", rss(entry(1)))
    code, text = said("check", "chronicle_lu")
    assert code == 1
    assert "/rss.xml" not in site.paths()
    assert "robots.txt of chronicle.lu" in text
    assert "status   no answer" in text


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

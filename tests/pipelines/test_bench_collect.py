"""The benchmark of collecting: that it measures what it says, on a few pages; its figures are for people to read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import orjson
import pytest

from pipelines import bench_collect
from pipelines.bench_loopback import ADS, page
from scrapers.formats import FORMATS
from state.settings import Settings


def test_a_page_is_a_board_of_its_own() -> None:
    first, second = orjson.loads(page("b1")), orjson.loads(page("b2"))
    assert first != second
    assert (len(first["jobs"]), first["meta"]) == (ADS, {"total": ADS})
    assert 20_000 < len(page("b1")) < 60_000


def test_every_format_with_a_fixture_has_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {name: FORMATS[name] for name in ("greenhouse", "jsonstat", "personio")}
    monkeypatch.setattr(bench_collect, "FORMATS", chosen)
    monkeypatch.setattr(bench_collect, "DECODED_BYTES", 1)
    figures = {figure.name: figure for figure in bench_collect.decode_figures()}
    assert list(figures) == ["decode greenhouse", "decode jsonstat", "decode personio"]
    assert all(figure.ours > 0 and figure.ratio > 0 for figure in figures.values())
    assert figures["decode personio"].yardstick == "lxml.etree"


def test_the_yardstick_fits_the_bytes() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("a.csv", "a,b")
    bodies = [b"{}", b"<!doctype html><p>x</p>", b"<a><b/></a>", packed.getvalue(), b"%PDF-1.4", b"a,b\n1,2\n"]
    named = [bench_collect.parser_of(body) for body in bodies]
    expected = ["orjson.loads", "lxml.html", "lxml.etree", "unzipping", "SHA-256", "csv.reader"]
    assert [name for name, _ in named] == expected
    for (_, parse), body in zip(named, bodies, strict=True):
        parse(body)


@pytest.mark.endurance
def test_collecting_is_measured_beside_bare_scrapy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {"BOARDS": 20, "FEW_BOARDS": 5, "ROUNDS": 1, "FORMATS": {}}.items():
        monkeypatch.setattr(bench_collect, name, value)
    figures = bench_collect.bench_collect(Settings(data=tmp_path, _env_file=None))
    assert [figure.name for figure in figures] == ["collect", "collect", "collect 20 boards"]
    assert all(figure.ours > 0 and figure.theirs > 0 for figure in figures)

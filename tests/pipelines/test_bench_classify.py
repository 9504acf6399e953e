"""The generated ads of the benchmark, and that the benchmark runs."""

from __future__ import annotations

import pytest

from pipelines import bench_ads, bench_classify
from state.settings import Settings


def test_ads_are_many_long_and_mostly_ordinary() -> None:
    made = list(bench_ads.ads(2_000))
    assert len({ad["text"] for ad in made}) == 2_000
    assert {ad["lang"] for ad in made} == {"en", "fr", "de", "lb"}
    assert 4_000 < sum(len(ad["text"]) for ad in made) / 2_000 < 4_800
    assert 0.92 < sum(ad["ai_class"] == "none" for ad in made) / 2_000 < 0.96
    assert list(bench_ads.ads(20)) == list(bench_ads.ads(20))


@pytest.mark.endurance
def test_the_benchmark_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_classify, "ADS", 800)
    monkeypatch.setattr(bench_classify, "FEW", 200)
    monkeypatch.setattr(bench_classify, "MILLION", 1_600)
    figures = bench_classify.bench_classify(Settings())
    assert {figure.unit for figure in figures} == {"ads/s", "MB at most", "ms"}
    assert all(figure.ours > 0 and figure.theirs > 0 for figure in figures)
    speed, _memory = bench_classify.bench_classify_million(Settings())
    assert speed.name == "classify and scrub, 1,600 ads"

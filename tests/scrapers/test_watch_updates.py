"""One feed of updates for many datasets: one request a tick, a version for each, and nothing lost when it forgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines import watch as ticks
from scrapers.decoders.base import UnreadableError
from scrapers.registry import Source, Watch, load_sources
from scrapers.updates import entries_of, heard_of
from scrapers.watch import Look, look
from tests.scrapers.site import CONTACT, EUROSTAT, Answer, Site

PATH = "/eurostat/api/dissemination/catalogue/rss/en/statistics-update.rss"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DATASETS = ("eurostat_isoc_eb_ai", "eurostat_isoc_eb_ain2", "eurostat_nama_10_gdp")


def feed(*entries: tuple[str, float], built: str = "now") -> bytes:
    """Entries as (title, days before NOW), the newest last; the guid changes whenever the feed is rebuilt."""
    items = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>{built}-{at}</guid>"
        f"<pubDate>{format_datetime(NOW - timedelta(days=days))}</pubDate></item>"
        for at, (title, days) in enumerate(entries)
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Updates</title>{items}</channel></rss>".encode()


OTHER = ("tps00001 - Something else", 6.5)


@cache
def registered() -> dict[str, Source]:
    return {source.id: source for source in load_sources()}


def sources(*names: str) -> list[Source]:
    return [registered()[name].model_copy(update={"delay_seconds": 0.0}) for name in names]


def looked(site: Site, root: Path, *chosen: Source) -> Mapping[str, Look]:
    site.asked.clear()
    return look(chosen, root, contact=CONTACT, host_map={EUROSTAT: site.base}, timeout_s=20.0)


def test_many_datasets_cost_one_request_and_each_has_its_own_version(tmp_path: Path, site: Site) -> None:
    site.serve(PATH, feed(OTHER, ("ISOC_EB_AI - Artificial intelligence", 2), ("NAMA_10_GDP - GDP", 1)))
    found = looked(site, tmp_path, *sources(*DATASETS, "eurostat_updates"))
    assert site.paths().count(PATH) == 1
    assert sorted(found) == sorted([*DATASETS, "eurostat_updates"])
    assert {name: seen.problem for name, seen in found.items()} == dict.fromkeys(found)
    assert found["eurostat_isoc_eb_ai"].upstream_at == NOW - timedelta(days=2)
    assert found["eurostat_isoc_eb_ain2"].version is None, "the code of another dataset begins with its own"
    assert {seen.heard_since for name, seen in found.items() if name in DATASETS} == {NOW - timedelta(days=6.5)}
    assert len({seen.version for seen in found.values()}) == 4
    assert sum(seen.requests for seen in found.values()) == len(site.asked)


def test_every_dataset_of_eurostats_watches_the_one_feed() -> None:
    datasets = [source for source in registered().values() if source.spider == "eurostat"]
    assert len(datasets) >= 17
    for source in datasets:
        assert (source.watch.kind, source.watch.match) == ("feed", source.params["dataset"])
        assert str(source.watch.url).endswith(PATH)


def test_a_feed_that_fails_is_trouble_for_all_and_no_change(tmp_path: Path, site: Site) -> None:
    site.pages[PATH] = lambda asked: Answer(b"down", 500)
    found = looked(site, tmp_path, *sources(*DATASETS))
    assert {seen.trouble for seen in found.values()} == {"unreachable"}
    site.serve(PATH, b"<rss version='2.0'><channel><item><title>ISOC_EB_AI</title></item></channel></rss>")
    undated = looked(site, tmp_path, *sources(*DATASETS))
    assert {(seen.version, seen.trouble) for seen in undated.values()} == {(None, "changed_shape")}


def test_a_version_is_the_newest_update_and_nothing_else() -> None:
    code = "isoc_eb_ai"
    both = heard_of(code, entries_of(feed(("isoc_eb_ai - AI", 5), ("ISOC_EB_AI: AI, structure", 1))))
    newest = heard_of(code, entries_of(feed(OTHER, ("ISOC_EB_AI - AI renamed", 1), built="later")))
    older = heard_of(code, entries_of(feed(OTHER, ("ISOC_EB_AI - AI", 5))))
    assert both.version == newest.version != older.version
    assert newest.updated_at == NOW - timedelta(days=1)
    assert heard_of("isoc_eb", entries_of(feed(OTHER, ("ISOC_EB_AI - AI", 1)))).version is None
    for body in (b"", b"<html><body>down</body></html>", feed(), b"{}"):
        with pytest.raises(UnreadableError):
            entries_of(body)


def test_a_match_needs_a_feed_that_is_read_before_it_forgets() -> None:
    url = f"https://{EUROSTAT}{PATH}"
    Watch(kind="feed", url=url, every_minutes=720, match="isoc_eb_ai")
    for wrong in ({"kind": "head"}, {"every_minutes": 60 * 24 * 4}, {"min_gap_minutes": 60}, {"match": "a b"}):
        with pytest.raises(ValidationError):
            Watch(**{"kind": "feed", "url": url, "every_minutes": 720, "match": "isoc_eb_ai", **wrong})


def heard(days: float, version: str | None) -> Look:
    return Look("eurostat_isoc_eb_ai", version=version, heard_since=NOW - timedelta(days=days))


def test_a_dataset_that_is_not_named_keeps_its_version() -> None:
    state, first = ticks.heard(ticks.Watched(), heard(7, None), NOW)
    assert first.version is not None, "a source that was never seen is to be fetched once"
    state = replace(state, version=first.version)
    state, quiet = ticks.heard(state, heard(6.9, None), NOW + timedelta(hours=12))
    assert quiet.version == first.version
    state, named = ticks.heard(state, heard(6.5, "abc"), NOW + timedelta(hours=24))
    assert named.version == "abc"
    state = replace(state, version="abc")
    _, gone = ticks.heard(state, heard(-0.5, None), NOW + timedelta(days=1, hours=1))
    assert gone.version == "abc"


def test_an_update_that_may_have_been_missed_is_fetched() -> None:
    state = ticks.Watched(version="abc", heard_at=(NOW - timedelta(days=9)).isoformat())
    state, found = ticks.heard(state, heard(7, None), NOW)
    assert found.version not in (None, "abc")
    assert state.heard_at == NOW.isoformat()


def test_looks_of_other_kinds_pass_as_they_are() -> None:
    seen = Look("greenhouse_boards", version="abc")
    assert ticks.heard(ticks.Watched(), seen, NOW) == (ticks.Watched(), seen)

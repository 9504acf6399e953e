"""A board that falls: what a run says and keeps, whom it tells, and how it ends, from archived answers on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines import alerts, judgement, steps
from scrapers import profiles
from scrapers.archive import Archive, ArchiveWriter, CrawlStats, crawl_id_of
from scrapers.plan import planned_requests
from scrapers.registry import Source, load_sources
from state import db, events, incidents
from state.settings import Settings
from tests.payloads import board, job

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
BOARDS = [{"board": "acme", "employer": "Acme Test S.A."}, {"board": "other", "employer": "Other Test S.A."}]


@pytest.fixture
def source() -> Source:
    bundled = next(source for source in load_sources() if source.id == "greenhouse_boards")
    return bundled.model_copy(update={"params": {"boards": BOARDS}})


@pytest.fixture
def live(tmp_path: Path, settings_at: Callable[[Path], Settings], monkeypatch: pytest.MonkeyPatch, source: Source):  # type: ignore[no-untyped-def]
    """Settings of a live installation whose only source is this one."""
    monkeypatch.setattr(steps, "sources_of", lambda settings, mode=None: (source,))
    return settings_at(tmp_path).model_copy(update={"mode": "live", "engineers": ("ops@example.lu",)})


def collect(
    settings: Settings, source: Source, hours: float, signs_off: bool = True, **ads: int
) -> steps.RecordsReport:
    """Archive one crawl with so many ads of each board, unread boards left out, and decode it.

    With ``signs_off`` it says which boards it read whole, and what was declared; older crawls did not.
    """
    at = START + timedelta(hours=hours)
    crawl_id = crawl_id_of(at, f"{int(hours):08x}")
    planned = {request.key: request.url for request in planned_requests(source)}
    with ArchiveWriter(settings.archive, source.id, crawl_id, at) as writer:
        for name, count in ads.items():
            body = board([job(number) for number in range(1, count + 1)])
            headers = {"content-type": "application/json"}
            writer.write_response("GET", planned[name], {}, b"", 200, headers, body, at)
        done, missing = sorted(ads), sorted(set(planned) - set(ads))
        told = CrawlStats(planned=len(planned), complete_keys=done, problems=dict.fromkeys(missing, "HTTP 503"))
        if signs_off:
            told.whole, told.limits = done, profiles.limits_of(source)
        told.trouble = "unreachable" if missing else None
        writer.sign_off("finished", not missing, told)
    return steps.decode_new(settings, source)


def row_of_newest(settings: Settings, source: Source) -> tuple[bool, list[str]]:
    """What the warehouse is told of the newest crawl: complete, and the boards it speaks for."""
    newest = Archive(settings.archive).crawls(source.id)[-1]
    row = judgement.crawl_row(settings, newest, [source], {source.id: steps.drift_of(settings, source)})
    return row["complete"], row["whole"]


def open_keys(settings: Settings) -> list[str]:
    alerts.look(settings, last_run_at=datetime.now(UTC), watching_since=datetime.now(UTC), now=datetime.now(UTC))
    return [incident.key for incident in incidents.open_incidents(db.open_state(settings.state_db))]


def test_a_fall_from_forty_to_three_is_held_told_once_and_over_when_it_recovers(live: Settings, source: Source) -> None:
    for hours in (0, 6):
        assert collect(live, source, hours, acme=40, other=9).problem is None
    assert row_of_newest(live, source) == (True, ["acme", "other"])

    fallen = collect(live, source, 12, acme=3, other=9)
    assert fallen.trouble == "fell"
    assert fallen.problem is not None
    assert "acme: 3 records where 40 are usual" in fallen.problem
    assert row_of_newest(live, source) == (False, ["other"]), "nothing closes on the board that fell; the other goes on"
    assert events.health(db.open_state(live.state_db))[source.id].trouble == "fell"
    keys = [f"source:{source.id}:acme"]
    assert open_keys(live) == keys
    rows = judgement.drift_rows({source.id: steps.drift_of(live, source)})
    assert [(row["part"], row["usual"], row["found"]) for row in rows["held"]] == [("acme", 40.0, 3.0)]
    assert [(row["part"], row.get("what")) for row in rows["part"]] == [("acme", "records"), ("other", None)]

    collect(live, source, 18, other=9)  # the board is not reached: it stays held, and nothing new is told
    assert open_keys(live) == keys
    mails = list((live.outbox / "engineers").rglob("*.eml"))

    assert collect(live, source, 24, acme=38, other=9).problem is None
    assert row_of_newest(live, source) == (True, ["acme", "other"])
    assert open_keys(live) == []
    assert events.health(db.open_state(live.state_db))[source.id].trouble is None
    told = len(list((live.outbox / "engineers").rglob("*.eml"))) - len(mails)
    assert (len(mails), told) == (1, 1), "one mail when it began, one when it was over"


def test_two_boards_that_fall_are_two_incidents(live: Settings, source: Source) -> None:
    collect(live, source, 0, acme=40, other=30)
    collect(live, source, 6, acme=3, other=30)
    assert open_keys(live) == [f"source:{source.id}:acme"]
    collect(live, source, 12, acme=3, other=2)
    assert open_keys(live) == [f"source:{source.id}:acme", f"source:{source.id}:other"]


def test_a_new_level_is_accepted_after_three_crawls_over_two_days(live: Settings, source: Source) -> None:
    collect(live, source, 0, acme=40, other=9)
    for hours in (24, 48):
        assert collect(live, source, hours, acme=3, other=9).trouble == "fell"
        assert row_of_newest(live, source)[1] == ["other"]
    assert collect(live, source, 72, acme=3, other=9).problem is None
    assert row_of_newest(live, source) == (True, ["acme", "other"]), "now the ads that are gone may close"
    assert open_keys(live) == []


def test_a_rebuild_judges_as_it_was_judged(live: Settings, source: Source) -> None:
    for hours, count in ((0, 40), (6, 3), (12, 41), (18, 2)):
        collect(live, source, hours, acme=count, other=9)
    before = steps.drift_of(live, source)
    steps.remove_derived(live)
    assert steps.drift_of(live, source).standings == {}
    steps.decode_new(live, source)
    assert steps.drift_of(live, source) == before
    assert len(before.held) == 2


def declare(source: Source, *lines: Mapping[str, object], **changes: object) -> Source:
    """The source as it would be declared with these boards."""
    return source.model_copy(update={"params": {"boards": list(lines)}, **changes})


def test_a_registry_that_changed_judges_no_crawl_of_before(live: Settings, source: Source) -> None:
    """Boards that come and go, a lower floor, a least number: of crawls from then on, and a rebuild knows it too."""
    collect(live, source, 0, acme=40)
    for hours, count in ((6, 30), (12, 3), (18, 31)):
        collect(live, source, hours, acme=count, other=9)
    crawls = Archive(live.archive).crawls(source.id)
    acme, other = BOARDS

    def said(of: Source) -> list[tuple[bool, list[str]]]:
        drifts = {of.id: steps.drift_of(live, of)}
        rows = [judgement.crawl_row(live, one, [of], drifts) for one in crawls]
        return [(row["complete"], row["whole"]) for row in rows]

    before = said(source)
    assert before == [(False, ["acme"]), (True, ["acme", "other"]), (False, ["other"]), (True, ["acme", "other"])]
    changed = (
        declare(source, acme),
        declare(source, acme, other, {"board": "third"}),
        declare(source, {**acme, "floor": 0.0}, {**other, "min_items": 10}, min_items=1000, floor=0.95),
    )
    for one in changed:
        assert said(one) == before
        steps.remove_derived(live)
        steps.decode_new(live, one)
        assert said(one) == before, "made again from the archive, with what is declared today"


def test_a_crawl_that_did_not_say_what_it_read_asked_one_request_a_board(live: Settings, source: Source) -> None:
    collect(live, source, 0, acme=40, other=9, signs_off=False)
    assert row_of_newest(live, source) == (True, ["acme", "other"])
    collect(live, source, 6, acme=3, signs_off=False)
    assert row_of_newest(live, source) == (False, [])
    collect(live, source, 12, acme=38, signs_off=False)
    assert row_of_newest(live, source) == (False, ["acme"])


def test_a_profile_that_cannot_be_read_counts_for_nothing(live: Settings, source: Source) -> None:
    collect(live, source, 0, acme=40, other=9)
    (path,) = (live.records / profiles.FOLDER / source.id).glob("*.json")
    for damaged in (b"{torn", b"[]", b'{"crawl_id": 1}'):
        path.write_bytes(damaged)
        assert steps.drift_of(live, source).standings == {}

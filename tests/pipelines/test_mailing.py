"""The weekly round: issued once a week, caught up once, sent once; and who hears when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from pipelines import alerts, mailing, schedule, steps
from pipelines.mailing import IssueReport
from publications import archive
from publications.outbox import SenderBusyError, sending
from state import db, events, incidents
from state.settings import Settings
from tests.publications.mailbox import Mailbox, parsed, served, smtp_settings
from tests.reading.release_builder import two_releases

MONDAY = datetime(2026, 11, 30, 6, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MEMBERS = "address,language,topics\nanna@example.org,fr,talent\nbob@example.org,de,\ncarl@example.org,en,\nnobody,en,\n"


@pytest.fixture
def installation(tmp_path: Path) -> Settings:
    """Two releases and three members; messages go to files."""
    members = tmp_path / "members.csv"
    members.write_text(MEMBERS, encoding="utf-8")
    settings = Settings(  # type: ignore[call-arg]
        data=tmp_path / "data", members=members, mail_from="observatory@example.lu", _env_file=None
    )
    two_releases(settings.releases)
    return settings


def mails(settings: Settings) -> list[Path]:
    return sorted((settings.outbox / "members").rglob("*.eml"))


def test_a_round_issues_once_and_sends_once(installation: Settings) -> None:
    first = mailing.send(installation, MONDAY + HOUR)
    assert (first.number, first.issued, first.delivery.sent) == (1, True, 3)
    assert first.problems == ("line 5: left out: this is no address",)
    again = mailing.send(installation, MONDAY + 3 * DAY)
    assert (again.number, again.issued, again.delivery.sent, again.delivery.skipped) == (1, False, 0, 3)
    assert len(mails(installation)) == 3
    said = events.events(db.open_state(installation.state_db), kinds=("announced",))
    assert [(row.edition, row.at) for row in said] == [(1, MONDAY + HOUR)]


def test_weeks_that_were_missed_are_made_up_for_once(installation: Settings) -> None:
    numbers = [mailing.send(installation, MONDAY + days * DAY).number for days in (0, 1, 23, 24, 28)]
    assert numbers == [1, 1, 2, 2, 3]
    rows = mailing.overview(installation)
    assert [(row.number, row.slot, row.sent, row.pending) for row in rows] == [
        (1, MONDAY, 3, 0),
        (2, MONDAY + 3 * WEEK, 3, 0),
        (3, MONDAY + 4 * WEEK, 3, 0),
    ]


def test_a_run_issues_but_mails_no_member(installation: Settings) -> None:
    report = steps.publish_digest(installation, MONDAY)
    assert isinstance(report, IssueReport)
    assert report.written
    assert steps.publish_digest(installation, MONDAY + DAY).written == ()
    assert mails(installation) == []
    assert mailing.work_left(installation, MONDAY + DAY) == "edition 1 waits for members"


def test_an_edition_that_was_not_finished_is_finished(installation: Settings) -> None:
    engine = db.open_state(installation.state_db)
    current = mailing.open_release(installation.releases)
    db.claim_edition(engine, MONDAY, current.release_id, None, current.info.data_until)  # and then the process died
    assert mailing.work_left(installation, MONDAY + HOUR) == "edition 1 was not finished"
    assert mailing.send(installation, MONDAY + HOUR).delivery.sent == 3
    assert mailing.work_left(installation, MONDAY + HOUR) is None


def test_an_edition_without_one_of_its_files_is_not_finished(installation: Settings) -> None:
    report = mailing.issue(installation, MONDAY)
    assert {path.suffix for path in report.files} == {".json", ".html", ".txt", ".eml"}
    assert mailing.work_left(installation, MONDAY + HOUR) == "edition 1 waits for members"
    for path in report.files:
        content = path.read_bytes()
        path.unlink()
        assert mailing.work_left(installation, MONDAY + HOUR) == "edition 1 was not finished", path.name
        path.write_bytes(content)


def test_an_edition_that_is_not_in_the_index_yet_is_not_finished(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing.send(installation, MONDAY)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(archive, "write_index", dies)
        with pytest.raises(KeyboardInterrupt):
            mailing.send(installation, MONDAY + WEEK)
    assert mailing.work_left(installation, MONDAY + WEEK) == "edition 2 was not finished"
    mailing.send(installation, MONDAY + WEEK)
    assert mailing.work_left(installation, MONDAY + WEEK) is None
    assert "edition-0002" in (mailing.editions_folder(installation) / "index.html").read_text()


def test_preview_shows_the_next_number_and_writes_nothing(installation: Settings) -> None:
    assert mailing.preview(installation, "en", MONDAY).number == 1
    assert not installation.outbox.exists()
    assert not installation.state_db.parent.exists()
    mailing.send(installation, MONDAY)
    issued = mailing.preview(installation, "fr", MONDAY + DAY, ("talent",))
    assert issued.number == 1
    sent = next(parsed(file.read_bytes()) for file in mails(installation) if "-fr-" in file.name)
    assert sent.get_body(("plain",)).get_content().replace("\r\n", "\n") == issued.text  # type: ignore[union-attr]
    assert mailing.preview(installation, "en", MONDAY + WEEK).number == 2
    with pytest.raises(ValueError, match="no topic astrology"):
        mailing.preview(installation, "en", MONDAY, ("astrology",))


def test_a_schedule_run_after_a_later_monday_leaves_it_to_that_one() -> None:
    assert isinstance(schedule.on_monday(MONDAY, MONDAY + 30 * HOUR), dg.RunRequest)
    missed = schedule.on_monday(MONDAY, MONDAY + 15 * DAY)
    assert isinstance(missed, dg.SkipReason)
    assert "2026-12-14 covers it" in str(missed.skip_message)


def test_definitions_are_whole_and_on_by_themselves(installation: Settings) -> None:
    found = dg.Definitions.merge(
        schedule.definitions(installation), dg.Definitions(sensors=alerts.sensors(installation))
    )
    dg.Definitions.validate_loadable(found)
    repository = found.get_repository_def()
    clock = repository.get_schedule_def(schedule.SCHEDULE)
    assert (clock.cron_schedule, clock.execution_timezone) == ("0 7 * * 1", "Europe/Luxembourg")
    assert clock.default_status == dg.DefaultScheduleStatus.RUNNING
    assert {sensor.default_status for sensor in repository.sensor_defs} == {dg.DefaultSensorStatus.RUNNING}
    assert len(repository.sensor_defs) == 4


def test_the_sensor_makes_up_for_a_monday_and_rests_after_failures(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = dg.DagsterInstance.ephemeral()
    job = schedule.digest_job(installation)

    def look(now: datetime | None = None) -> dg.RunRequest | dg.SkipReason:
        return schedule.left_to_do(installation, instance, now or datetime.now(UTC))

    assert isinstance(look(), dg.RunRequest)
    real = mailing.send

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(mailing, "send", broken)
    for _ in range(2):
        assert not job.execute_in_process(instance=instance, raise_on_error=False).success
    rest = look()
    assert isinstance(rest, dg.SkipReason)
    assert "the last round failed" in str(rest.skip_message)
    assert isinstance(look(datetime.now(UTC) + 19 * timedelta(minutes=1)), dg.SkipReason)
    assert isinstance(look(datetime.now(UTC) + 21 * timedelta(minutes=1)), dg.RunRequest)
    monkeypatch.setattr(mailing, "send", real)
    assert job.execute_in_process(instance=instance).success
    assert len(mails(installation)) == 3
    served = look()
    assert isinstance(served, dg.SkipReason)
    assert served.skip_message == "every member is served"
    assert isinstance(look(datetime.now(UTC) + 8 * DAY), dg.RunRequest)


def test_another_sender_at_work_is_no_failure(installation: Settings) -> None:
    with sending(db.open_state(installation.state_db)):
        with pytest.raises(SenderBusyError):
            mailing.send(installation, MONDAY)
        assert schedule.digest_job(installation).execute_in_process(instance=dg.DagsterInstance.ephemeral()).success
    assert mails(installation) == []


def test_a_list_that_cannot_be_used_fails_the_round_but_not_the_edition(installation: Settings) -> None:
    installation.members.write_text("name\nx\n")  # type: ignore[union-attr]
    job = schedule.digest_job(installation)
    result = job.execute_in_process(instance=dg.DagsterInstance.ephemeral(), raise_on_error=False)
    assert not result.success
    assert len(mailing.overview(installation)) == 1
    assert "no column 'address'" in str(mailing.work_left(installation, datetime.now(UTC)))


def test_without_a_release_or_members_nothing_is_started(
    tmp_path: Path, settings_at: Callable[[Path], Settings]
) -> None:
    settings = settings_at(tmp_path)
    assert mailing.work_left(settings, MONDAY) is None
    two_releases(settings.releases)
    assert mailing.work_left(settings, MONDAY) == "the edition of 2026-11-30 is due"
    assert mailing.send(settings, MONDAY).delivery.sent == 0
    assert mailing.work_left(settings, MONDAY + DAY) is None


# -- engineers ---------------------------------------------------------------------------------------------------------


def test_a_step_that_keeps_failing_is_told_once_until_it_succeeds(installation: Settings) -> None:
    mailbox = Mailbox()
    with served(mailbox) as port:
        settings = smtp_settings(installation.data, port, engineers=("eng@example.lu",), openalex_key="secret-key")
        boom = [("archive__openalex_works", "RuntimeError: https://api.openalex.org/works?api_key=secret-key")]
        for run in ("r1", "r2"):
            alerts.on_failure(settings, "__ASSET_JOB", run, boom, "Steps failed", MONDAY)
        alerts.on_failure(settings, "observatory", "r3", boom, "Steps failed", MONDAY)
        assert len(mailbox.received) == 1
        assert b"secret-key" not in mailbox.received[0][1]
        alerts.on_success(settings, "__ASSET_JOB", {"archive__eurostat"}, MONDAY + HOUR)
        assert len(mailbox.received) == 1
        alerts.on_success(settings, "observatory", {"archive__openalex_works"}, MONDAY + 2 * HOUR)
        alerts.on_success(settings, "observatory", {"archive__openalex_works"}, MONDAY + 3 * HOUR)
    assert [parsed(content)["Subject"] for _, content in mailbox.received] == [
        "[observatory] failed: archive__openalex_works",
        "[observatory] over: failed: archive__openalex_works",
    ]
    logged = events.events(db.open_state(settings.state_db), kinds=("failed",))
    assert [row.run_id for row in logged] == ["r3", "r2", "r1"]
    assert all("secret-key" not in row.detail for row in logged)


def test_a_run_that_died_without_a_step_is_its_jobs_incident(installation: Settings) -> None:
    settings = installation.model_copy(update={"engineers": ("eng@example.lu",)})
    assert alerts.on_failure(settings, "observatory", "r1", [], "The process of this run was killed.", MONDAY) == 1
    assert alerts.on_success(settings, "digest", {"issue_and_send"}, MONDAY) == 0
    assert alerts.on_success(settings, "observatory", set(), MONDAY) == 1
    files = sorted((settings.outbox / "engineers").glob("*.eml"))
    assert len(files) == 2
    assert "was killed" in parsed(files[0].read_bytes()).get_content()


def test_broken_sources_are_told_at_once_and_late_ones_when_they_are_late(installation: Settings) -> None:
    settings = installation.model_copy(update={"engineers": ("eng@example.lu",), "mode": "live"})
    engine = db.open_state(settings.state_db)
    live = steps.sources_of(settings, "live")
    broken, late, fine = live[0], live[1], live[2]
    allowed = timedelta(hours=late.fresh_within_hours)
    for source in (broken, late, fine):
        events.note_check(engine, source.id, by="look", at=MONDAY)
    events.note_check(engine, broken.id, by="look", at=MONDAY + HOUR, trouble="changed_shape", detail="no items")
    events.note_check(engine, late.id, by="look", at=MONDAY + HOUR, trouble="unreachable", detail="timed out")
    events.note_check(engine, fine.id, by="look", at=MONDAY + 2 * HOUR)

    def look(now: datetime) -> int:
        return alerts.look(settings, last_run_at=now, watching_since=MONDAY, now=now)

    def known() -> set[str]:
        return {item.key for item in incidents.open_incidents(engine)}

    assert look(MONDAY + HOUR) == 1
    assert known() == {f"source:{broken.id}"}
    assert look(MONDAY + 2 * HOUR) == 0
    events.note_check(engine, fine.id, by="look", at=MONDAY + allowed + HOUR)
    assert look(MONDAY + allowed + HOUR) == 1
    assert known() == {f"source:{broken.id}", f"source:{late.id}"}
    events.note_check(engine, broken.id, by="look", at=MONDAY + allowed + 2 * HOUR)
    events.note_check(engine, late.id, by="look", at=MONDAY + allowed + 2 * HOUR)
    assert look(MONDAY + allowed + 2 * HOUR) == 2
    assert known() == set()
    assert look(MONDAY + allowed + 2 * HOUR) == 0


def test_no_successful_run_for_too_long_is_told(installation: Settings) -> None:
    settings = installation.model_copy(update={"engineers": ("eng@example.lu",)})

    def look(now: datetime, last: datetime | None) -> int:
        return alerts.look(settings, last_run_at=last, watching_since=MONDAY, now=now)

    assert look(MONDAY + 35 * HOUR, None) == 0
    assert look(MONDAY + 37 * HOUR, MONDAY - WEEK) == 1
    assert look(MONDAY + 38 * HOUR, MONDAY - WEEK) == 0
    assert look(MONDAY + 39 * HOUR, MONDAY + 39 * HOUR) == 1


def test_sensors_hear_of_real_runs(installation: Settings) -> None:
    """The sensors on an instance with a run that failed and one that succeeded."""
    settings = installation.model_copy(update={"engineers": ("eng@example.lu",)})
    moods = {"fail": True}

    @dg.op
    def shaky() -> None:
        if moods["fail"]:
            raise RuntimeError("boom")

    @dg.job
    def work() -> None:
        shaky()

    instance = dg.DagsterInstance.ephemeral()
    failed = work.execute_in_process(instance=instance, raise_on_error=False)
    failure = next(event for event in failed.all_events if event.event_type_value == "PIPELINE_FAILURE")
    context = dg.build_run_status_sensor_context(
        "engineers_hear_of_failures", failure, instance, failed.dagster_run
    ).for_run_failure()
    alerts.failed_sensor(settings)(context)
    engine = db.open_state(settings.state_db)
    assert [item.subject for item in incidents.open_incidents(engine)] == ["failed: shaky"]
    assert "boom" in incidents.open_incidents(engine)[0].text
    moods["fail"] = False
    done = work.execute_in_process(instance=instance)
    success = next(event for event in done.all_events if event.event_type_value == "PIPELINE_SUCCESS")
    alerts.recovered_sensor(settings)(
        dg.build_run_status_sensor_context("engineers_hear_of_recoveries", success, instance, done.dagster_run)
    )
    assert incidents.open_incidents(engine) == []
    assert len(list((settings.outbox / "engineers").glob("*.eml"))) == 2
    assert alerts.last_success(instance) is not None
    result = alerts.stale_sensor(settings)(dg.build_sensor_context(instance=instance))
    assert isinstance(result, dg.SensorResult)
    assert result.cursor

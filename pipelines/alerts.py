"""What engineers are told of by mail: a run that failed, a source that is broken or late, no good run for too long.

Belongs here: noticing it, once an incident, and that it is over. Never here: the wording and the sending
(``publications.engineers``), or the marks that readers see (``warehouse.reading.freshness``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines import schedule, steps
from publications import engineers
from publications.engineers import Notice
from publications.transport import transport_of
from state import db, events, incidents
from state.settings import Settings
from warehouse.reading.freshness import freshness

LOOK_SECONDS = 600
NO_RUN_HOURS = 36.0
"""Hours without a successful run that nobody should miss: the daily safety net runs more often than that."""
BROKEN = ("changed_shape", "too_few", "damaged")
"""Troubles that only an engineer can mend, told at once; the others often mend themselves, and are told when late."""
RUN, SOURCE, NO_RUN = "run:", "source:", "no_run"


def sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """The sensor of failed runs, the one of runs that are well again, and the one of what is stale."""
    return [failed_sensor(settings), recovered_sensor(settings), stale_sensor(settings)]


def failed_sensor(settings: Settings) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="engineers_hear_of_failures",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="A mail to the engineers for a failed run: once until the same step succeeds.",
    )
    def _failed(context: dg.RunFailureSensorContext) -> None:
        failed = [
            (event.step_key or "", event.step_failure_data.error_display_string)
            for event in context.get_step_failure_events()
        ]
        run = context.dagster_run
        on_failure(settings, run.job_name, run.run_id, failed, context.failure_event.message or "", datetime.now(UTC))

    return _failed


def on_failure(
    settings: Settings, job: str, run_id: str, failed: list[tuple[str, str]], message: str, now: datetime
) -> int:
    """Log and tell of a failed run; steps that are known to fail are not told again. Gives the incidents told."""
    engine = db.open_state(settings.state_db)
    failed = [(step, redacted(error, settings)) for step, error in failed]
    events.record(
        engine,
        "failed",
        at=now,
        run_id=run_id,
        detail=f"{job}: {engineers.named([step for step, _ in failed]) or redacted(message, settings)}",
        key=f"run_failed:{run_id}",
    )
    known = {incident.key for incident in incidents.open_incidents(engine, RUN)}
    new = [(step, error) for step, error in failed if run_key(job, step) not in known]
    begun: dict[str, Notice] = {
        run_key(job, step): engineers.render_failure(job=job, run_id=run_id, at=now, steps=[(step, error)])
        for step, error in new
    }
    if not failed:
        error = redacted(message, settings)
        begun[run_key(job, "")] = engineers.render_failure(job=job, run_id=run_id, at=now, steps=[], error=error)
    return tell(settings, begun, now)


def recovered_sensor(settings: Settings) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="engineers_hear_of_recoveries",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends the incidents of steps that succeed again, and says so to who was told of them.",
    )
    def _recovered(context: dg.RunStatusSensorContext) -> None:
        run = context.dagster_run
        stats = context.instance.get_run_step_stats(run.run_id)
        done = {item.step_key for item in stats if item.status is not None and item.status.value == "SUCCESS"}
        on_success(settings, run.job_name, done, datetime.now(UTC))

    return _recovered


def on_success(settings: Settings, job: str, done: Collection[str], now: datetime) -> int:
    """End the incidents of the steps that succeeded, and of the job itself. Gives the all-clears told."""
    engine = db.open_state(settings.state_db)
    # The same step runs in jobs of several names, so the step decides; a run that died without one is its job's.
    over = [
        incident.key
        for incident in incidents.open_incidents(engine, RUN)
        if incident.key == run_key(job, "") or incident.key.rpartition(":")[2] in done
    ]
    return tell_over(settings, over, now)


def run_key(job: str, step: str) -> str:
    """Incident of a step, whatever job it runs in; of a job where no step is to blame."""
    return f"{RUN}step:{step}"[:200] if step else f"{RUN}job {job}:"[:200]


def stale_sensor(settings: Settings) -> dg.SensorDefinition:
    @dg.sensor(
        name="engineers_hear_of_staleness",
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="A mail to the engineers when a source is broken or late, or no run succeeds; one when it is over.",
    )
    def _stale(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        # Where nothing has run so far, the first look is what the time without a run is counted from.
        since = datetime.fromisoformat(context.cursor) if context.cursor else now
        last = last_success(context.instance)
        told = look(settings, last_run_at=last, watching_since=since, now=now)
        return dg.SensorResult(skip_reason=f"{told} incidents told", cursor=since.isoformat())

    return _stale


def last_success(instance: dg.DagsterInstance) -> datetime | None:
    """End of the newest successful run of the graph; mailing alone makes nothing fresh."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS]), limit=200):
        if record.dagster_run.job_name != schedule.JOB and record.end_time:
            return datetime.fromtimestamp(record.end_time, UTC)
    return None


def look(settings: Settings, *, last_run_at: datetime | None, watching_since: datetime, now: datetime) -> int:
    """Tell of what is stale now and was not before, and of what is over. Gives the incidents told, of both kinds.

    Mails that reached nobody at an earlier look go out now.
    """
    engine = db.open_state(settings.state_db)
    stale = stale_sources(settings, now)
    if now - max(last_run_at or watching_since, watching_since) > timedelta(hours=NO_RUN_HOURS):
        stale[NO_RUN] = engineers.render_stale_runs(last_run_at=last_run_at, hours=NO_RUN_HOURS)
    known = [*incidents.open_incidents(engine, SOURCE), *incidents.open_incidents(engine, NO_RUN)]
    over = [incident.key for incident in known if incident.key not in stale]
    return tell(settings, stale, now) + tell_over(settings, over, now)


def stale_sources(settings: Settings, now: datetime) -> dict[str, Notice]:
    """A notice for each watched source that is broken, or was not read well for longer than it may stay unread."""
    found: dict[str, Notice] = {}
    if settings.mode != "live":
        return found  # a replayed archive has no publisher who could be late
    health = events.health(db.open_state(settings.state_db))
    for source in steps.sources_of(settings, settings.mode):
        state = health.get(source.id)
        if state is None:
            continue  # never looked at; that nothing runs is told by itself
        # One that never went well counts from its first trouble: readers have no figure of it that could be late.
        counted_from = None if state.last_ok_at else state.trouble_since or state.last_checked_at
        row = {"last_checked_at": counted_from, "fresh_within_hours": source.fresh_within_hours, "is_sample": False}
        fresh = freshness(row, now, state)
        falls = steps.drift_of(settings, source).falls if state.trouble is not None else ()
        for part in falls:  # each board is an incident of its own: a second one must not hide behind the first
            found[f"{SOURCE}{source.id}:{part.part}"[:200]] = engineers.render_fall(
                source_id=source.id,
                part=part.part,
                said=redacted(str(part.fall), settings),
                since=part.since,
                last_good_at=part.last_good_at,
            )
        if falls and state.trouble == "fell":
            continue  # the other parts are read well
        if fresh.trouble in BROKEN or (fresh.due_at is not None and now > fresh.due_at):
            found[f"{SOURCE}{source.id}"] = engineers.render_stale_source(
                source_id=source.id,
                trouble=state.trouble,
                detail=redacted(state.detail, settings),
                last_ok_at=state.last_ok_at,
                fresh_within_hours=source.fresh_within_hours,
            )
    return found


def tell(settings: Settings, begun: Mapping[str, Notice], now: datetime) -> int:
    return engineers.alert(
        db.open_state(settings.state_db),
        transport_of(settings, settings.outbox / "engineers"),
        settings.engineers,
        begun,
        now=now,
        sender=settings.mail_from,
    )


def tell_over(settings: Settings, ended: list[str], now: datetime) -> int:
    return engineers.all_clear(
        db.open_state(settings.state_db),
        transport_of(settings, settings.outbox / "engineers"),
        settings.engineers,
        ended,
        now=now,
        sender=settings.mail_from,
    )


def redacted(text: str, settings: Settings) -> str:
    """The text without the secrets of the settings: an error may quote a URL with its key."""
    for secret in (settings.openalex_key, settings.smtp_password):
        if secret is not None and secret.get_secret_value():
            text = text.replace(secret.get_secret_value(), "***")
    return text

"""Monday 07:00 Europe/Luxembourg: the job that issues the edition that is due and hands it to members.

Belongs here: when the job runs. Never here: what it does (mailing.py), or when an edition is due
(``publications.calendar``).

The schedule starts the job on the hour. A machine that was off at that hour, a job that died, a mail server that asked
to come back: a sensor looks every few minutes whether something is left to do, and starts the same job. Whoever
starts it and how often, an edition is issued once and a member gets it once, so nothing here has to remember.
"""

# No postponed annotations here: Dagster reads the type of ``context`` as it stands.
from datetime import UTC, datetime

import dagster as dg

from pipelines import mailing
from publications import calendar, outbox
from state.settings import Settings

JOB = "digest"
SCHEDULE = "digest_on_monday"
SENSOR = "digest_left_to_do"
LOOK_SECONDS = 300
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def definitions(settings: Settings) -> dg.Definitions:
    """The job, its schedule, and the sensor that makes up for what the schedule could not do."""
    job = digest_job(settings)
    return dg.Definitions(jobs=[job], schedules=[monday_schedule(job)], sensors=[left_to_do_sensor(settings, job)])


def digest_job(settings: Settings) -> dg.JobDefinition:
    @dg.op(
        name="issue_and_send", description="Issues the edition of this week if it has none; serves who is not served."
    )
    def _send(context: dg.OpExecutionContext) -> None:
        try:
            report = mailing.send(settings, datetime.now(UTC))
        except outbox.SenderBusyError as error:
            context.log.info("%s", error)
            return
        delivery = report.delivery
        context.add_output_metadata(
            {
                "edition": report.number,
                "issued": report.issued,
                "sent": delivery.sent,
                "refused": delivery.refused,
                "waiting": delivery.failed,
                "problems": dg.MetadataValue.json([*delivery.problems, *report.problems]),
            }
        )
        if delivery.stopped:
            raise dg.Failure(
                f"edition {report.number}: {delivery.failed} members wait: {delivery.stopped}", allow_retries=False
            )

    @dg.job(
        name=JOB,
        executor_def=dg.in_process_executor,
        description="The edition of the week, issued once and sent to each member once.",
    )
    def _digest() -> None:
        _send()

    return _digest


def monday_schedule(job: dg.JobDefinition) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=SCHEDULE,
        job=job,
        cron_schedule=calendar.CRON,
        execution_timezone=str(calendar.ZONE),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Monday 07:00 Europe/Luxembourg.",
    )
    def _monday(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        return on_monday(context.scheduled_execution_time, datetime.now(UTC))

    return _monday


def on_monday(scheduled: datetime, now: datetime) -> dg.RunRequest | dg.SkipReason:
    """Run for a Monday, unless a later one has come: the weeks that were missed get one edition, not one each."""
    slot = calendar.slot_of(scheduled)
    if slot < calendar.slot_of(now):
        return dg.SkipReason(f"missed; the edition of {calendar.slot_of(now):%Y-%m-%d} covers it")
    return dg.RunRequest(run_key=slot.isoformat(), tags={"observatory/slot": slot.isoformat()})


def left_to_do_sensor(settings: Settings, job: dg.JobDefinition) -> dg.SensorDefinition:
    @dg.sensor(
        name=SENSOR,
        job=job,
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts the digest job for a Monday that was missed, and for members that still wait.",
    )
    def _look(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        return left_to_do(settings, context.instance, datetime.now(UTC))

    return _look


def left_to_do(settings: Settings, instance: dg.DagsterInstance, now: datetime) -> dg.RunRequest | dg.SkipReason:
    """Run if something is left to do, no round is under way, and the last failed ones lie far enough back."""
    reason = mailing.work_left(settings, now)
    if reason is None:
        return dg.SkipReason("every member is served")
    if instance.get_runs(dg.RunsFilter(job_name=JOB, statuses=UNFINISHED), limit=1):
        return dg.SkipReason("a round is under way")
    until = resting_until(instance)
    if until is not None and now < until:
        return dg.SkipReason(f"the last round failed; the next one is at {until:%H:%M} UTC")
    return dg.RunRequest(run_key=None, tags={"observatory/reason": reason[:200]})


def resting_until(instance: dg.DagsterInstance) -> datetime | None:
    """When the job may run again after failures: a pause that doubles with each failure in a row, at most six hours."""
    records = instance.get_run_records(dg.RunsFilter(job_name=JOB), limit=8)
    failures = 0
    for record in records:  # newest first
        if record.dagster_run.status != dg.DagsterRunStatus.FAILURE:
            break
        failures += 1
    if not failures:
        return None
    ended = records[0].end_time or records[0].update_timestamp.timestamp()
    return datetime.fromtimestamp(ended, UTC) + outbox.pause(failures)

"""Mails to the engineers: a run failed, the publication is stale, and that it is over. Plain text, in English.

Belongs here: wording these notices, and sending each once an incident. Never here: noticing that something is wrong
(``pipelines.alerts``), or what readers see (``warehouse.reading``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from filelock import Timeout
from sqlalchemy import Engine

from publications.mail import domain_of, one_line, plain_message_bytes
from publications.transport import Mail, Transport, TransportError
from state import db, incidents

MAX_LINES = 30
MAX_LINE = 300
MAX_STEPS = 10
MARK = "[observatory]"
WAIT_SECONDS = 20.0
"""How long a sensor waits while another one mails: less than the minute after which its tick is killed."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """What is wrong: a subject of a few words, and a text with what to do."""

    subject: str
    text: str


def render_failure(*, job: str, run_id: str, at: datetime, steps: Sequence[tuple[str, str]], error: str = "") -> Notice:
    """A failed run: ``steps`` are the failed ones with their errors, ``error`` is what ended a run without one."""
    lines = [f"Run {run_id} of {job} failed at {stamp(at)}.", ""]
    for name, message in steps[:MAX_STEPS]:
        lines += [f"{name}:", *(f"    {line}" for line in bounded(message)), ""]
    if len(steps) > MAX_STEPS:
        lines += [f"and {len(steps) - MAX_STEPS} more steps", ""]
    if not steps:
        lines += [*(f"    {line}" for line in bounded(error or "no step says why; its process may have died")), ""]
    lines += [
        "Readers keep the last good release.",
        f"To do: open run {run_id[:8]} in the Dagster web interface; once the cause is mended, re-execute it there.",
    ]
    return Notice(f"failed: {named([name for name, _ in steps]) or job}", "\n".join(lines))


def render_stale_source(
    *, source_id: str, trouble: str | None, detail: str, last_ok_at: datetime | None, fresh_within_hours: int
) -> Notice:
    """A source that is broken, or that nobody could read for longer than it may stay unread."""
    lines = [
        f"{source_id}: {trouble or 'late'}; last good look: {stamp(last_ok_at)}; allowed: {fresh_within_hours} h.",
        *(f"    {line}" for line in bounded(detail)[:3]),
        "Readers see a mark wherever figures of this source stand.",
        f"To do: observatory source check {source_id} asks the publisher once and says what it answers.",
    ]
    return Notice(f"stale: {source_id}", "\n".join(lines))


def render_fall(
    *, source_id: str, part: str, said: str, since: datetime | None, last_good_at: datetime | None
) -> Notice:
    """A part of a source (a board, a data set) that gave far less than usual and is held back."""
    name = f"{source_id}, {part}" if part else source_id
    lines = [
        *bounded(said)[:2],
        f"Held since {stamp(since)}: its last good crawl ({stamp(last_good_at)}) stays in force, nothing closes.",
        "It ends by itself when the numbers are back, or when three crawls over two days agree on the new level.",
        f"To do: compare with the publisher's page; observatory source show {source_id} lists the last crawls. If the "
        "fall is real and should count at once, lower its floor in the registry.",
    ]
    return Notice(f"fell: {name}", "\n".join(lines))


def render_stale_runs(*, last_run_at: datetime | None, hours: float) -> Notice:
    """No run has succeeded for too long: the daemon is down, or everything fails."""
    lines = [
        f"No run has succeeded for more than {hours:.0f} hours; the last one: {stamp(last_run_at)}.",
        "To do: observatory health says whether the services run; the Dagster web interface shows what failed.",
    ]
    return Notice("stale: no successful run", "\n".join(lines))


def alert(
    engine: Engine,
    transport: Transport,
    recipients: Sequence[str],
    begun: Mapping[str, Notice],
    *,
    now: datetime,
    sender: str,
) -> int:
    """Open an incident for each key that has none open, and tell the engineers of every incident not told so far.

    All of them go into one mail. Gives the number of incidents told now. With nobody to tell, or nobody reached, they
    stay untold, and the next call tries again.
    """
    for key, notice in begun.items():
        incidents.begin(engine, key, at=now, subject=notice.subject, text=notice.text)
    with telling(engine) as is_ours:
        untold = incidents.untold(engine)[0] if is_ours else []
        if not untold:
            return 0
        subject = untold[0].subject if len(untold) == 1 else f"{len(untold)} troubles: {untold[0].subject}, …"
        foot = "No second mail comes about the same while it lasts; one comes when it is over."
        text = "\n\n".join([*(incident.text for incident in untold), foot])
        return _tell(engine, transport, recipients, untold, Notice(subject, text), now, sender)


def all_clear(
    engine: Engine, transport: Transport, recipients: Sequence[str], ended: Sequence[str], *, now: datetime, sender: str
) -> int:
    """Close the open incidents of these keys, and say of every one that is over and was told that it is over.

    All of them go into one mail. Gives the number of incidents told now; one that nobody was told of ends in silence.
    """
    for key in ended:
        incidents.end(engine, key, at=now)
    with telling(engine) as is_ours:
        over = incidents.untold(engine)[1] if is_ours else []
        if not over:
            return 0
        lines = [
            f"{incident.subject}: noticed {stamp(incident.opened_at)}, over {stamp(incident.closed_at)}"
            for incident in over
        ]
        subject = f"over: {over[0].subject}" if len(over) == 1 else f"over: {len(over)} troubles"
        return _tell(engine, transport, recipients, over, Notice(subject, "\n".join(lines)), now, sender)


@contextmanager
def telling(engine: Engine) -> Iterator[bool]:
    """The lock of who mails engineers: False if another process holds it for long. What it does not tell, being at it
    already, the next call tells."""
    held = db.lock(engine, "engineers")
    try:
        held.acquire(timeout=WAIT_SECONDS)
    except Timeout:
        log.warning("another process has been mailing the engineers for %.0f s; the rest is left to it", WAIT_SECONDS)
        yield False
        return
    try:
        yield True
    finally:
        held.release()


def _tell(
    engine: Engine,
    transport: Transport,
    recipients: Sequence[str],
    told: Sequence[incidents.Incident],
    notice: Notice,
    now: datetime,
    sender: str,
) -> int:
    """One mail to every engineer; told as soon as one has it, so that a dead mailbox repeats it for nobody."""
    name_of_all = name_of(told)
    reached, last_error = 0, ""
    try:
        for recipient in recipients:
            name = f"{name_of_all}-{db.recipient_key(recipient)[:8]}"
            content = plain_message_bytes(
                subject=f"{MARK} {one_line(notice.subject)}"[:200],
                text=notice.text + "\n",
                sender=sender,
                recipient=recipient,
                at=now,
                identity=f"<{name}@{domain_of(sender)}>",
            )
            try:
                transport.send(Mail(sender, recipient, content, name))
                reached += 1
            except TransportError as error:
                last_error = str(error)  # nobody reached: the next call tries again
    finally:
        transport.close()
    if not reached:
        if recipients:
            log.warning("no engineer was told of %d incidents, as of %r: %s", len(told), told[0].subject, last_error)
        return 0
    incidents.note_told(engine, told, at=now)
    return len(told)


def name_of(told: Sequence[incidents.Incident]) -> str:
    """Name of a mail by the incidents in it, so that the same mail sent again after a crash has the same Message-ID."""
    phase = "begin" if told[0].closed_at is None else "end"
    token = db.sha256(",".join(str(incident.id) for incident in told).encode())[:12]
    return f"incident-{told[0].id}-{phase}-{token}"


def stamp(moment: datetime | None) -> str:
    """A moment as engineers read it: UTC, to the minute."""
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def named(names: Sequence[str]) -> str:
    """A few names in a subject."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def bounded(text: str) -> list[str]:
    """The first lines of an error, each bounded: a mail is no log."""
    lines = [line[:MAX_LINE] for line in text.strip().splitlines() if line.strip()]
    return lines if len(lines) <= MAX_LINES else [*lines[:MAX_LINES], "…"]

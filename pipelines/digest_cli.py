"""``observatory digest``: preview an edition, send what is due, list what was sent.

Belongs here: arguments, exit codes, short reports. Never here: work (mailing.py).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from pipelines.terminal import UsageError, err, out, settings_of

digest_app = typer.Typer(no_args_is_help=True, help="Editions for members.")


@digest_app.command("preview")
def digest_preview(
    context: typer.Context,
    lang: str = "en",
    html: Annotated[bool, typer.Option("--html", help="The page instead of the plain text.")] = False,
    topics: Annotated[str, typer.Option(help="What a reader follows, e.g. talent,research: comes first.")] = "",
    to: Annotated[
        str | None, typer.Option(help="Address: print the whole message as it would be handed to the mail server.")
    ] = None,
) -> None:
    """Render the edition of this week, issued or not; nothing is written or sent."""
    from pipelines import mailing
    from publications.mail import message_bytes
    from publications.members import TOPICS, known_topics, usable_address
    from warehouse.reading.texts import LANGUAGES

    if lang not in LANGUAGES:
        raise UsageError(f"no language {lang!r}; there are: {', '.join(LANGUAGES)}")
    wanted = topics.replace(";", ",").replace(" ", "").split(",") if topics.strip() else []
    if unknown := [topic for topic in wanted if topic not in TOPICS]:
        raise UsageError(f"no topic {', '.join(unknown)}; there are: {', '.join(TOPICS)}")
    settings = settings_of(context)
    edition = mailing.preview(settings, lang, datetime.now(UTC), known_topics(wanted))
    issued = mailing.issued_at(settings, edition.number)
    if issued is not None:
        err.print(f"edition {edition.number} was already issued on {issued:%Y-%m-%d %H:%M} UTC", markup=False)
    if to is not None:
        address, wrong = usable_address(to)
        if address is None:
            raise UsageError(f"--to: {wrong}")
        content = message_bytes(edition, sender=settings.mail_from, recipient=address)
        sys.stdout.write(content.decode("ascii").replace("\r\n", "\n"))
        return
    sys.stdout.write(edition.html if html else f"{edition.subject}\n\n{edition.text}")


@digest_app.command("send")
def digest_send(
    context: typer.Context,
    retry_refused: Annotated[
        bool, typer.Option("--retry-refused", help="Try again what servers refused for good: the fault was ours.")
    ] = False,
) -> None:
    """Issue the edition of this week if it is due, then hand it to every member who has not got it, once."""
    from pipelines import mailing
    from publications.outbox import SenderBusyError

    settings = settings_of(context)
    try:
        report = mailing.send(settings, datetime.now(UTC), retry_refused=retry_refused)
    except SenderBusyError as error:
        out.print(f"nothing to do: {error}", markup=False)
        return
    done = report.delivery
    issued = "issued now" if report.issued else "issued before"
    where = "the mail server" if settings.transport == "smtp" else str(mailing.members_folder(settings, report.number))
    out.print(f"edition {report.number}, {issued}; handed to {where}", markup=False)
    out.print(f"sent {done.sent}  served before {done.skipped}  refused {done.refused}  waiting {done.failed}")
    if settings.members is None:
        out.print("no members: OBSERVATORY_MEMBERS names no list")
    for problem in report.problems:
        err.print(f"! members: {problem}", markup=False)
    for problem in done.problems:
        err.print(f"! {problem}", markup=False)
    if done.stopped:
        err.print(f"! stopped: {done.stopped}", markup=False)
    raise typer.Exit(1 if done.failed or done.refused else 0)


@digest_app.command("list")
def digest_list(context: typer.Context) -> None:
    """Editions with their week and release, and how many messages were sent, refused, or still wait; newest last."""
    from pipelines import mailing

    settings = settings_of(context)
    rows = mailing.overview(settings) if settings.state_db.exists() else []
    if not rows:
        out.print("no edition yet; observatory run issues the first")
        return
    table = Table("edition", "week of", "release", "sent", "refused", "waiting", box=None)
    for row in rows:
        counts = (f"{row.sent}", f"{row.refused}", f"{row.pending}")
        table.add_row(f"{row.number}", f"{row.slot:%Y-%m-%d}", row.release_id, *counts)
    out.print(table)

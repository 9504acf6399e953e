"""Is the observatory well? What `observatory up` shows in its health line and `observatory health` answers.

Belongs here: asking the running services over loopback, and the operational database. Never here: repairs, or knowledge
of what a service does. Nothing heavy is imported: the terminal's process stays small.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from state import db, events
from state.settings import Settings
from warehouse.reading import NoReleaseError, current_release_id

ANSWER_SECONDS = 3.0
MAX_ANSWER_BYTES = 200_000
DAEMONS = '{"query": "{instance{daemonHealth{allDaemonStatuses{daemonType required healthy}}}}"}'


@dataclass(frozen=True)
class Health:
    """The state of each service ("ok", or what is wrong with it), of the release and of the sources."""

    services: Mapping[str, str]
    release_id: str | None
    troubled: tuple[str, ...]  # sources whose last look or crawl failed

    @property
    def is_well(self) -> bool:
        """True when every service answers. A publisher in trouble is news for people, not an illness of ours."""
        return all(state == "ok" for state in self.services.values())

    def line(self) -> str:
        """One line for a terminal or a log."""
        parts = [f"{name} {state}" for name, state in self.services.items()]
        parts.append(f"release {self.release_id}" if self.release_id else "no release yet")
        if self.troubled:
            parts.append(f"in trouble: {', '.join(self.troubled)}")
        return " · ".join(parts)


def check(settings: Settings, port: int, dashboard_port: int) -> Health:
    """Ask every service once; at most a few seconds."""
    daemons = answer(f"http://127.0.0.1:{port}/graphql", DAEMONS)
    services = {
        "dashboards": "ok" if answer(f"http://127.0.0.1:{dashboard_port}/_stcore/health") else "not answering",
        "dagster": "ok" if daemons is not None else "not answering",
        "daemon": daemon_state(daemons),
    }
    try:
        release_id = current_release_id(settings.releases)
    except NoReleaseError:
        release_id = None
    troubled: tuple[str, ...] = ()
    if settings.state_db.exists():
        known = events.health(db.open_state(settings.state_db))
        troubled = tuple(sorted(source_id for source_id, state in known.items() if state.trouble))
    return Health(services, release_id, troubled)


def daemon_state(body: bytes | None) -> str:
    """What Dagster says of its daemon: each of its parts must have given a sign of life of late."""
    if body is None:
        return "not known"
    try:
        statuses = json.loads(body)["data"]["instance"]["daemonHealth"]["allDaemonStatuses"]
        silent = [str(s["daemonType"]).lower() for s in statuses if s["required"] and not s["healthy"]]
    except (ValueError, KeyError, TypeError):
        return "not known"
    return f"silent ({', '.join(silent)})" if silent else "ok"


def answer(url: str, body: str | None = None) -> bytes | None:
    """The body of an answer with status 200 from a service of this machine, None otherwise."""
    request = urllib.request.Request(url, data=body.encode() if body else None)
    if body:
        request.add_header("Content-Type", "application/json")
    # No proxy of the environment: the services are on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ANSWER_SECONDS) as response:
            return bytes(response.read(MAX_ANSWER_BYTES)) if response.status == 200 else None
    except (urllib.error.URLError, OSError, ValueError):
        return None


def now_text() -> str:
    """The time of day in UTC, as it stands before a health line."""
    return f"{datetime.now(UTC):%H:%M:%S}"

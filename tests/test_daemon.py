"""The product by itself: the real daemon against a loopback publisher, from a changed answer to the next digest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from pipelines import dbt_project, schedule
from pipelines.runner import INSTANCE_SETTINGS
from scrapers.archive import Archive
from state import db, events
from state.settings import Settings
from tests.conftest import observatory
from tests.live import EUROSTAT_PATH, JOBS_PATH, Site, site
from tests.payloads import board, job, jsonstat
from warehouse.query import query

pytestmark = pytest.mark.endurance

ROOT = Path(__file__).parents[1]
TICK = 5  # seconds; a look is due in each
QUIET_LOOKS = 3
PATIENCE = 420  # seconds for a first run on a busy machine


@dataclass
class Up:
    """A running daemon, and what it left in its data root."""

    site: Site
    root: Path
    daemon: subprocess.Popen[bytes]
    settings: Settings

    def release(self) -> str | None:
        try:
            pointer = (self.root / "releases" / "current.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return str(json.loads(pointer)["release_id"])

    def runs(self) -> list[dg.DagsterRun]:
        """Runs of the graph, newest first."""
        with dg.DagsterInstance.from_config(str(self.settings.dagster_home)) as instance:
            return [run for run in instance.get_runs() if run.job_name != schedule.JOB]  # the digest has a clock

    def wait(self, what: str, is_so: Callable[[], bool], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.daemon.poll() is None, "the daemon ended: " + self.log()
            if is_so():
                return
            time.sleep(0.5)
        pytest.fail(f"{what}: not within {seconds:.0f} s; {self.log()}")

    def finish(self, runs: int) -> None:
        """So many runs have come to a good end, and no others are there."""

        def ended() -> bool:
            found = self.runs()
            return len(found) >= runs and all(run.is_finished for run in found)

        self.wait(f"{runs} finished runs", ended)
        assert [run.status for run in self.runs()] == [dg.DagsterRunStatus.SUCCESS] * runs, self.log()

    def keep_quiet(self, runs: int) -> None:
        """Over several more looks nothing else starts, now or, since every test counts all runs, in those before."""
        asked = len(self.site.publisher.asked(EUROSTAT_PATH)) + QUIET_LOOKS
        self.wait("further looks", lambda: len(self.site.publisher.asked(EUROSTAT_PATH)) >= asked)
        self.finish(runs)

    def published(self, before: str | None) -> events.EventRow:
        """Wait for another release, and for its event: the run logs it right after the release is current."""

        def logged() -> bool:
            release, found = self.release(), self.events("published")
            return release not in (None, before) and bool(found) and found[0].release_id == release

        self.wait("a new release in the event log", logged)
        return self.events("published")[0]

    def log(self) -> str:
        return (self.root / "daemon.log").read_text(encoding="utf-8", errors="replace")[-3000:]

    def events(self, kind: str) -> list[events.EventRow]:
        return events.events(db.open_state(self.settings.state_db), kinds=[kind])

    def children(self, words: str) -> list[int]:
        """Process numbers below the daemon whose command holds these words."""
        listed = subprocess.run(["ps", "-eo", "pid,sid,args"], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
        return [int(pid) for pid, sid, args in rows if int(sid) == self.daemon.pid and words in args]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """The daemon in live mode on an empty data root, and a publisher of two sources."""
    root = tmp_path_factory.mktemp("daemon") / "data"
    with site(tmp_path_factory.mktemp("sources")) as running:
        running.publisher.serve(JOBS_PATH, board([job(n, kind="ai" if n % 5 == 0 else "plain") for n in range(40)]))
        running.publisher.serve(EUROSTAT_PATH, cells(20.0))
        settings = Settings(data=root, mode="live", _env_file=None)  # type: ignore[call-arg]
        home = settings.dagster_home
        home.mkdir(parents=True)
        (home / "dagster.yaml").write_bytes(INSTANCE_SETTINGS.read_bytes())
        dbt_project.manifest(settings)
        environment = {
            **os.environ,
            **dbt_project.dbt_environment(settings),
            **running.environment,
            "OBSERVATORY_DATA": str(root),
            "OBSERVATORY_TICK_SECONDS": str(TICK),
            "OBSERVATORY_WATCH_SECONDS": str(TICK),
            "DAGSTER_HOME": str(home),
            "DAGSTER_DISABLE_TELEMETRY": "1",
        }
        with (root / "daemon.log").open("wb") as log:
            daemon = subprocess.Popen(
                [sys.executable, "-m", "dagster._daemon", "run", "-w", str(ROOT / "workspace.yaml")],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield Up(running, root, daemon, settings)
        finally:
            os.killpg(daemon.pid, signal.SIGTERM)
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(daemon.pid, signal.SIGKILL)
                daemon.wait()


def cells(luxembourg: float) -> bytes:
    return jsonstat({("LU", "2024"): luxembourg, ("LU", "2025"): 25.0, ("EU27_2020", "2025"): 19.9})


def shown(up: Up) -> float:
    frame = query(
        up.settings.releases,
        "select value from indicator_value where indicator_code = 'A1' and geo = 'LU' and period = '2024'",
    )
    return float(frame["value"].iloc[0])


def test_first_materialisation_is_one_run(up: Up) -> None:
    up.published(before=None)
    up.finish(runs=1)
    assert shown(up) == 20.0
    crawls = {record.source_id for record in Archive(up.settings.archive).crawls()}
    assert crawls == {"eurostat_isoc_eb_ai", "greenhouse_boards"}
    assert len(Archive(up.settings.archive).crawls()) == 2, "looks are no crawls"


def test_a_change_becomes_one_run_a_release_a_page_and_the_next_digest(up: Up) -> None:
    before = up.release()
    served = time.time()
    up.site.publisher.serve(EUROSTAT_PATH, cells(20.5))
    published = up.published(before)
    seen = up.events("seen")[0]
    assert seen.source_id == "eurostat_isoc_eb_ai"
    now = time.time()
    print(f"\nserved to release {now - served:.1f} s; look to release {now - seen.at.timestamp():.1f} s")
    up.finish(runs=2)
    assert shown(up) == 20.5
    assert up.events("changed")[0].source_id == "eurostat_isoc_eb_ai"
    assert published.release_id == up.release()
    assert published.run_id == up.runs()[0].run_id
    assert published.delay_seconds is not None
    # The crawl asked for what the look had fetched already, with a condition: the change crossed the wire once.
    assert up.site.publisher.asked(EUROSTAT_PATH).count(200) == 2
    assert page(up) == 20.5
    preview = observatory(up.root, "digest", "preview", **up.site.environment)
    assert preview.returncode == 0, preview.stderr
    assert str(up.release()) in preview.stdout, "the next digest names the release"


def page(up: Up) -> float:
    """The value as readers get it: through the door that pages and mails share."""
    from warehouse.reading import open_release

    values = open_release(up.settings.releases).values("A1")
    return float(values[(values["geo"] == "LU") & (values["period"] == "2024")]["value"].iloc[0])


def test_a_killed_code_server_neither_stops_automation_nor_doubles_a_run(up: Up) -> None:
    before = up.release()
    servers = up.children("dagster api grpc") or up.children("dagster code-server")
    assert servers, "or this test could not fail"
    up.site.publisher.serve(EUROSTAT_PATH, cells(21.0))
    for pid in servers:
        os.kill(pid, signal.SIGKILL)
    up.published(before)
    up.finish(runs=3)
    assert shown(up) == 21.0


def test_an_answer_that_says_the_same_publishes_nothing(up: Up) -> None:
    """Only a published cell that changed makes a release: a new field of an ad that nobody counts does not."""
    before = up.release()
    changed = [job(n, kind="ai" if n % 5 == 0 else "plain", requisition_id=f"R-{n + 1}") for n in range(40)]
    up.site.publisher.serve(JOBS_PATH, board(changed))
    up.wait("the run of the changed ads", lambda: len(up.runs()) > 3)
    up.finish(runs=4)
    up.keep_quiet(runs=4)
    assert up.release() == before

"""Every decoder against damaged payloads: ``python -m tests.scrapers.fuzz [FORMAT …]`` prints what came of it.

Belongs here: running cases where they can do no harm, and judging them. Never here: the damage (``mutations``,
``bombs``), or the good payloads (``seeds``).

A format gets a process that has decoded its good payloads once, so that everything is imported; that is the baseline.
Cases run in children of it, heavy ones one by one, with at most ``MEMORY`` of address space beyond the baseline, and
are killed when their time is up. What may come of a case: records, rejects or notes, or one clear refusal.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from scrapers.decode import Decoded, UnreadableError, decode
from scrapers.formats import FORMATS
from tests.scrapers.bombs import MIB, heavy_cases
from tests.scrapers.mutations import Case, small_cases
from tests.scrapers.seeds import Seed, seeds

MEMORY = 512 * MIB  # beyond the baseline, the payload itself included
SECONDS, SECONDS_PER_MIB = 10.0, 1.5  # of processor time that one payload may take
# Instead of ``SECONDS``: PDFs are read in a process that is given a minute; a small zip unpacks to 50 MiB of tables.
PATIENCE = {"cssf-review-pdf": 70.0, "cordis-csv": 60.0}
BATCH = 60  # small cases in one process
WRITTEN = 200  # records of a payload that are proven writable


@dataclass
class Result:
    """What came of one case. ``problem`` is one line, empty if all was well; ``mib`` is known of heavy cases alone."""

    format: str
    seed: str
    case: str
    outcome: str = ""  # "read", or the reason of the refusal
    records: int = 0
    rejects: int = 0
    size: int = 0
    seconds: float = 0.0
    mib: float = 0.0
    problem: str = ""


def judged(seed: Seed, case: Case, body: bytes) -> Result:
    """Decode one damaged payload; whatever else than a result or a refusal escapes the decoder is a problem."""
    result = Result(seed.format, seed.name, case.name, size=len(body))
    begun = _cpu()
    try:
        decoded = decode(seed.format, body, seed.context)
    except UnreadableError as error:
        result.outcome = error.reason
        if not error.reason.isidentifier() or "\n" in str(error) or len(error.detail) > 300:
            result.problem = f"no clear refusal: {error!s:.200}"
    except BaseException as error:  # the point of the exercise
        result.problem = f"{type(error).__name__}: {error!s:.200}"
    else:
        result.outcome, result.records, result.rejects = "read", len(decoded.records), len(decoded.rejects)
        result.problem = unsound(decoded)
    result.seconds = round(_cpu() - begun, 3)
    if not result.problem and result.seconds > allowed(seed.format, body):
        result.problem = f"took {result.seconds:.0f} s of at most {allowed(seed.format, body):.0f}"
    return result


def allowed(format: str, body: bytes) -> float:
    """Seconds of processor time that a payload may take."""
    return PATIENCE.get(format, SECONDS) + SECONDS_PER_MIB * len(body) / MIB


def unsound(decoded: Decoded) -> str:
    """What is wrong with a result, in one line; empty if nothing is."""
    if not decoded.records and not decoded.rejects and not decoded.notes:
        return "silently empty: neither record nor reject nor note"
    try:
        for record in decoded.records[:WRITTEN]:
            record.model_dump_json()
            if len(record.content_sha256) != 64:
                return f"a record without a content hash: {record.record_id}"
        for reject in decoded.rejects:
            reject.model_dump_json()
            if not reject.reason.isidentifier() or len(reject.detail) > 300:
                return f"no clear reject: {reject.reason} {reject.detail:.100}"
    except Exception as error:
        return f"cannot be written: {type(error).__name__}: {error!s:.200}"
    if any("\n" in note or len(note) > 400 for note in decoded.notes):
        return "a note of several lines"
    return ""


def sweep(
    formats: Iterable[str],
    *,
    size: float = 1.0,
    mib: int = 50,
    seeds_each: int = 1000,
    recorded: bool = False,
    keep: Path | None = None,
) -> Iterator[Result]:
    """Results of all cases of these formats. ``size`` is the share of the catalogue, ``mib`` the size of heavy payloads
    (0: none), ``keep`` a folder for payloads with a problem. Of several seeds only the first two are made heavy.
    """
    for format in formats:
        chosen = seeds(format, recorded=recorded)[:seeds_each]
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _guarded(_format, chosen, size, mib, keep, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as lines:
            for line in lines:
                yield Result(**orjson.loads(line))
        _, status, _ = os.wait4(child, 0)
        if status:
            yield Result(format, "", "", problem=f"its good payloads cannot be decoded (status {status})")


def _format(chosen: list[Seed], size: float, mib: int, keep: Path | None, out: int) -> None:
    for seed in chosen:  # imports, caches, compiled patterns
        decode(seed.format, seed.body, seed.context)
    for number, seed in enumerate(chosen):
        dice = random.Random(f"{seed.format}/{seed.name}")
        cases = chain(small_cases(seed.body, dice, size), heavy_cases(seed.body, mib) if number < 2 else ())
        batch: list[Case] = []
        for case in cases:
            if case.is_heavy or len(batch) == BATCH:
                _run(seed, batch, keep, out)
                batch = []
            if case.is_heavy:
                _run(seed, [case], keep, out)
            else:
                batch.append(case)
        _run(seed, batch, keep, out)


def _run(seed: Seed, batch: list[Case], keep: Path | None, out: int) -> None:
    """Run cases in one child; the case that kills it is told, and the others go on in another."""
    if not batch:
        return
    rss, size = _memory("VmRSS"), _memory("VmSize")
    heavy = batch[0].make() if batch[0].is_heavy else None
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _guarded(_cases, seed, batch, heavy, size, writing)
    os.close(writing)
    done = []
    with os.fdopen(reading, "rb") as lines:
        done = [Result(**orjson.loads(line)) for line in lines]
    _, status, used = os.wait4(child, 0)
    if heavy is not None:
        for result in done:
            result.mib = round(max(0, used.ru_maxrss * 1024 - rss) / MIB, 1)
    if len(done) < len(batch):
        killed = os.WTERMSIG(status)
        why = "ran out of time" if killed in (signal.SIGALRM, signal.SIGXCPU) else f"died (status {status})"
        body = heavy if heavy is not None else batch[len(done)].make()
        done.append(Result(seed.format, seed.name, batch[len(done)].name, size=len(body), problem=why))
    for result, case in zip(done, batch, strict=False):
        if result.problem and keep:
            keep.mkdir(parents=True, exist_ok=True)
            body = heavy if heavy is not None else case.make()
            (keep / f"{seed.format}--{seed.name}--{case.name}".replace("/", "_")).write_bytes(body)
        os.write(out, orjson.dumps(asdict(result)) + b"\n")
    if rest := batch[len(done) :]:
        _run(seed, rest, keep, out)


def _cases(seed: Seed, batch: list[Case], heavy: bytes | None, size: int, out: int) -> None:
    bodies = [heavy if heavy is not None else case.make() for case in batch]
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    for case, body in zip(batch, bodies, strict=True):
        # Killed by processor time, since the machine may have other things to do, and at last by the clock.
        seconds = allowed(seed.format, body)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + 1.5 * seconds) + 1, resource.RLIM_INFINITY))
        signal.alarm(int(10 * seconds) + 1)
        result = judged(seed, case, body)
        signal.alarm(0)
        os.write(out, orjson.dumps(asdict(result)) + b"\n")


def _guarded(work: Callable[..., None], *given: Any) -> None:
    """Run in a child and leave it, whatever happens, without what the parent would do at its own end."""
    try:
        work(*given)
        os._exit(0)
    except BaseException as error:
        os.write(2, f"fuzz: {type(error).__name__}: {error}\n".encode())
        os._exit(1)


def _cpu() -> float:
    """Seconds of processor time of this process and of those that it waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _memory(name: str) -> int:
    """Bytes, as the system's status of this process says."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 if a case had a problem."""
    parser = argparse.ArgumentParser(prog="python -m tests.scrapers.fuzz", description=__doc__)
    parser.add_argument("formats", nargs="*", help="all formats unless some are named")
    parser.add_argument("--size", type=float, default=1.0, help="share of the catalogue of damage")
    parser.add_argument("--mib", type=int, default=50, help="size of heavy payloads; 0: none")
    parser.add_argument("--seeds", type=int, default=1000, help="good payloads of a format to damage")
    parser.add_argument("--recorded", action="store_true", help="damage the recordings too")
    parser.add_argument("--keep", type=Path, help="folder for the payloads that show a problem")
    parser.add_argument("--json", action="store_true", help="one line a case instead of a table")
    said = parser.parse_args(arguments)
    table = Table("format", "seeds", "cases", "read", "refused", "slowest", "", "most MiB", "", "problems", box=None)
    problems = 0
    for format in said.formats or sorted(FORMATS):
        begun, found = time.monotonic(), []
        for result in sweep(
            [format], size=said.size, mib=said.mib, seeds_each=said.seeds, recorded=said.recorded, keep=said.keep
        ):
            found.append(result)
            if result.problem:
                problems += 1
                print(f"{format} {result.seed} {result.case}: {result.problem}", file=sys.stderr, flush=True)
            if said.json:
                print(orjson.dumps(asdict(result)).decode(), flush=True)
        if not said.json:
            table.add_row(format, *_row(found))
            print(f"{format}: {len(found)} cases in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    if not said.json:
        Console(width=160).print(table)
    return 1 if problems else 0


def _row(found: list[Result]) -> list[str]:
    slow = max(found, key=lambda each: each.seconds, default=Result("", "", "-"))
    big = max(found, key=lambda each: each.mib, default=Result("", "", "-"))
    read = sum(each.outcome == "read" for each in found)
    refused = sum(each.outcome not in ("read", "") for each in found)
    counts = [len({each.seed for each in found}), len(found), read, refused]
    tail = [
        f"{slow.seconds:.1f} s",
        slow.case,
        f"{big.mib:.0f}",
        big.case,
        str(sum(bool(each.problem) for each in found)),
    ]
    return [*map(str, counts), *tail]


if __name__ == "__main__":
    sys.exit(main())

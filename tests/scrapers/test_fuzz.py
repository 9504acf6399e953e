"""Damaged and hostile payloads of every format: a result or one clear refusal, within its memory and its time.

The whole catalogue with its figures: ``python -m tests.scrapers.fuzz``.
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import orjson
import pytest

from scrapers.decode import Decoded, UnreadableError
from scrapers.decoders.base import DecodeContext
from scrapers.formats import FORMATS, Format
from scrapers.items import utc_now
from tests.scrapers import fuzz
from tests.scrapers.fuzz import Result
from tests.scrapers.mutations import Case
from tests.scrapers.seeds import Seed, seeds

ROOT = Path(__file__).parents[2]
Found = dict[str, list[Result]]


def fuzzed(*arguments: str) -> Found:
    """Results by format, of a process of its own: the harness forks, which a test runner with threads should not."""
    command = [sys.executable, "-m", "tests.scrapers.fuzz", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    found: Found = defaultdict(list)
    for line in done.stdout.splitlines():
        result = Result(**orjson.loads(line))
        found[result.format].append(result)
    assert done.returncode in (0, 1), done.stderr.decode()
    return found


def problems(results: list[Result]) -> list[str]:
    return [f"{result.seed} {result.case}: {result.problem}" for result in results if result.problem]


@pytest.fixture(scope="module")
def light() -> Found:
    return fuzzed("--size", "0.015", "--mib", "0", "--seeds", "1")


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_damage_of_every_kind_ends_in_a_result_or_a_clear_refusal(format: str, light: Found) -> None:
    results = light[format]
    assert problems(results) == []
    assert len(results) > 15
    outcomes = {result.outcome for result in results}
    assert "read" in outcomes, "no damaged payload was read at all: is the good one?"
    assert outcomes - {"read"}, "nothing was refused"


@pytest.mark.endurance
@pytest.mark.parametrize("format", sorted(FORMATS))
def test_an_eighth_of_the_catalogue_and_all_bombs(format: str) -> None:
    """Bounded for CI; the whole catalogue on every seed is ``python -m tests.scrapers.fuzz --recorded``."""
    results = fuzzed(format, "--mib", "4", "--seeds", "1", "--size", "0.12")[format]
    assert problems(results) == []
    assert max(result.mib for result in results) <= 512
    assert len(results) > 60


# -- the harness itself ------------------------------------------------------------------------------------------------


def _judged(decoder: object, monkeypatch: pytest.MonkeyPatch) -> Result:
    seed = Seed("jsonstat", "x", b"{}", DecodeContext("s", "c", "a" * 64, "https://x.example/", utc_now()))
    monkeypatch.setattr(fuzz, "decode", decoder)
    return fuzz.judged(seed, Case("x", lambda: b""), b"")


def test_a_crash_an_empty_result_and_an_unclear_refusal_are_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*given: object) -> Decoded:
        raise IndexError("list index out of range")

    def unclear(*given: object) -> Decoded:
        raise UnreadableError("not a code", "x")

    def refuse(*given: object) -> Decoded:
        raise UnreadableError("not_json", "no JSON")

    assert "IndexError" in _judged(crash, monkeypatch).problem
    assert "silently empty" in _judged(lambda *given: Decoded(), monkeypatch).problem
    assert "no clear refusal" in _judged(unclear, monkeypatch).problem
    clear = _judged(refuse, monkeypatch)
    assert (clear.problem, clear.outcome) == ("", "not_json")
    assert _judged(lambda *given: Decoded(notes=["an empty board"]), monkeypatch).problem == ""


def test_a_decoder_that_takes_too_much_is_caught(tmp_path: Path) -> None:
    """Memory, time and a dead process, each seen from outside, and what was damaged is kept for whoever mends it."""
    code = """
import sys, os, ctypes
from tests.scrapers import fuzz
fuzz.SECONDS = 0.4
fuzz.FORMATS = ["x"]
bodies = {"memory": b"m", "time": b"t", "death": b"d", "fine": b"f"}
from scrapers.decode import Decoded, DecodeContext
from scrapers.items import utc_now
from tests.scrapers.mutations import Case
from tests.scrapers.seeds import Seed
def decode(format, body, context):
    if body == b"m": bytearray(600 * 2**20)
    while body == b"t": pass
    if body == b"d": os.abort()
    return Decoded(notes=["fine"])
fuzz.decode = decode
context = DecodeContext("s", "c", "a" * 64, "https://x.example/", utc_now())
fuzz.seeds = lambda format, recorded=False: [Seed("x", "s", b"f", context)]
fuzz.small_cases = lambda body, dice, size: [Case(name, lambda body=body: body) for name, body in bodies.items()]
fuzz.heavy_cases = lambda body, mib: []
sys.exit(fuzz.main(["--json", "--keep", sys.argv[1]]))
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, check=False)
    found = {(said := orjson.loads(line))["case"]: said["problem"] for line in done.stdout.splitlines()}
    assert done.returncode == 1
    assert "MemoryError" in found["memory"]
    assert "ran out of time" in found["time"]
    assert "died" in found["death"]
    assert found["fine"] == ""
    assert {path.name for path in tmp_path.iterdir()} == {"x--s--memory", "x--s--time", "x--s--death"}


def test_every_format_has_a_good_payload() -> None:
    assert [format for format in FORMATS if not seeds(format)] == []
    assert all(isinstance(entry, Format) for entry in FORMATS.values())

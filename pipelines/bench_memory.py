"""``observatory bench memory``: what decoding the largest file that we read takes of memory, beside unpacking it.

Belongs here: making a large file, and measuring processes of their own. Never here: limits (``tests``). The file is
invented and written by the test material of a checkout.
"""

from __future__ import annotations

import importlib
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from pipelines.figures import Figure
from scrapers.decode import DecodeContext, decode
from scrapers.decoders.zipped import Zip
from scrapers.items import utc_now
from state.settings import Settings

ROOT = Path(__file__).parents[1]
SMALL, LARGE = 100_000_000, 1_000_000_000  # bytes, unpacked


def bench_memory(settings: Settings) -> list[Figure]:
    """MB at most of a process that decodes a CORDIS zip of 100 MB, against one that only unpacks it."""
    return [memory_figure(SMALL)]


def bench_memory_large(settings: Settings) -> list[Figure]:
    """The same with 1 GB; it takes a minute."""
    return [memory_figure(LARGE)]


def memory_figure(size: int) -> Figure:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "cordis.zip"
        write_cordis(path, size)
        name = f"decode cordis-csv of {size // 10**6} MB"
        return Figure(name, "MB at most", peak_mb("decode", path)[0], "unpacking alone", peak_mb("unpack", path)[0])


def write_cordis(path: Path, size: int) -> int:
    """An invented CORDIS zip whose members unpack to about ``size`` bytes; gives its number of projects."""
    sys.path.append(str(ROOT))  # which a command has not on its path
    try:
        module = importlib.import_module("tests.scrapers.made.cordis_large")
    finally:
        sys.path.remove(str(ROOT))
    projects: int = module.write(path, size)
    return projects


def peak_mb(work: str, path: Path) -> tuple[float, int]:
    """(MB that a process of its own had at most, records it made)."""
    command = [sys.executable, "-m", "pipelines.bench_memory", work, str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()
    return float(said[0]), int(said[1])


def peak() -> float:
    """MB of this process at most. The kernel's own word first: ``getrusage`` of a child begins with its parent's."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6


def _measured(work: str, path: Path) -> None:
    body, count = path.read_bytes(), 0
    if work == "decode":
        url = "https://cordis.europa.eu/data/cordis-HORIZONprojects-csv.zip"
        count = len(decode("cordis-csv", body, DecodeContext("bench", "bench", "0" * 64, url, utc_now())).records)
    else:
        zipped = Zip(body)
        for name in zipped.members:
            for _ in zipped.chunks(name):
                pass
    print(peak(), count)


if __name__ == "__main__":
    _measured(sys.argv[1], Path(sys.argv[2]))

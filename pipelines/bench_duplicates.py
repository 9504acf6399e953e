"""``observatory bench duplicates``: finding equal ads among generated ones, at several sizes.

Belongs here: making the ads, and measuring a process of its own. Never here: limits (``tests``). The ads are words
drawn by rank from an invented vocabulary, 4.4 KB each, of employers of very different sizes with boilerplate. A
tenth are copies of an earlier one: for another town, with marks in the title, edited. Making them is not timed.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.figures import Figure
from state.settings import Settings

SIZES, LARGE = (10_000, 100_000), 1_000_000
COPIES = 10  # every tenth ad is a copy
_VOCABULARY, _WORDS, _LINES, _PART = 40_000, 640, 40, 10_000
_TOWNS = ("Luxembourg", "Esch-sur-Alzette", "Ettelbruck", "Trier", "Metz", "Arlon")
_MARKS = ("", " (m/f/d)", " H/F", " - Ref. 2025-{}", " (m/w/d)")
_ROOT = Path(__file__).parents[1]


def bench_duplicates(settings: Settings) -> list[Figure]:
    """Ads a second, against the smallest size: 1 is linear."""
    return _figures(SIZES)


def bench_duplicates_large(settings: Settings) -> list[Figure]:
    """The same with 1,000,000 ads; it takes ten minutes, half of them for making the ads."""
    return _figures((*SIZES, LARGE))


def _figures(sizes: tuple[int, ...]) -> list[Figure]:
    speeds: list[tuple[int, float]] = []
    figures: list[Figure] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            copies = write_ads(Path(folder), size)
            command = [sys.executable, "-m", "pipelines.bench_duplicates", folder]
            said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT).stdout.split()
        seconds, megabytes, found, processors = float(said[0]), float(said[1]), int(said[2]), float(said[3])
        speeds.append((size, size / seconds))
        name = f"duplicates, {size:,} ads"
        figures += [
            Figure(name, "ads/s", size / seconds, f"at {sizes[0]:,} ads", speeds[0][1]),
            Figure(name, "s", seconds, "ceiling for 1,000,000", 300.0),
            Figure(name, "s of processors", processors, "of two at most", 2 * seconds),
            Figure(name, "MB at most", megabytes, "ceiling", 6_000.0),
            Figure(name, "copies found", found, "copies made", copies),
        ]
    if len(speeds) > 1:
        (small, slow), (large, fast) = speeds[0], speeds[-1]
        slope = np.log((large / fast) / (small / slow)) / np.log(large / small)
        figures.append(Figure("duplicates", "slope of log time", float(slope), "linear", 1.0))
    return figures


def write_ads(folder: Path, size: int) -> int:
    """Invented ads as record files under ``folder/records``; gives the number of copies among them."""
    rng = np.random.default_rng(20250601)
    letters = np.array(list("aeiounrstlmdcpvg"))
    words = np.array(["".join(rng.choice(letters, rng.integers(3, 12))) for _ in range(_VOCABULARY)])
    rank = 1 / (np.arange(_VOCABULARY) + 20)
    employers = max(20, size // 200)
    weight = 1 / (np.arange(employers) + 10)
    shells = ["\n".join(" ".join(rng.choice(words, 18)) for _ in range(8)) for _ in range(employers)]
    target = folder / "records" / "job_posting" / "bench"
    target.mkdir(parents=True)
    copies = 0
    for part in range(0, size, _PART):
        rows = min(_PART, size - part)
        drawn = words[rng.choice(_VOCABULARY, (rows, _WORDS - 144), p=rank / rank.sum())]
        chosen = rng.choice(employers, rows, p=weight / weight.sum())
        table: dict[str, list[str]] = {name: [] for name in ("employer", "title", "text", "location_raw")}
        for row in range(rows):
            employer = int(chosen[row])
            lines = [" ".join(line) for line in np.array_split(drawn[row], _LINES - 8)]
            title, town = f"{words[rng.integers(3000)]} {words[rng.integers(3000)]}", _TOWNS[0]
            if row % COPIES == COPIES - 1 and row:
                back = row - 1
                while back % COPIES == COPIES - 1:
                    back -= 1
                copies += 1
                mark, town = _MARKS[rng.integers(len(_MARKS))].format(part + row), _TOWNS[rng.integers(len(_TOWNS))]
                table["employer"].append(table["employer"][back])
                table["title"].append(table["title"][back] + mark)
                text = table["text"][back].replace(_TOWNS[0], town)
                table["text"].append(f"{text}\nN {part + row}\n" + " ".join(drawn[row][:12]))
            else:
                table["employer"].append(f"Employer {words[employer % _VOCABULARY]} {employer} S.A.")
                table["title"].append(title)
                table["text"].append(f"{shells[employer]}\n{town}\n" + "\n".join(lines))
            table["location_raw"].append(town)
        columns = {name: pa.array(values) for name, values in table.items()}
        numbers = range(part, part + rows)
        columns["content_sha256"] = pa.array([f"{number:064x}" for number in numbers])
        columns["retrieved_at"] = pa.array(
            [1_750_000_000_000_000 + number for number in numbers], pa.timestamp("us", "UTC")
        )
        pq.write_table(pa.table(columns), target / f"{part:09d}.parquet", compression="zstd", compression_level=1)
    return copies


def _peak_mb() -> float:
    """MB of this process and the largest of its workers together, at most."""
    scale = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * min(2, os.cpu_count() or 1)
    return (own + workers) * scale / 1e6


def _cpu_seconds() -> float:
    """Seconds of processors that this process and its workers took, whoever else used them."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def _measured(folder: Path) -> None:
    from models.duplicate_store import link_duplicates

    started = time.perf_counter()
    report = link_duplicates(folder / "records", folder / "classified", workers=min(2, os.cpu_count() or 1))
    seconds = time.perf_counter() - started
    folded = 0
    for path in report.files:
        table = pq.read_table(path, columns=["text_sha256", "ad_id"])
        folded += table.num_rows - len(table.column("ad_id").unique())
    print(seconds, _peak_mb(), folded, _cpu_seconds())


if __name__ == "__main__":
    _measured(Path(sys.argv[1]))

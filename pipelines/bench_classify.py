"""``observatory bench classify``: reading and scrubbing of generated ads, beside the floors of any reader of texts.

Belongs here: ads a second in one process and in two, memory, cold start, growth with the number of ads. Never here: the
ads (bench_ads.py), limits (see ``pipelines.bench``). The floors are one bare pass of an automaton over the text, and
spaCy's blank tokenizer.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from pathlib import Path

import ahocorasick_rs
import spacy

from models.classify import FIELDS, Reading, read_chunk, warm_up, worker_pool
from models.matching import alias_phrases
from models.scrub import scrub_text
from pipelines.bench_ads import ads
from pipelines.bench_memory import peak
from pipelines.figures import Figure, rate
from state.settings import Settings

ADS, FEW, MILLION = 20_000, 2_000, 1_000_000
WORKERS = 2
_CHUNK = 200
_WAITING = 8  # chunks sent to the workers ahead of what is read back
_TOKENIZED = 500  # ads that spaCy's tokenizer is measured on: it takes 3 ms for one

Rows = list[dict[str, str]]


def scrub_and_read(rows: Rows) -> list[Reading]:
    """What happens to an ad between its decoding and its reading on disk."""
    return read_chunk([{**row, "text": scrub_text(row["text"])} for row in rows])


def bench_classify(settings: Settings) -> list[Figure]:
    """Language, class, skills, sector, occupation, languages required and scrubbing of 20,000 ads of 4.4 KB."""
    warm_up()
    rows = list(_rows(ADS))
    texts = [row["text"] for row in rows]
    some = texts[:_TOKENIZED]
    phrases = ahocorasick_rs.AhoCorasick(list(alias_phrases()), store_patterns=False)
    blank = spacy.blank("xx")
    scan = rate(lambda: [phrases.find_matches_as_indexes(t.lower(), overlapping=True) for t in texts], ADS)
    tokens = rate(lambda: [blank.make_doc(text) for text in some], len(some))
    scrubbing = rate(lambda: [scrub_text(text) for text in texts], ADS)
    reading = rate(lambda: deque(map(read_chunk, _chunks(rows)), maxlen=0), ADS)
    whole = rate(lambda: deque(map(scrub_and_read, _chunks(rows)), maxlen=0), ADS)
    few = rate(lambda: deque(map(scrub_and_read, _chunks(rows[:FEW])), maxlen=0), FEW)
    with worker_pool(WORKERS) as pool:
        deque(_in_workers(pool, rows[:FEW]), maxlen=0)
        both = rate(lambda: deque(_in_workers(pool, rows), maxlen=0), ADS)
        memory = max(pool.map(_peak_of_worker, range(WORKERS)))
    bare, tokenizer = "bare Aho-Corasick pass", "spaCy blank xx tokenizer"
    cold, importing = (_seconds(code) for code in ("import models.warm", "import pandas, spacy"))
    return [
        Figure("classify and scrub", "ads/s", whole, bare, scan),
        Figure("classify and scrub", "ads/s", whole, tokenizer, tokens),
        Figure(f"classify and scrub, {WORKERS} processes", "ads/s", both, "one process", whole),
        Figure("classify alone", "ads/s", reading, tokenizer, tokens),
        Figure("scrub alone", "ads/s", scrubbing, tokenizer, tokens),
        Figure(f"classify and scrub, {ADS:,} ads", "ads/s", whole, f"the same with {FEW:,}", few),
        Figure("a worker", "MB at most", memory, "MB allowed", 700.0),
        Figure("cold start", "ms", cold * 1e3, "importing pandas and spaCy", importing * 1e3),
    ]


def bench_classify_million(settings: Settings) -> list[Figure]:
    """A million ads in two processes, made as they are read: speed and memory beside those of the first 20,000."""
    seconds, done, first = 0.0, 0, 0.0
    memory: list[float] = []
    with worker_pool(WORKERS) as pool:
        deque(_in_workers(pool, list(_rows(FEW))), maxlen=0)
        rows = _rows(MILLION)
        while block := list(islice(rows, ADS)):
            started = time.perf_counter()
            done += sum(len(part) for part in _in_workers(pool, block))
            seconds += time.perf_counter() - started
            memory.append(max(pool.map(_peak_of_worker, range(WORKERS))))
            first = first or done / seconds
    return [
        Figure(f"classify and scrub, {done:,} ads", "ads/s", done / seconds, f"the first {ADS:,}", first),
        Figure(f"a worker after {done:,} ads", "MB at most", memory[-1], f"after {ADS:,}", memory[0]),
    ]


def _rows(count: int) -> Iterator[dict[str, str]]:
    for ad in ads(count):
        yield dict.fromkeys(FIELDS, "") | {name: ad[name] for name in ("id", "title", "employer", "text")}


def _chunks(rows: Rows) -> Iterator[Rows]:
    return (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))


def _in_workers(pool: ProcessPoolExecutor, rows: Rows) -> Iterable[list[Reading]]:
    waiting: deque[Future[list[Reading]]] = deque()
    for chunk in _chunks(rows):
        waiting.append(pool.submit(scrub_and_read, chunk))
        if len(waiting) > _WAITING:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _peak_of_worker(_: int) -> float:
    time.sleep(0.2)  # so that each worker takes one
    return peak()


def _seconds(code: str) -> float:
    """How long a Python process with this code takes, best of three."""
    root = Path(__file__).parents[1]
    return 1.0 / rate(lambda: subprocess.run([sys.executable, "-c", code], check=True, cwd=root), 1.0)

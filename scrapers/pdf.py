"""Tables of a PDF with the place of each cell, read in a process of its own that can be stopped.

Belongs here: starting that process, its limits, and what came of it. Never here: the reading (``scrapers.pdf_child``),
what a table means (``scrapers.decoders``). No file is written.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from scrapers.decoders.base import UnreadableError, one_line

MAX_PDF_BYTES = 32 * 1024 * 1024
MAX_PAGES = 300
CPU_SECONDS = 60  # a report of 60 pages takes 5 to 10
MEMORY_MIB = 480  # of address space, the interpreter's own included
_WALL_SECONDS = 240.0  # on a machine with much else to do


@dataclass(frozen=True)
class PdfTable:
    """One ruled table. ``page`` and ``number`` (on its page) count from 1; a cell that another one spans is None."""

    page: int
    number: int
    above: list[str]  # the lines above it, the nearest last
    below: list[str]  # the lines below it, the nearest first
    rows: list[list[str | None]]

    def place(self, row: int | None = None, column: int | None = None) -> str:
        """ "page 9, table 1, row 4, column 2"; rows and columns from 0."""
        parts = [f"page {self.page}", f"table {self.number}"]
        parts += [f"row {row + 1}"] if row is not None else []
        parts += [f"column {column + 1}"] if column is not None else []
        return ", ".join(parts)


@dataclass(frozen=True)
class Document:
    """What was read of a PDF. ``head`` is the text of its first pages."""

    pages: int
    head: str
    tables: list[PdfTable]
    remarks: list[str]


def read_tables(body: bytes, *, cpu_seconds: int = CPU_SECONDS, memory_mib: int = MEMORY_MIB) -> Document:
    """Tables and first words of a PDF.

    Raises UnreadableError: empty, not_pdf, damaged_pdf (cut off, too), too_large (also of memory), too_slow, too_deep,
    encrypted. Raises RuntimeError where the reader itself cannot be started.
    """
    if not body.strip():
        raise UnreadableError("empty", "the body is empty")
    if len(body) > MAX_PDF_BYTES:
        raise UnreadableError("too_large", f"{len(body)} bytes, at most {MAX_PDF_BYTES} are read")
    if b"%PDF-" not in body[:1024]:
        what = "an HTML page or XML" if body.lstrip()[:1] == b"<" else "something else"
        raise UnreadableError("not_pdf", f"{what} stands where a PDF is due")
    answer = _child(body, cpu_seconds, memory_mib)
    if "problem" in answer:
        raise UnreadableError(str(answer["problem"]), f"the PDF cannot be read: {one_line(str(answer['detail']))}")
    tables = [PdfTable(**table) for table in answer["tables"]]
    return Document(answer["pages"], answer["head"], tables, [one_line(remark) for remark in answer["remarks"]])


def _child(body: bytes, cpu_seconds: int, memory_mib: int) -> dict[str, Any]:
    # By path and isolated: the child needs nothing of ours, neither modules nor environment.
    child = str(Path(__file__).with_name("pdf_child.py"))
    command = [sys.executable, "-I", child, str(cpu_seconds), str(memory_mib), str(MAX_PAGES)]
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=_WALL_SECONDS, check=False, env={})
    except subprocess.TimeoutExpired:
        raise UnreadableError("too_slow", f"the PDF was not read after {_WALL_SECONDS:.0f} s") from None
    if done.returncode < 0:
        raise UnreadableError("too_slow", f"the process that read the PDF was ended by signal {-done.returncode}")
    if done.returncode == 0:
        return dict(orjson.loads(done.stdout))
    said = done.stderr[-2000:].decode("utf-8", "replace").strip().splitlines()
    why = one_line(said[-1]) if said else f"exit {done.returncode}"
    # Where not even the answer could be written. C code that loses the error on its way up gives a SystemError for it.
    if "MemoryError" in why or "SystemError" in why:
        raise UnreadableError("too_large", f"the PDF needs more than {memory_mib} MiB")
    raise RuntimeError(f"PDF cannot be read on this machine: {why}")

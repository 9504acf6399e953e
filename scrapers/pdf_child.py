"""The process that reads one PDF: bytes on standard input, tables as JSON on standard output, then it ends.

Belongs here: pdfplumber, under limits of memory and processor time that the system keeps. Never here: what a table
means. It runs apart because a PDF can ask for any amount of both (streams that unpack to gigabytes, pages of millions
of lines), and a process can be stopped. It opens no file and no address, and imports nothing of ours.
"""

from __future__ import annotations

import io
import json
import resource
import signal
import sys
from typing import Any

MAX_TABLES, MAX_CELLS, MAX_CELL_CHARS = 300, 60_000, 400
HEAD_PAGES, MAX_HEAD_CHARS = 4, 20_000
_ABOVE, _BELOW = 70.0, 45.0  # points around a table in which its caption is looked for
_MAX_LINES = 3


class OutOfTimeError(BaseException):
    """The processor time that one document may take is used up. No plain exception: parsers catch those and go on."""


def limit(seconds: int, mebibytes: int) -> None:
    """Bind this process: memory, processor time (a signal first, the end five seconds later), no files, no cores."""
    resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGXCPU, _out_of_time)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))


def _out_of_time(number: int, frame: object) -> None:
    raise OutOfTimeError


def tables_of(body: bytes, max_pages: int) -> dict[str, Any]:
    """Pages, the text of the first ones, and every ruled table with the lines around it.

    {"pages", "head", "remarks", "tables": [{"page", "number", "above", "below", "rows"}]}; rows are lists of texts, and
    None for a cell that another one spans.
    """
    import pdfplumber

    said: dict[str, Any] = {"pages": 0, "head": "", "remarks": [], "tables": []}
    cells = 0
    with pdfplumber.open(io.BytesIO(body)) as document:
        said["pages"] = len(document.pages)
        for page in document.pages[:max_pages]:
            try:
                found = _of_page(page, with_text=page.page_number <= HEAD_PAGES)
            except Exception as error:  # a parser of others on hostile input: one bad page must not cost the others
                said["remarks"].append(f"page {page.page_number} cannot be read ({_cause(error)})")
                continue
            finally:
                page.close()
            said["head"] = (said["head"] + "\n" + found["text"])[:MAX_HEAD_CHARS]
            for table in found["tables"]:
                cells += sum(len(row) for row in table["rows"])
                if len(said["tables"]) >= MAX_TABLES or cells > MAX_CELLS:
                    said["remarks"].append(f"tables after page {page.page_number} are not read: there are too many")
                    return said
                said["tables"].append(table)
        if said["pages"] > max_pages:
            said["remarks"].append(f"{said['pages']} pages, of which {max_pages} are read")
    return said


def _of_page(page: Any, *, with_text: bool) -> dict[str, Any]:
    found = sorted(page.find_tables(), key=lambda table: (round(table.bbox[1]), table.bbox[0]))
    if not found and not with_text:
        return {"text": "", "tables": []}
    lines = page.extract_text_lines(return_chars=False)
    boxes = [table.bbox for table in found]
    tables = []
    for number, table in enumerate(found, start=1):
        rows = [[_clean(cell) for cell in row] for row in table.extract()]
        above, below = _around(lines, table.bbox, boxes)
        tables.append({"page": page.page_number, "number": number, "above": above, "below": below, "rows": rows})
    text = "\n".join(str(line["text"])[:1_000] for line in lines) if with_text else ""
    return {"text": text, "tables": tables}


def _around(lines: list[dict[str, Any]], box: Any, boxes: list[Any]) -> tuple[list[str], list[str]]:
    """The lines above a table, nearest last, and those below, nearest first; none that stands in another table."""
    left, top, right, bottom = box
    above, below = [], []
    for line in lines:
        middle = (line["top"] + line["bottom"]) / 2
        if line["x1"] < left - 5 or line["x0"] > right + 5:
            continue
        if any(other[1] <= middle <= other[3] and other[0] - 5 <= line["x0"] <= other[2] for other in boxes):
            continue
        between = [other for other in boxes if other is not box]
        if top - _ABOVE <= middle <= top and not any(middle < other[1] < top for other in between):
            above.append(line)
        elif bottom <= middle <= bottom + _BELOW and not any(bottom < other[3] < middle for other in between):
            below.append(line)
    above.sort(key=lambda line: line["top"])
    below.sort(key=lambda line: line["top"])
    return [_clean(line["text"]) or "" for line in above[-_MAX_LINES:]], [
        _clean(line["text"]) or "" for line in below[:_MAX_LINES]
    ]


def _cause(error: BaseException) -> str:
    """The name of what went wrong first: pdfplumber wraps what pdfminer raised."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return type(error).__name__


def _clean(text: Any) -> str | None:
    return None if text is None else " ".join(str(text).split())[:MAX_CELL_CHARS]


def main() -> None:
    """Read one document; the outcome is one JSON object on standard output, and the process ends with 0.

    Anything else is a fault of ours, not of the document's."""
    seconds, mebibytes, max_pages = map(int, sys.argv[1:4])
    body = sys.stdin.buffer.read()
    import pdfplumber  # noqa: F401 - before the limits: that it is missing or too large for them is no document's fault

    limit(seconds, mebibytes)
    try:
        said = tables_of(body, max_pages)
    except OutOfTimeError:
        said = {"problem": "too_slow", "detail": f"more than {seconds} s of processor time"}
    except MemoryError:
        said = {"problem": "too_large", "detail": f"more than {mebibytes} MiB of memory"}
    except RecursionError:
        said = {"problem": "too_deep", "detail": "objects are nested too deeply"}
    except Exception as error:  # whatever the parser raises, the document is at fault
        name = type(error).__name__
        said = {
            "problem": "encrypted" if "Password" in f"{name} {error!r}" else "damaged_pdf",
            "detail": f"{name}: {error}",
        }
    json.dump(said, sys.stdout, ensure_ascii=True)


if __name__ == "__main__":
    main()

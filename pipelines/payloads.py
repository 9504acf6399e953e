"""Files of texts on the command line: classify or evaluate them; print a frame.

Belongs here: reading what a user names and writing it as the contract says. Never here: how a text is read, and
nothing that ``decode`` needs (``pipelines.decoding``): what classifies is most of a process's memory.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson
import pandas as pd
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from models.classify import classify, rows_of
from models.explain import explain
from models.extract import extract_claims
from warehouse.reading.csv import cell

MAX_MEMORY = 6 << 30


def limit_memory() -> None:
    """A hard limit for this process, before it runs SQL that somebody typed: DuckDB's own limit leaves out results."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


class BadInput(ValueError):
    """A file that a command cannot use; the message names file and reason."""


def json_lines(file: Path, problems: IO[str]) -> Iterator[dict[str, Any]]:
    """The usable objects of a JSON-lines file; each bad line is named on ``problems`` and never costs a good one."""
    bad = 0
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if not text.strip():
                continue
            try:
                row = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                row, why = None, f"not JSON: {error}"
            else:
                why = "an object with id (text or number) and text is needed"
            usable = isinstance(row, dict) and isinstance(row.get("text"), str)
            if not usable or isinstance(row.get("id"), bool) or not isinstance(row.get("id"), str | int):
                bad += 1
                problems.write(f"{file.name} line {number}: {why}\n")
                continue
            yield row
    if bad:
        problems.write(f"{file.name}: {bad} lines left out\n")


def classify_file(
    file: Path, output: Path | None, workers: int, explained: bool, stdout: IO[str], stderr: IO[str]
) -> int:
    """Write one JSON line a text, to a file or to stdout. Gives 0, or 1 if a line had to be left out.

    ``explained`` adds the account of each decision; such a text is read twice.
    """
    problems = io.StringIO()
    rows = list(json_lines(file, problems))
    frame = pd.DataFrame(rows) if rows else pd.DataFrame(columns=["id", "text"])
    classified = classify(frame, workers=workers).to_dict(orient="records")
    # An id comes out as it went in, so that joins hold.
    said = [row | {"id": given["id"]} for given, row in zip(rows, classified, strict=True)]
    if explained:
        said = [row | {"explanation": explain(text)} for row, text in zip(said, rows_of(frame), strict=True)]
    _write_lines(said, output, stdout)
    stderr.write(problems.getvalue())
    return 1 if problems.getvalue() else 0


def claims_file(file: Path, output: Path | None, stdout: IO[str], stderr: IO[str]) -> int:
    """Write one JSON line a claim of money, to a file or to stdout. Gives 0, or 1 if a line had to be left out."""
    problems = io.StringIO()
    rows = list(json_lines(file, problems))
    frame = pd.DataFrame(rows, dtype=object) if rows else pd.DataFrame(columns=["id", "text"])
    _write_lines(extract_claims(frame).to_dict(orient="records"), output, stdout)
    stderr.write(problems.getvalue())
    return 1 if problems.getvalue() else 0


def _write_lines(rows: list[dict[Any, Any]], output: Path | None, stdout: IO[str]) -> None:
    target = output.open("w", encoding="utf-8") if output else stdout
    try:
        for row in rows:
            target.write(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY, default=str).decode() + "\n")
    finally:
        if output:
            target.close()


ENOUGH_TEXTS = 30
"""Below this many labelled texts an interval says nothing: the bootstrap of a perfect score is a point."""


def evaluate_file(gold: Path, as_json: bool, plot: Path | None, out: Console) -> None:
    """Print the measures as JSON or as short tables with the errors; draw the reliability diagram if asked to."""
    from models.evaluate import evaluate  # brings scipy, which the other commands of this module do not wait for

    rows = list(json_lines(gold, sys.stderr))
    if not any(key in row for row in rows for key in ("is_ai", "ai_skills", "sector")):
        raise BadInput(f"{gold.name} holds no label: a line needs is_ai, ai_skills or sector")
    measures = evaluate(rows)
    if plot is not None:
        _draw_reliability(measures["calibration"], plot)
    if as_json:
        out.print_json(json.dumps(measures, default=str))
        return
    table = Table("texts", "n", "precision", "recall", "specificity", "F1", "95 % interval of F1", box=None)
    groups = {"all": measures["overall"], "without borderline": measures["without_borderline"]}
    for name, part in {**groups, **measures["by_language"]}.items():
        m = part["is_ai"]
        shown = [_three(m[key]) for key in ("precision", "recall", "specificity", "f1")]
        few = m["n"] < ENOUGH_TEXTS or m.get("f1_low") is None
        table.add_row(name, str(m["n"]), *shown, "too few texts" if few else f"{m['f1_low']:.3f}-{m['f1_high']:.3f}")
    out.print(table)
    for name in ("skills", "sector"):
        parts = measures["overall"][name].items()
        out.print(f"{name}: " + ", ".join(f"{key} {_three(value)}" for key, value in parts), markup=False)
    _print_shares(measures, out)
    for error in measures["errors"]:
        out.print(json.dumps(error, ensure_ascii=False, default=str), markup=False)


def _print_shares(measures: dict[str, Any], out: Console) -> None:
    table = Table("share", "value", "95 % interval", "of", box=None)
    for name, scores in measures["by_class"].items():
        for kind, found in scores.items():
            table.add_row(f"{kind}, {name}", *_share(found))
    table.add_row("hard negatives flagged", *_share(measures["hard_negatives"]))
    for trap, found in measures["by_trap"].items():
        if found["k"]:
            table.add_row(f"  flagged: {trap}", *_share(found))
    for prevalence, found in measures["projected_precision"].items():
        table.add_row(f"precision where {float(prevalence):.0%} are AI texts", *_share(found | {"n": ""}))
    out.print(table)
    calibration = measures["calibration"]
    out.print(f"calibration: expected error {_three(calibration['ece'])}, Brier score {_three(calibration['brier'])}")


def _share(found: dict[str, Any]) -> tuple[str, str, str]:
    if found["value"] is None:
        return "-", "-", str(found["n"])
    return _three(found["value"]), f"{_three(found['low'])}-{_three(found['high'])}", str(found["n"])


def _three(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _draw_reliability(calibration: dict[str, Any], file: Path) -> None:
    """The share of AI texts in each bin of the score, as a page that needs nothing from elsewhere."""
    import plotly.graph_objects as go

    bins = calibration["bins"]
    scores, shares = [b["mean_score"] for b in bins], [b["share"] for b in bins]
    sizes = [f"{b['n']} texts" for b in bins]
    figure = go.Figure(
        [
            go.Scatter(x=[0, 1], y=[0, 1], mode="lines", name="perfect", line={"dash": "dot", "color": "#888888"}),
            go.Scatter(
                x=scores, y=shares, text=sizes, mode="markers+lines", name="measured", line={"color": "#00539b"}
            ),
        ]
    )
    figure.update_layout(
        title=f"Reliability: expected calibration error {_three(calibration['ece'])}, {calibration['n']} texts",
        xaxis={"title": "mean score", "range": [0, 1]},
        yaxis={"title": "share of AI texts", "range": [0, 1]},
    )
    figure.write_html(file, include_plotlyjs=True)


def print_frame(frame: pd.DataFrame, format_: str, out: Console) -> None:
    """A frame as table, CSV or JSON on stdout."""
    if format_ == "csv":
        out.file.write(frame.map(cell).to_csv(index=False))
    elif format_ == "json":
        out.file.write(frame.to_json(orient="records", date_format="iso", default_handler=str) + "\n")
    else:
        table = Table(*(Column(plain(name)) for name in frame.columns), box=None)
        for row in frame.itertuples(index=False):
            table.add_row(*(plain(cell_text(value)) for value in row))
        out.print(table)


def plain(value: object) -> Text:
    """Text that a terminal shows as it is: no markup, no control sequences."""
    return Text("".join(c if c.isprintable() else " " for c in str(value)))


def what_differs(cells: pd.DataFrame) -> pd.DataFrame:
    """A comparison without the pairs of columns that are equal in every row."""
    equal = [
        name
        for name in (column.removesuffix("_old") for column in cells.columns if column.endswith("_old"))
        if cells[f"{name}_old"].astype(object).equals(cells[f"{name}_new"].astype(object))
    ]
    return cells.drop(columns=[f"{name}_{side}" for name in equal for side in ("old", "new")])


def cell_text(value: Any) -> str:
    """A value for people: nothing for a missing one, six digits of a float, maps as name=code."""
    if isinstance(value, dict):
        return " ".join(f"{name}={code}" for name, code in value.items())
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    return "" if value is None or value is pd.NA or value is pd.NaT else str(value)

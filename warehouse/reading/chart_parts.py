"""What all charts share: marks, palette, margins, the source line inside the figure.

Belongs here: plain data of a chart and what stands around the marks. Never here: a kind of chart (charts.py), wording.

Colours are Okabe and Ito's (2008). The first three reach 3:1 against white and against the dark background; the
others only appear beside a second sign (dash, marker shape, label).
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go

BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE)
GREY = "#8C8C8C"  # 3.4:1 on white, 5.6:1 on the dark background
DASHES = ("solid", "dash", "dot", "dashdot")
SHAPES = ("circle", "square", "diamond", "triangle-up")
SOURCE_WIDTH = 62  # characters that fit 360 px at 11 px
LABEL_WIDTH = 46  # characters of a bar's label in one line; a longer one takes a second
NOTE_WIDTH = 48


@dataclass(frozen=True)
class Mark:
    """One cell to draw. Values on the shown scale (percent, count); ``text`` is the value in words, already
    formatted.
    """

    x: str
    value: float | None
    low: float | None = None
    high: float | None = None
    text: str = ""
    hover: str = ""
    uncertain: bool = False
    note: str = ""  # what stands where a value would: "too few to say"
    colour: int | None = None  # index into the palette; None is grey


@dataclass(frozen=True)
class Series:
    """Marks that belong together under one name, in order."""

    name: str
    marks: Sequence[Mark]
    colour: int | None = 0


@dataclass(frozen=True)
class Frame:
    """What surrounds the marks."""

    unit: str
    source: str
    alt: str
    breaks: Sequence[tuple[str, str]] = field(default=())  # (x, what broke)
    order: Sequence[str] = field(default=())  # periods along the axis, where their names do not sort (months in words)


def escape(text: str) -> str:
    """Text for Plotly, whose labels understand a few tags: a publisher's text must not become one."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def colour_of(index: int | None) -> str:
    """Colour of a series by its place in the palette; None is grey."""
    return GREY if index is None else PALETTE[index % len(PALETTE)]


def transparent(colour: str, alpha: float) -> str:
    """A palette colour as rgba text."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def source_lines(source: str) -> list[str]:
    """The source wrapped so that a telephone shows all of it."""
    return [escape(line) for line in textwrap.wrap(source, SOURCE_WIDTH)]


def finish(figure: go.Figure, frame: Frame, height: int, top: int, left: int, axis_room: int) -> go.Figure:
    """Margins, the source line under the plot, and what makes the figure quiet and readable."""
    lines = source_lines(frame.source)
    bottom = axis_room + 15 * len(lines) + 8
    figure.update_layout(
        height=height + bottom + top,
        margin={"l": left, "r": 12, "t": top, "b": bottom},
        font={"size": 13},
        hovermode="closest",
        dragmode=False,
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        meta={"alt": frame.alt},
    )
    figure.add_annotation(
        text="<br>".join(lines),
        xref="paper",
        yref="paper",
        x=0,
        y=0,
        xanchor="left",
        yanchor="top",
        align="left",
        showarrow=False,
        xshift=-left + 2,
        yshift=-axis_room,
        font={"size": 11},
        opacity=0.75,
    )
    return figure


def top_of(marks: Sequence[Mark], room: float) -> float:
    """Upper end of an axis from zero, with room for labels (a factor)."""
    ends = [end for mark in marks for end in (mark.value, mark.high) if end is not None]
    highest = max(ends, default=1.0)
    return (highest if highest > 0 else 1.0) * room


def bottom_of(marks: Sequence[Mark]) -> float:
    """Lower end of an axis: zero, or below it where an interval reaches there."""
    lowest = min((end for mark in marks for end in (mark.value, mark.low) if end is not None), default=0.0)
    return min(0.0, lowest * 1.1)


def with_legend(figure: go.Figure, series: Sequence[Series]) -> go.Figure:
    """A legend above the plot when there is more than one series."""
    if len(series) > 1:
        figure.update_layout(
            showlegend=True,
            legend={
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1,
                "yanchor": "bottom",
                "itemclick": False,
                "itemdoubleclick": False,
            },
        )
    return figure


def suffix(unit: str) -> str:
    """Sign of unit on axis ticks; sums of money are drawn in millions."""
    return {"%": "\u202f%", "EUR": "\u202fM€"}.get(unit, "")

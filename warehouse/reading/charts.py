"""Charts (Plotly) from plain marks: intervals by default, never colour alone, the source inside the figure.

Belongs here: geometry, and how uncertain, suppressed and missing cells look. Never here: choosing cells, wording, or a
theme: text colours stay unset so that the surface's light or dark theme decides them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence, Set

import plotly.graph_objects as go

from warehouse.reading.chart_parts import (
    DASHES,
    GREY,
    LABEL_WIDTH,
    NOTE_WIDTH,
    PALETTE,
    SHAPES,
    Frame,
    Mark,
    Series,
    bottom_of,
    colour_of,
    escape,
    finish,
    suffix,
    top_of,
    transparent,
    with_legend,
)

CROWDED = 12  # periods on an axis; beyond, every third is labelled, so that half a page still reads
LINE = 0.36  # height of a label's second line, in units of the bars' axis

__all__ = ["GREY", "PALETTE", "Frame", "Mark", "Series", "bars", "lines", "themed"]


def themed(figure: go.Figure, text_colour: str) -> go.Figure:
    """A copy whose texts have the surface's text colour: the default of light and dark themes is too pale for 12 px."""
    copy = go.Figure(figure)
    copy.update_layout(font={"color": text_colour}, legend={"font": {"color": text_colour}})
    copy.update_xaxes(tickfont={"color": text_colour})
    copy.update_yaxes(tickfont={"color": text_colour})
    return copy


def bars(series: Sequence[Series], frame: Frame) -> go.Figure:
    """Horizontal bars from zero with interval whiskers; the label stands above its bar, so that no screen is too
    narrow.

    A cell flagged "u" is pale and hatched, a suppressed or missing one has no bar and says why.
    """
    figure = go.Figure()
    names = [mark.x for mark in series[0].marks] if series else []
    step, thickness = (1.0, 0.46) if len(series) == 1 else (1.0 + 0.3 * (len(series) - 1), 0.34)
    top = top_of([mark for one in series for mark in one.marks], 1.22)
    labels = [_label_lines(name) for name in names]
    tops = [-index * step - LINE * sum(len(label) - 1 for label in labels[: index + 1]) for index in range(len(names))]
    for place, one in enumerate(series):
        base = [y - place * (thickness + 0.04) for y in tops]
        shown = [(mark, y) for mark, y in zip(one.marks, base, strict=True) if mark.value is not None]
        colours = [
            colour_of(mark.colour if mark.colour is not None or one.colour is None else one.colour) for mark, _ in shown
        ]
        colours = [GREY if mark.uncertain else colour for (mark, _), colour in zip(shown, colours, strict=True)]
        figure.add_bar(
            x=[mark.value for mark, _ in shown],
            y=[y for _, y in shown],
            orientation="h",
            width=thickness,
            name=one.name,
            marker={
                "color": [
                    transparent(colour, 0.35 if mark.uncertain else 0.85)
                    for (mark, _), colour in zip(shown, colours, strict=True)
                ],
                "line": {"color": colours, "width": 1},
                "pattern": {
                    "shape": ["/" if mark.uncertain else "" for mark, _ in shown],
                    "fgcolor": colours,
                    "size": 6,
                },
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [
                    (mark.high - mark.value) if mark.high is not None and mark.value is not None else 0
                    for mark, _ in shown
                ],
                "arrayminus": [
                    (mark.value - mark.low) if mark.low is not None and mark.value is not None else 0
                    for mark, _ in shown
                ],
                "thickness": 1.6,
                "width": 5 if any(mark.high is not None for mark, _ in shown) else 0,
                "color": GREY,
            },
            hovertext=[mark.hover for mark, _ in shown],
            hoverinfo="text",
        )
        for mark, y in zip(one.marks, base, strict=True):
            end = max((end for end in (mark.value, mark.high) if end is not None), default=0.0)
            said = (
                escape(mark.text)
                if mark.value is not None
                else "<br>".join(f"<i>{escape(line)}</i>" for line in textwrap.wrap(mark.note, NOTE_WIDTH))
            )
            figure.add_annotation(
                x=end if mark.value is not None else 0,
                y=y,
                text=said,
                align="left",
                xanchor="left",
                yanchor="middle",
                xshift=5,
                showarrow=False,
                font={"size": 12},
                opacity=0.7 if mark.value is None or mark.uncertain else 1,
            )
    for y, label in zip(tops, labels, strict=True):
        figure.add_annotation(
            x=0,
            y=y + thickness / 2,
            text="<br>".join(escape(line) for line in label),
            align="left",
            xanchor="left",
            yanchor="bottom",
            xshift=-2,
            yshift=1,
            showarrow=False,
            font={"size": 13},
        )
    figure.update_xaxes(
        range=[0, top], rangemode="tozero", ticksuffix=suffix(frame.unit), zeroline=True, fixedrange=True, nticks=6
    )
    lowest = min(tops, default=0.0) - (len(series) - 1) * (thickness + 0.04) - 0.45
    figure.update_yaxes(visible=False, range=[lowest, 0.85], fixedrange=True)
    figure.update_layout(barmode="overlay", bargap=0)
    figure = finish(
        figure, frame, height=int(46 * (0.85 - lowest)), top=34 if len(series) > 1 else 8, left=12, axis_room=34
    )
    return with_legend(figure, series)


def _label_lines(name: str) -> list[str]:
    """A bar's label in at most two lines; what does not fit even there is cut."""
    found = textwrap.wrap(name, LABEL_WIDTH) or [""]
    return [*found[:1], *(textwrap.shorten(" ".join(found[1:]), LABEL_WIDTH, placeholder=" …") for _ in found[1:2])]


def lines(series: Sequence[Series], frame: Frame) -> go.Figure:
    """Series over periods with interval bands; markers and dashes differ, hollow markers are flagged "u".

    Suppressed and missing cells leave a gap, in the band too, and a cross on the axis that says why. Years that no
    series covers keep their place on the axis. Breaks are dotted lines with text, and neither line nor band crosses
    them: values before and after are not one series.
    """
    figure = go.Figure()
    everything = [mark for one in series for mark in one.marks]
    periods = list(dict.fromkeys(frame.order)) or _every_period([mark.x for mark in everything])
    place_of = {period: place for place, period in enumerate(periods)}
    cuts = {place_of[x] for x, _ in frame.breaks if x in place_of}
    for index, one in enumerate(series):
        by_period = {mark.x: mark for mark in one.marks}
        _band(figure, [by_period.get(period) for period in periods], colour_of(one.colour), cuts)
        _line(figure, one, [by_period.get(period) for period in periods], index, len(series), cuts)
    for x, what in frame.breaks:
        if x in place_of:
            at, late = place_of[x], place_of[x] > len(periods) / 2
            figure.add_shape(
                type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line={"color": GREY, "width": 1, "dash": "dot"}
            )
            figure.add_annotation(
                x=at,
                y=1,
                yref="paper",
                text=escape(what),
                xanchor="right" if late else "left",
                yanchor="top",
                xshift=-3 if late else 3,
                showarrow=False,
                font={"size": 11},
                opacity=0.8,
            )
    every = 1 if len(periods) <= CROWDED else 3
    labelled = [place for place in range(len(periods)) if (len(periods) - 1 - place) % every == 0]  # the newest always
    slanted = len(periods) > 6
    figure.update_xaxes(
        tickmode="array",
        tickvals=labelled,
        ticktext=[periods[place] for place in labelled],
        range=[-0.3, len(periods) - 0.7],
        fixedrange=True,
        tickangle=-45 if slanted else 0,
        showgrid=False,
        zeroline=False,
    )
    figure.update_yaxes(
        range=[bottom_of(everything), top_of(everything, 1.18)],
        ticksuffix=suffix(frame.unit),
        zeroline=True,
        fixedrange=True,
        nticks=6,
    )
    figure = finish(
        figure, frame, height=250, top=34 if len(series) > 1 else 14, left=52, axis_room=62 if slanted else 36
    )
    return with_legend(figure, series)


def _every_period(found: Sequence[str]) -> list[str]:
    """The periods on the axis, in order: years without gaps, other periods as they come."""
    periods = sorted(set(found))
    if periods and all(period.isdigit() for period in periods):
        return [str(year) for year in range(int(periods[0]), int(periods[-1]) + 1)]
    return periods


def _band(figure: go.Figure, marks: Sequence[Mark | None], colour: str, cuts: Set[int]) -> None:
    """The interval as a band for each run of neighbouring periods; a period alone gets a whisker."""
    runs: list[list[tuple[int, float, float]]] = [[]]
    for place, mark in enumerate(marks):
        if place in cuts:
            runs.append([])
        if mark is not None and mark.value is not None and mark.low is not None and mark.high is not None:
            runs[-1].append((place, mark.low, mark.high))
        elif runs[-1]:
            runs.append([])
    for run in (run for run in runs if run):
        if len(run) == 1:
            place, low, high = run[0]
            figure.add_scatter(
                x=[place, place],
                y=[low, high],
                mode="lines",
                line={"color": transparent(colour, 0.45), "width": 5},
                hoverinfo="skip",
                showlegend=False,
            )
            continue
        figure.add_scatter(
            x=[place for place, _, _ in run] + [place for place, _, _ in reversed(run)],
            y=[high for _, _, high in run] + [low for _, low, _ in reversed(run)],
            fill="toself",
            fillcolor=transparent(colour, 0.18),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
        )


def _line(figure: go.Figure, one: Series, marks: Sequence[Mark | None], index: int, of: int, cuts: Set[int]) -> None:
    """The line with its markers, the crosses of what is not shown, and the label of the newest value."""
    colour = colour_of(one.colour)
    points: list[tuple[float, Mark | None]] = []
    for place, mark in enumerate(marks):
        if place in cuts:
            points.append((place - 0.5, None))  # a point without value: the line ends before the break
        if mark is None or mark.value is not None or mark.note:
            points.append((place, mark))
    drawn = [mark for _, mark in points]
    figure.add_scatter(
        x=[place for place, _ in points],
        y=[mark.value if mark is not None else None for mark in drawn],
        mode="lines+markers",
        name=one.name,
        connectgaps=False,
        line={"color": colour, "width": 2.2, "dash": DASHES[index % len(DASHES)]},
        marker={
            "size": 8,
            "symbol": [
                SHAPES[index % len(SHAPES)] + ("-open" if mark is not None and mark.uncertain else "") for mark in drawn
            ],
            "color": colour,
            "line": {"width": 1.5, "color": colour},
        },
        hovertext=[mark.hover if mark is not None else "" for mark in drawn],
        hoverinfo="text",
    )
    absent = [(place, mark) for place, mark in enumerate(marks) if mark is not None and mark.value is None]
    if absent:
        figure.add_scatter(
            x=[place for place, _ in absent],
            y=[0] * len(absent),
            mode="markers",
            cliponaxis=False,
            showlegend=False,
            marker={"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": GREY}},
            hovertext=[mark.hover or mark.note for _, mark in absent],
            hoverinfo="text",
            name=absent[0][1].note,
        )
    shown = [(place, mark) for place, mark in enumerate(marks) if mark is not None and mark.value is not None]
    if shown:
        place, last = shown[-1]
        falls = len(shown) > 1 and (shown[-2][1].value or 0) > (last.value or 0)  # the label must not sit on the line
        figure.add_annotation(
            x=place,
            y=last.value,
            text=escape(f"{one.name} {last.text}" if of > 1 else last.text),
            xanchor="right",
            yanchor="top" if falls else "bottom",
            yshift=-9 if falls else 9,
            xshift=6,
            showarrow=False,
            font={"size": 12},
        )

"""Workbooks by hand, as small as the format allows, the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass(frozen=True)
class Stored:
    """A number as it stands in the file, shown in a style (1: a day)."""

    value: str
    style: int = 0


@dataclass(frozen=True)
class Formula:
    """A formula with the value that was stored with it; "" for none."""

    formula: str
    value: str = ""
    kind: str = "n"


Given = str | int | float | None | Stored | Formula


def workbook(sheets: Mapping[str, Sequence[Sequence[Given]]], *, hidden: Sequence[str] = ()) -> bytes:
    """Sheets of rows; texts are shared, one of them in runs, and the extent that each sheet claims is wrong."""
    texts: list[str] = []
    parts = {}
    for number, rows in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(rows, texts)
    listed = "".join(
        f"<sheet name={quoteattr(name)} sheetId='{number}' r:id='rId{number}'"
        f"{' state=' + quoteattr('hidden') if name in hidden else ''}/>"
        for number, name in enumerate(sheets, start=1)
    )
    relations = "".join(
        f"<Relationship Id='rId{number}' Type='{_OFFICE}/worksheet' Target='worksheets/sheet{number}.xml'/>"
        for number in range(1, len(sheets) + 1)
    )
    shared = "".join(f"<si><r><t>{escape(text[:1])}</t></r><r><t>{escape(text[1:])}</t></r></si>" for text in texts)
    parts |= {
        "_rels/.rels": f"<Relationships xmlns='{_PACKAGE}'><Relationship Id='rId1' Type='{_OFFICE}/officeDocument' "
        "Target='/xl/workbook.xml'/></Relationships>",
        "xl/workbook.xml": f"<workbook xmlns='{_MAIN}' xmlns:r='{_OFFICE}'><sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{_PACKAGE}'>{relations}"
        f"<Relationship Id='s' Type='{_OFFICE}/sharedStrings' Target='sharedStrings.xml'/>"
        f"<Relationship Id='y' Type='{_OFFICE}/styles' Target='styles.xml'/></Relationships>",
        "xl/sharedStrings.xml": f"<sst xmlns='{_MAIN}'>{shared}</sst>",
        "xl/styles.xml": f"<styleSheet xmlns='{_MAIN}'><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs>"
        "</styleSheet>",
    }
    return packed({name: content.encode("utf-8") for name, content in parts.items()})


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A zip file of parts, without the time of day."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _sheet(rows: Sequence[Sequence[Given]], texts: list[str]) -> str:
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(_cell(f"{chr(65 + at)}{number}", value, texts) for at, value in enumerate(row))
        lines.append(f"<row r='{number}'>{cells}</row>")
    return f"<worksheet xmlns='{_MAIN}'><dimension ref='A1'/><sheetData>{''.join(lines)}</sheetData></worksheet>"


def _cell(place: str, value: Given, texts: list[str]) -> str:
    if value is None:
        return f"<c r='{place}'/>"
    if isinstance(value, Stored):
        return f"<c r='{place}' s='{value.style}'><v>{value.value}</v></c>"
    if isinstance(value, Formula):
        stored = f"<v>{escape(value.value)}</v>" if value.value else ""
        return f"<c r='{place}' t='{value.kind}'><f>{escape(value.formula)}</f>{stored}</c>"
    if isinstance(value, str):
        if value not in texts:
            texts.append(value)
        return f"<c r='{place}' t='s'><v>{texts.index(value)}</v></c>"
    return f"<c r='{place}'><v>{value}</v></c>"

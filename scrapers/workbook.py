"""Office Open XML workbooks (XLSX) to cells, from their own XML and with bounds.

Belongs here: the parts of the package, shared texts, which number is a date. Never here: what a table says.

Read after ECMA-376, parts 1 and 2. A cell may leave out where it stands; what the sheet says of its own extent
(``dimension``) is often wrong and is not looked at. Hidden sheets were not published and are left out with a remark.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from lxml import etree

from scrapers.decoders.base import UnreadableError
from scrapers.safe_xml import iterate, local_name, parse_tree

MAX_MEMBERS = 2_000
MAX_PART_BYTES = 48 * 1024 * 1024  # of one part, unpacked: about a million cells
MAX_RATIO, _RATIO_FROM = 250, 1024 * 1024  # unpacked to packed; tables of numbers pack 10 to 60 times
MAX_SHEETS = 100
MAX_TEXTS, _MAX_TEXT_CHARS = 500_000, 16_000_000
MAX_COLUMN = 16_384
_MAX_CELL_CHARS = 2_000
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_UNSPOKEN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # texts, escaped characters and colours within a number format

Cell = str | float | bool | date | datetime | None


class Workbook:
    """One workbook. ``sheets`` are the names of its visible sheets, in their order."""

    def __init__(self, body: bytes) -> None:
        """Raises UnreadableError: damaged_zip, too_many_members, encrypted, not_a_spreadsheet, and of safe_xml."""
        self.remarks: list[str] = []
        self._parts = _parts(body)
        self._zip = zipfile.ZipFile(io.BytesIO(body))
        book = self._book_part()
        root = parse_tree(self._read(book), self.remarks)
        if local_name(root) != "workbook":
            raise UnreadableError("not_a_spreadsheet", f"the main part is {local_name(root)[:40]!r}, no workbook")
        relations = self._relations(book)
        self._begins_1904 = any(
            local_name(element) == "workbookPr" and element.get("date1904") in ("1", "true") for element in root
        )
        self.sheets: dict[str, str] = {}
        self._list_sheets(root, relations)
        self._texts = self._shared_texts(book, relations)
        self._is_date = self._date_styles(book, relations)

    def rows(self, name: str) -> Iterator[tuple[int, dict[int, Cell]]]:
        """(row number from 1, column from 0 -> value) of the rows of a sheet that hold a value.

        Raises UnreadableError: damaged_member, too_large, and of safe_xml, also after rows were given.
        """
        number = 0
        for row in iterate(self._read(self.sheets[name]), {"row"}):
            said = row.get("r", "")
            number = int(said) if said.isascii() and said.isdigit() and len(said) <= 7 else number + 1
            cells: dict[int, Cell] = {}
            column = -1
            for element in row:
                if local_name(element) != "c":
                    continue
                found = _REFERENCE.fullmatch(element.get("r", ""))
                column = _column(found[1]) if found else column + 1
                if column >= MAX_COLUMN:
                    break
                value = self._value(element)
                if value is not None:
                    cells[column] = value
            if cells:
                yield number, cells

    def _value(self, element: etree._Element) -> Cell:
        kind, stored, inline = element.get("t", "n"), None, None
        for part in element:
            name = local_name(part)
            if name == "v":
                stored = part.text
            elif name == "is":
                inline = _text_of(part)
        if kind == "inlineStr":
            return inline or None
        if not stored or not stored.strip():
            return None
        stored = stored.strip()
        if kind == "s":
            at = int(stored) if stored.isascii() and stored.isdigit() and len(stored) < 8 else len(self._texts)
            return self._texts[at] if at < len(self._texts) else f"text {stored[:20]}, which the file lacks"
        if kind == "b":
            return stored in ("1", "true")
        if kind in ("str", "e", "d"):
            return stored[:_MAX_CELL_CHARS]
        if not _NUMBER.fullmatch(stored[:60]):
            return stored[:_MAX_CELL_CHARS]
        number = float(stored)
        style = element.get("s", "0")
        is_date = style.isascii() and style.isdigit() and len(style) < 7 and int(style) in self._is_date
        return self._moment(number) if is_date else number

    def _moment(self, serial: float) -> Cell:
        """The day or moment of a serial number; the number itself where there is no such day."""
        start = datetime(1904, 1, 1) if self._begins_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - no zone in files
        if not 1 <= serial < 2_958_466:
            return serial
        moment = start + timedelta(days=serial)
        return moment.date() if serial == int(serial) else moment

    def _book_part(self) -> str:
        for target in self._relations("").values():
            if target.endswith("workbook.xml") and target in self._parts:
                return target
        if "xl/workbook.xml" not in self._parts:
            held = ", ".join(sorted(self._parts)[:5])
            raise UnreadableError("not_a_spreadsheet", f"a zip file without a workbook: {held or 'nothing'}")
        return "xl/workbook.xml"

    def _relations(self, part: str) -> dict[str, str]:
        """Relation id -> path of the part that it leads to, within this file."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels").lstrip("/")
        if path not in self._parts:
            return {}
        found = {}
        for element in parse_tree(self._read(path)):
            target = element.get("Target", "")
            if element.get("TargetMode") != "External" and target:
                found[element.get("Id", "")] = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        return found

    def _list_sheets(self, root: etree._Element, relations: dict[str, str]) -> None:
        for element in root.iter():
            if local_name(element) != "sheet":
                continue
            name = " ".join(element.get("name", "").split())[:100] or f"sheet {len(self.sheets) + 1}"
            part = relations.get(element.get(f"{{{_OFFICE}}}id", ""), "")
            if element.get("state") in ("hidden", "veryHidden"):
                self.remarks.append(f"hidden sheet {name!r} is not read")
            elif part not in self._parts:
                self.remarks.append(f"sheet {name!r} has no part in the file")
            elif name in self.sheets or len(self.sheets) >= MAX_SHEETS:
                self.remarks.append(f"sheet {name!r} is not read: its name stands twice, or there are too many")
            else:
                self.sheets[name] = part
        if not self.sheets:
            raise UnreadableError("not_a_spreadsheet", "the workbook has no sheet that can be read")

    def _shared_texts(self, book: str, relations: dict[str, str]) -> list[str]:
        part = _named(relations, "sharedstrings.xml")
        texts: list[str] = []
        chars = 0
        for element in iterate(self._read(part), {"si"}) if part in self._parts else ():
            text = _text_of(element)
            chars += len(text)
            if len(texts) >= MAX_TEXTS or chars > _MAX_TEXT_CHARS:
                raise UnreadableError(
                    "too_many_elements", f"more than {MAX_TEXTS} texts or {_MAX_TEXT_CHARS} characters"
                )
            texts.append(text)
        return texts

    def _date_styles(self, book: str, relations: dict[str, str]) -> frozenset[int]:
        """Numbers of the cell styles that show a number as a day or a time."""
        part = _named(relations, "styles.xml")
        if part not in self._parts:
            return frozenset()
        root = parse_tree(self._read(part))
        dated = set(_DATE_FORMATS)
        styles: list[int] = []
        for element in root:
            if local_name(element) == "numFmts":
                for own in element:
                    code = _UNSPOKEN.sub("", own.get("formatCode", "")).split(";")[0].lower()
                    is_date = bool(re.search("[ymdj]", code)) or ("h" in code and "general" not in code)
                    (dated.add if is_date else dated.discard)(_whole(own.get("numFmtId", "")))
            elif local_name(element) == "cellXfs":
                styles = [_whole(own.get("numFmtId", "")) for own in element]
        return frozenset(number for number, own in enumerate(styles) if own in dated)

    def _read(self, part: str) -> bytes:
        info = self._parts[part]
        try:
            with self._zip.open(info) as file:
                return file.read(MAX_PART_BYTES + 1)[:MAX_PART_BYTES]
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            ValueError,
            RuntimeError,
        ) as bad:
            raise UnreadableError("damaged_member", f"{part[:100]} is damaged: {bad}") from bad


def _parts(body: bytes) -> dict[str, zipfile.ZipInfo]:
    """Parts by path, once the central directory was found harmless."""
    try:
        infos = zipfile.ZipFile(io.BytesIO(body)).infolist()
    except _BAD_ZIP as error:
        raise UnreadableError("damaged_zip", f"the file cannot be opened: {error}") from error
    if len(infos) > MAX_MEMBERS:
        raise UnreadableError("too_many_members", f"{len(infos)} parts, at most {MAX_MEMBERS} are read")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        if info.flag_bits & 0x41:
            raise UnreadableError("encrypted", "the spreadsheet is encrypted")
        large = info.file_size > _RATIO_FROM and info.file_size > MAX_RATIO * max(1, info.compress_size)
        if large or info.file_size > MAX_PART_BYTES:
            raise UnreadableError("zip_bomb", f"part {info.filename[:100]!r} unpacks to {info.file_size} bytes")
        found.setdefault(info.filename.replace("\\", "/").lstrip("/"), info)
    return found


def _named(relations: dict[str, str], name: str) -> str:
    return next((part for part in relations.values() if part.lower().endswith(name)), "")


def _text_of(element: etree._Element) -> str:
    """The text of a shared or inline string, its runs joined, readings (furigana) left out."""
    parts: list[str] = []
    for child in element:
        name = local_name(child)
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts += [inner.text or "" for inner in child if local_name(inner) == "t"]
    return "".join(parts).strip()[:_MAX_CELL_CHARS]


def _column(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

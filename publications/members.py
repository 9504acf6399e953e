"""The members' list: a CSV file that people keep in a spreadsheet, read without trusting it.

Belongs here: recipients with language and topics, and what is wrong with a list. Never here: sending, or writing the
list. A line that cannot be used costs no other line. Problems name the line, never the address.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import idna

from warehouse.reading.methods import FAMILIES
from warehouse.reading.texts import LANGUAGES

TOPICS = FAMILIES
"""The families of indicators that a member can follow; they change the order of an edition, never what it holds."""
MAX_BYTES = 5_000_000
MAX_MEMBERS = 50_000
MAX_PROBLEMS = 100
MAX_NAME = 80
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029\u200b-\u200f\u202a-\u202e\ufeff]")


class MembersError(Exception):
    """The file cannot be used at all; the message is one line."""


@dataclass(frozen=True)
class Member:
    """One recipient: address (domain in ASCII), language of the mail, and the topics that come first in it."""

    address: str
    lang: str
    topics: tuple[str, ...] = ()
    name: str = ""


def read_members(path: Path, languages: Sequence[str] = LANGUAGES) -> tuple[list[Member], list[str]]:
    """The members of a CSV file, in its order, and one line for each thing wrong with it.

    Columns ``address``, ``language``, ``topics`` (separated by ``;``) and optionally ``name``, in any order, separated
    by commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. A language that is missing or unknown becomes the
    first of ``languages``; unknown topics are left out. The same address twice is one member with the topics of both.
    Raises MembersError for a file that is missing, far too large, or has no column ``address``.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise MembersError(f"{path.name}: larger than {MAX_BYTES // 1_000_000} MB, which is no list of members")
        text = decoded(path.read_bytes())
    except OSError as error:
        raise MembersError(f"{path}: the list of members cannot be read: {error.strerror}") from None
    found: dict[str, Member] = {}
    problems = _Problems()
    for line, cells in rows(text, path.name, problems):
        member, wrong = member_of(cells, languages)
        for said in wrong:
            problems.add(f"line {line}: {said}")
        if member is None:
            continue
        key = member.address.lower()
        if key in found:
            problems.add(f"line {line}: this address stands in an earlier line; their topics are joined")
            member = replace(found[key], topics=known_topics((*found[key].topics, *member.topics)))
        elif len(found) == MAX_MEMBERS:
            raise MembersError(f"{path.name}: more than {MAX_MEMBERS} members")
        found[key] = member
    return list(found.values()), problems.told()


@dataclass
class _Problems:
    """What is wrong with a file: the first lines in words, the others as a number."""

    lines: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, text: str) -> None:
        if len(self.lines) < MAX_PROBLEMS:
            self.lines.append(text)
        else:
            self.more += 1

    def told(self) -> list[str]:
        return [*self.lines, f"and {self.more} more problems"] if self.more else self.lines


def decoded(content: bytes) -> str:
    """Text of a file as spreadsheets write it: UTF-16 with a mark, UTF-8 with or without one, else Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def rows(text: str, file: str, problems: _Problems) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column of each row that holds anything; broken rows are put among the problems."""
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: list[str] | None = None
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            problems.add(f"line {reader.line_num}: {error}")
            continue
        if not any(cell.strip() for cell in row):
            continue
        if columns is None:
            columns = [cell.strip().lower() for cell in row]
            if "address" not in columns:
                raise MembersError(f"{file}: the first line has no column 'address'; expected address,language,topics")
            continue
        yield reader.line_num, dict(zip(columns, (cell.strip(" \t") for cell in row), strict=False))
    if columns is None:
        raise MembersError(f"{file}: the list of members is empty; its first line must be address,language,topics")


def member_of(cells: dict[str, str], languages: Sequence[str]) -> tuple[Member | None, list[str]]:
    """The member of one row, None if it has no usable address, and what is wrong with the row."""
    address, wrong = usable_address(cells.get("address", ""))
    if address is None:
        return None, [f"left out: {wrong}"]
    problems: list[str] = []
    asked = cells.get("language", "").lower()
    lang = re.split(r"[-_]", asked, maxsplit=1)[0]
    if lang not in languages:
        if asked:
            problems.append(f"no edition in this language; {languages[0]} instead")
        lang = languages[0]
    wanted = [part for part in re.split(r"[;,|\s]+", cells.get("topics", "").lower()) if part]
    unknown = sum(topic not in TOPICS for topic in wanted)
    if unknown:
        problems.append(f"{unknown} unknown topic(s) left out; there are: {', '.join(TOPICS)}")
    name = cells.get("name", "")
    if _CONTROL.search(name) or len(name) > MAX_NAME or name[:1] in "=+-@":
        if name:
            problems.append("the name is left out: it holds what a name does not")
        name = ""
    return Member(address, lang, known_topics(wanted), name), problems


def known_topics(topics: Sequence[str]) -> tuple[str, ...]:
    """The known ones, each once, in one order for everybody: equal wishes give the same edition."""
    return tuple(topic for topic in TOPICS if topic in topics)


def usable_address(text: str) -> tuple[str | None, str]:
    """The address that mail can be sent to, its domain in ASCII; or None and why not."""
    if not text:
        return None, "no address"
    if _CONTROL.search(text):
        return None, "the address holds a line break or another control character"
    if text[0] in "=+-@":
        return None, "the address begins like a formula"
    local, at, domain = text.rpartition("@")
    if not at or not local or len(text) > 320:
        return None, "this is no address"
    if not local.isascii():
        return None, "the part before the @ is not ASCII; mail servers on the way may not carry it"
    if not _LOCAL.fullmatch(local) or len(local) > 64:
        return None, "the part before the @ is not valid"
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            return None, "the domain is not valid"
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None, "the domain is not valid"
    return f"{local}@{domain.lower()}", ""

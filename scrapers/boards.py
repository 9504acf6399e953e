"""Employers' job boards: one line of ``scrapers/boards.yaml`` a board.

Belongs here: the shape of that file and its checks. Never here: how a board is asked (``scrapers/plan/boards.py``) or
read. A source file with ``boards_from: boards`` collects the lines whose ``ats`` is its spider.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from scrapers.files import RegistryError, read_yaml

BOARDS = Path(__file__).parent / "boards.yaml"

Text = Annotated[str, StringConstraints(min_length=2, max_length=200, strip_whitespace=True)]


class Board(BaseModel):
    """One board of one employer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ats: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{2,60}$")]  # the spider that reads it
    board: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,100}$")]  # its id in its address
    employer: Text
    rcs: Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{1,7}$")] | None = None  # its number in the trade register
    nace_section: Annotated[str, StringConstraints(pattern=r"^[A-U]$")] | None = None  # NACE Rev. 2
    completeness: Literal["all", "part", "unknown"] = "unknown"  # whether it lists every open position of the employer
    min_items: Annotated[int, Field(ge=0)] = 0  # fewer than this is a broken board, not a quiet day
    floor: Annotated[float, Field(ge=0.0, le=1.0)] | None = None  # share of its usual number; None: the source's
    # recorded: a real answer of this board is known; seen_in_public_code: its id is, the answer is not.
    evidence: Literal["recorded", "seen_in_public_code", "checked"]
    checked_on: date | None = None  # when a live crawl last found it at this address
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None  # of the employer, for remote ads
    options: dict[str, str] = {}  # what else its address needs: host, site, language


def boards_of(ats: str, path: Path = BOARDS) -> list[dict[str, Any]]:
    """The boards that one spider reads, as parameters; raises :class:`RegistryError` for a line that cannot be used."""
    return [board.model_dump(mode="json") for board in load_boards(path) if board.ats == ats]


@lru_cache(maxsize=4)
def load_boards(path: Path = BOARDS) -> tuple[Board, ...]:
    """Every board, in the order of the file; raises :class:`RegistryError`."""
    lines = read_yaml(path)
    if not isinstance(lines, list):
        raise RegistryError(f"{path.name}: a list of boards is needed")
    boards: dict[tuple[str, str], Board] = {}
    for number, line in enumerate(lines):
        try:
            board = Board.model_validate(line)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            name = line.get("board") if isinstance(line, dict) else None
            raise RegistryError(f"{path.name}: {number} ({name}): {field}: {first['msg']}") from error
        if boards.setdefault((board.ats, board.board), board) is not board:
            raise RegistryError(f"{path.name}: {number}: board {board.board!r} of {board.ats} is listed twice")
    return tuple(boards.values())

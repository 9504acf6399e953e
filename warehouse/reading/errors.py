"""What can go wrong when a release is read, as types a face can tell apart.

Belongs here: typed errors of reading. Never here: how a face words them for its readers.
"""

from __future__ import annotations


class ReadingError(Exception):
    """Base of everything that reading a release can raise."""


class NoReleaseError(ReadingError):
    """Nothing has been published yet under this root, or the pointer names nothing."""


class UnknownReleaseError(ReadingError):
    """A release was asked for by an id that does not exist or is not an id."""


class DamagedReleaseError(ReadingError):
    """The release exists but its file cannot be opened or lacks a table of the contract."""


class CatalogueError(ReadingError):
    """The text catalogues of the four languages do not agree."""

"""Reading a release: what screens, pages and mails share.

Belongs here: the only door to a published release, chart figures, text alternatives, CSV, and texts in four languages.
Never here: writing anything, computing an indicator, Streamlit, e-mail.
"""

from warehouse.reading.errors import (
    CatalogueError,
    DamagedReleaseError,
    NoReleaseError,
    ReadingError,
    UnknownReleaseError,
)
from warehouse.reading.folder import current_release_id, open_release, previous_release_id, release_ids
from warehouse.reading.reader import Break, IndicatorText, ReleaseInfo, ReleaseReader

__all__ = [
    "Break",
    "CatalogueError",
    "DamagedReleaseError",
    "IndicatorText",
    "NoReleaseError",
    "ReadingError",
    "ReleaseInfo",
    "ReleaseReader",
    "UnknownReleaseError",
    "current_release_id",
    "open_release",
    "previous_release_id",
    "release_ids",
]

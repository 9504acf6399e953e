"""One typed settings object, built in each entry point and passed in.

Belongs here: where data lives and how this installation is configured. Never here: a setting of a source (its YAML) or
of a method (its model). Every variable is documented in ``.env.example``; a test holds the two together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one installation, from the environment (prefix ``OBSERVATORY_``) or ``.env``."""

    model_config = SettingsConfigDict(
        env_prefix="OBSERVATORY_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    data: Path = Field(
        default=Path("data"), description="Root of all data: archive, records, warehouse, releases, state."
    )
    mode: Literal["replay", "live"] = Field(default="replay", description="replay: the archive is the only network.")
    contact: str = Field(
        default="", description="Address or page shown in the user agent; live crawls refuse to start without it."
    )
    workers: int = Field(default=2, ge=1, le=64, description="Processes used to classify texts.")
    mail_from: str = Field(default="observatory@localhost", description="Sender of digests.")
    sources_dir: Path | None = Field(
        default=None, description="Another folder of source YAML files; empty: the bundled ones."
    )
    host_map: dict[str, str] = Field(
        default_factory=dict,
        description="Tests only: publisher host -> loopback base URL, as JSON. Anything but loopback is refused.",
    )

    @property
    def root(self) -> Path:
        return self.data.expanduser().resolve()

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def records(self) -> Path:
        return self.root / "records"

    @property
    def classified(self) -> Path:
        return self.root / "classified"

    @property
    def warehouse_file(self) -> Path:
        return self.root / "warehouse" / "observatory.duckdb"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def state_db(self) -> Path:
        return self.root / "state" / "state.sqlite"

    @property
    def outbox(self) -> Path:
        return self.root / "state" / "outbox"

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"

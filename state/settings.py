"""One typed settings object, built in each entry point and passed in.

Belongs here: where data lives and how this installation is configured. Never here: a setting of a source (its YAML) or
of a method (its model). Every variable is documented in ``.env.example``; a test holds the two together.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PORTS = {"starttls": 587, "tls": 465, "none": 25}
LANGUAGES = ("en", "fr", "de", "lb")
_ADDRESS = re.compile(r"[!-~]{1,64}@[A-Za-z0-9.-]{1,190}")


class Settings(BaseSettings):
    """Settings of one installation, from the environment (prefix ``OBSERVATORY_``) or ``.env``."""

    model_config = SettingsConfigDict(
        env_prefix="OBSERVATORY_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # a message on one setting would show the others, passwords among them
    )

    data: Path = Field(
        default=Path("data"), description="Root of all data: archive, records, warehouse, releases, state."
    )
    mode: Literal["replay", "live"] = Field(default="replay", description="replay: the archive is the only network.")
    contact: str = Field(
        default="", description="Address or page shown in the user agent; live crawls refuse to start without it."
    )
    workers: int = Field(default=2, ge=1, le=64, description="Processes used to classify texts.")
    openalex_key: SecretStr | None = Field(
        default=None, description="Key of the OpenAlex API; never logged or archived."
    )
    mail_from: str = Field(default="observatory@localhost", description="Sender of digests: an address, no name.")
    digest_languages: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("en", "fr", "de"), description="Languages that editions are issued in."
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[!-~]+)?$",
        description="Address of the dashboards as members reach it; empty: mails link to no page.",
    )
    members: Path | None = Field(default=None, description="CSV file of the digest's recipients; empty: nobody.")
    engineers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Addresses that are told of failures and stale sources."
    )
    transport: Literal["file", "smtp"] = Field(default="file", description="file: .eml files in the outbox.")
    smtp_host: str = Field(default="localhost", description="Mail server that messages are handed to.")
    smtp_port: int | None = Field(default=None, ge=1, le=65535, description="Default: 587, 465 or 25 by smtp_security.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is encrypted; certificates are always verified."
    )
    smtp_user: str = Field(default="", description="User name at the mail server; empty: no login.")
    smtp_password: SecretStr | None = Field(default=None, description="Password at the mail server.")
    smtp_timeout: float = Field(default=30.0, gt=0, le=600, description="Seconds to wait for an answer.")
    tick_seconds: int = Field(
        default=30, ge=1, le=3600, description="Seconds between two ticks of the watch and of the automation."
    )
    watch_seconds: int | None = Field(
        default=None, ge=1, description="Tests only: seconds between two looks at a source of the host map."
    )
    sources_dir: Path | None = Field(
        default=None, description="Another folder of source YAML files; empty: the bundled ones."
    )
    host_map: dict[str, str] = Field(
        default_factory=dict,
        description="Tests only: publisher host -> loopback base URL, as JSON. Anything but loopback is refused.",
    )

    @field_validator("digest_languages", "engineers", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """A list as people write it in an environment: separated by commas or blanks."""
        return tuple(part for part in re.split(r"[,;\s]+", value) if part) if isinstance(value, str) else value

    @field_validator("digest_languages")
    @classmethod
    def _known_languages(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [lang for lang in value if lang not in LANGUAGES]
        if unknown or not value:
            raise ValueError(f"languages are {', '.join(LANGUAGES)}; not {', '.join(unknown) or 'none'}")
        return tuple(dict.fromkeys(value))

    @field_validator("mail_from", "engineers")
    @classmethod
    def _plain_addresses(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (value,) if isinstance(value, str) else value:
            if not _ADDRESS.fullmatch(address) or address.count("@") != 1:
                raise ValueError("a plain address is expected, as in observatory@example.lu")
        return value

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Settings:
        if self.transport == "smtp" and self.exposes_login:
            raise ValueError("smtp_security=none would send the password in the clear; use starttls or tls")
        return self

    @property
    def exposes_login(self) -> bool:
        """True if logging in at the mail server would send the password unencrypted over a network."""
        login = self.smtp_user or self.smtp_password
        return bool(login) and self.smtp_security == "none" and self.smtp_host not in LOOPBACK

    @property
    def mail_port(self) -> int:
        return self.smtp_port or PORTS[self.smtp_security]

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

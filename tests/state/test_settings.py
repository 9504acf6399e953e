"""Settings keep their secrets, also when one of them is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from pipelines.up import SECRETS
from state.settings import Settings


def test_a_wrong_setting_shows_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBSERVATORY_SMTP_PASSWORD", "hunter2-secret")
    monkeypatch.setenv("OBSERVATORY_OPENALEX_KEY", "openalex-secret")
    wrong: list[dict[str, Any]] = [
        {"transport": "smtp", "smtp_security": "none", "smtp_host": "mail.example.lu", "smtp_user": "u"},
        {"workers": 0},
        {"transport": "pigeon"},
    ]
    for given in wrong:
        with pytest.raises(ValidationError) as caught:
            Settings(_env_file=None, **given)
        assert "secret" not in str(caught.value)
    assert "secret" not in repr(Settings(_env_file=None))  # type: ignore[call-arg]


def test_services_that_only_read_get_no_secret() -> None:
    secret = {
        f"OBSERVATORY_{name}".upper()
        for name, field in Settings.model_fields.items()
        if SecretStr in types(field.annotation)
    }
    assert secret == SECRETS


def types(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", (annotation,))

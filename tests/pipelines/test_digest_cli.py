"""``observatory digest``: what it prints, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from tests.publications.mailbox import Mailbox, served
from tests.reading.release_builder import two_releases


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    two_releases(tmp_path / "data" / "releases")
    members = tmp_path / "members.csv"
    members.write_text("address,language,topics\nanna@example.org,fr,talent\nbob@example.org,de,\n", encoding="utf-8")
    monkeypatch.setenv("OBSERVATORY_MEMBERS", str(members))
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    return tmp_path / "data"


def call(root: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["--data", str(root), "digest", *arguments])
    return result.exit_code, result.output


def test_sending_twice_sends_once_and_the_list_shows_it(root: Path) -> None:
    assert call(root, "list") == (0, "no edition yet; observatory run issues the first\n")
    code, said = call(root, "send")
    assert code == 0
    assert "edition 1, issued now" in said
    assert "sent 2  served before 0  refused 0  waiting 0" in said
    code, said = call(root, "send")
    assert code == 0
    assert "edition 1, issued before" in said
    assert "sent 0  served before 2  refused 0  waiting 0" in said
    code, said = call(root, "list")
    assert code == 0
    assert said.splitlines()[-1].split()[-3:] == ["2", "0", "0"]


def test_a_failed_delivery_ends_with_one_and_says_why(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = Mailbox(
        answer=lambda stage, envelope: "550 no such user" if "anna@example.org" in envelope.rcpt_tos else None
    )
    monkeypatch.setenv("OBSERVATORY_TRANSPORT", "smtp")
    monkeypatch.setenv("OBSERVATORY_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("OBSERVATORY_SMTP_SECURITY", "none")
    with served(mailbox) as port:
        monkeypatch.setenv("OBSERVATORY_SMTP_PORT", str(port))
        code, said = call(root, "send")
        assert code == 1
        assert "handed to the mail server" in said
        assert "sent 1  served before 0  refused 1  waiting 0" in said
        assert "1 x refused: 550 no such user" in said
        assert "anna" not in said
        mailbox.answer = lambda stage, envelope: None
        assert call(root, "send")[0] == 0, "what was refused for good is not tried again"
        code, said = call(root, "send", "--retry-refused")
        assert code == 0
        assert "sent 1  served before 1" in said
    assert sorted(mailbox.by_recipient()) == ["anna@example.org", "bob@example.org"]
    assert set(mailbox.by_recipient().values()) == {1}


def test_preview_writes_nothing(root: Path) -> None:
    code, said = call(root, "preview", "--lang", "fr", "--topics", "talent, research")
    assert code == 0
    assert "Observatoire LuxAI" in said
    code, page = call(root, "preview", "--html")
    assert code == 0
    assert page.startswith("<!DOCTYPE html>")
    code, message = call(root, "preview", "--to", "anna@example.org")
    assert code == 0
    assert "\nTo: anna@example.org\n" in message
    assert not (root / "state" / "outbox").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--lang", "xx"), "no language 'xx'"),
        (("--topics", "astrology"), "no topic astrology"),
        (("--to", "a@example.org\nBcc: b@example.org"), "line break"),
    ],
)
def test_wrong_use_is_said(root: Path, arguments: tuple[str, ...], reason: str) -> None:
    result = CliRunner().invoke(app, ["--data", str(root), "digest", "preview", *arguments])
    assert result.exit_code != 0
    assert reason in str(result.exception)

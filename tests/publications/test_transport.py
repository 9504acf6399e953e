"""The mail server's side: encryption that is never given up, a login that never leaks, answers told apart."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from publications.transport import (
    ConnectionLostError,
    FileTransport,
    Mail,
    MailSettingsError,
    RefusedError,
    SmtpTransport,
    TryLaterError,
    transport_of,
)
from state.settings import Settings
from tests.publications.mailbox import SENDER, Mailbox, let_in, served, smtp_settings

MAIL = Mail(SENDER, "anna@example.org", b"Subject: x\r\n\r\n.a line with a dot\r\n", "one")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def answering(stage: str, said: str) -> Mailbox:
    return Mailbox(answer=lambda now, envelope: said if now == stage else None)


def test_a_message_arrives_as_it_was_handed_over(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with served(mailbox) as port:
        transport = SmtpTransport(smtp_settings(tmp_path, port))
        transport.send(MAIL)
        transport.send(MAIL)
        transport.close()
    assert mailbox.received == [("anna@example.org", MAIL.content)] * 2
    assert mailbox.connections == 1


@pytest.mark.parametrize(
    ("stage", "said", "failure"),
    [
        ("mail", "451 4.3.0 later", TryLaterError),
        ("mail", "553 5.7.1 not from you", MailSettingsError),
        ("mail", "421 closing", ConnectionLostError),
        ("rcpt", "450 4.2.0 greylisted", TryLaterError),
        ("rcpt", "550 5.1.1 no such user", RefusedError),
        ("data", "452 4.2.2 full", TryLaterError),
        ("data", "554 5.7.1 spam", RefusedError),
        ("data", "421 closing", TryLaterError),
        ("mail", "drop", ConnectionLostError),
        ("rcpt", "drop", ConnectionLostError),
        ("data", "drop", ConnectionLostError),
        ("end", "drop", ConnectionLostError),
    ],
)
def test_answers_are_told_apart_and_the_next_message_goes_on(
    tmp_path: Path, stage: str, said: str, failure: type[Exception]
) -> None:
    mailbox = answering(stage, said)
    with served(mailbox) as port:
        transport = SmtpTransport(smtp_settings(tmp_path, port))
        with pytest.raises(failure) as caught:
            transport.send(MAIL)
        assert "\n" not in str(caught.value)
        mailbox.answer = lambda now, envelope: None
        transport.send(MAIL)
        transport.close()
    assert mailbox.received[-1] == ("anna@example.org", MAIL.content)


def test_a_connection_that_was_closed_in_between_is_opened_again(tmp_path: Path) -> None:
    seen: list[str] = []

    def answer(stage: str, envelope: Envelope) -> str | None:
        seen.append(stage)
        return "421 too many messages in one connection" if stage == "mail" and seen.count("mail") == 2 else None

    mailbox = Mailbox(answer=answer)
    with served(mailbox) as port:
        transport = SmtpTransport(smtp_settings(tmp_path, port))
        for _ in range(3):
            transport.send(MAIL)
        transport.close()
    assert len(mailbox.received) == 3
    assert mailbox.connections == 2


def test_a_slow_server_is_given_up(tmp_path: Path) -> None:
    def answer(stage: str, envelope: Envelope) -> str | None:
        time.sleep(1.0)
        return None

    with served(Mailbox(answer=answer)) as port:
        transport = SmtpTransport(smtp_settings(tmp_path, port, smtp_timeout=0.2))
        with pytest.raises(ConnectionLostError):
            transport.send(MAIL)


def test_no_server_is_said_with_its_address(tmp_path: Path) -> None:
    with pytest.raises(ConnectionLostError, match=r"127\.0\.0\.1:9: no connection to the mail server"):
        SmtpTransport(smtp_settings(tmp_path, 9)).send(MAIL)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_certificate_is_verified(tmp_path: Path, certificate: Path, security: str) -> None:
    mailbox = Mailbox()
    context = server_context(certificate)
    options = {"tls_context": context, "require_starttls": True} if security == "starttls" else {"ssl_context": context}
    with served(mailbox, **options) as port:
        settings = smtp_settings(tmp_path, port, smtp_security=security)
        with pytest.raises(MailSettingsError, match="the certificate is not trusted"):
            SmtpTransport(settings).send(MAIL)
        assert mailbox.received == []
        transport = SmtpTransport(settings, ssl.create_default_context(cafile=str(certificate)))
        transport.send(MAIL)
        transport.close()
    assert len(mailbox.received) == 1


def test_without_starttls_nothing_is_sent_in_the_clear(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with served(mailbox) as port, pytest.raises(MailSettingsError, match="STARTTLS"):
        SmtpTransport(smtp_settings(tmp_path, port, smtp_security="starttls")).send(MAIL)
    assert mailbox.received == []


def test_the_login_works_and_a_refused_one_says_no_secret(tmp_path: Path) -> None:
    mailbox = Mailbox()
    login = {"smtp_user": "observatory", "smtp_password": "secret-word"}
    with served(mailbox, authenticator=let_in, auth_required=True, auth_require_tls=False) as port:
        transport = SmtpTransport(smtp_settings(tmp_path, port, **login))
        transport.send(MAIL)
        transport.close()
        wrong = SmtpTransport(smtp_settings(tmp_path, port, **login | {"smtp_password": "other-word"}))
        with pytest.raises(MailSettingsError, match="login refused") as caught:
            wrong.send(MAIL)
    assert "word" not in str(caught.value)
    assert len(mailbox.received) == 1


def test_a_password_that_the_login_cannot_carry_is_a_setting_to_mend(tmp_path: Path) -> None:
    login = {"smtp_user": "observatory", "smtp_password": "mot-de-passe-é"}
    server = served(Mailbox(), authenticator=let_in, auth_required=True, auth_require_tls=False)
    with server as port, pytest.raises(MailSettingsError, match="must be ASCII") as caught:
        SmtpTransport(smtp_settings(tmp_path, port, **login)).send(MAIL)
    assert "passe" not in str(caught.value)


def test_no_password_goes_to_another_machine_in_the_clear(tmp_path: Path) -> None:
    login = {"smtp_user": "observatory", "smtp_password": "secret-word", "smtp_host": "mail.example.lu"}
    with pytest.raises(ValidationError, match="in the clear") as caught:
        smtp_settings(tmp_path, 25, **login)
    assert "secret-word" not in str(caught.value)
    forced = smtp_settings(tmp_path, 25).model_copy(update=login)  # past the validation of the settings
    with pytest.raises(MailSettingsError, match="in the clear"):
        SmtpTransport(forced)


def test_keys_and_passwords_stay_out_of_whatever_is_printed(tmp_path: Path) -> None:
    settings = smtp_settings(tmp_path, 25, smtp_password="secret-word", openalex_key="secret-key")
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert "secret-" not in shown


@pytest.mark.parametrize("value", ["a@b.lu\nBcc: c@d.lu", "Name <a@b.lu>", "nobody", "a@b@c", "ä@b.lu", ""])
def test_senders_and_engineers_are_plain_addresses(tmp_path: Path, value: str) -> None:
    with pytest.raises(ValidationError, match="plain address"):
        Settings(data=tmp_path, mail_from=value, _env_file=None)  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="plain address"):
        Settings(data=tmp_path, engineers=(value,), _env_file=None)  # type: ignore[call-arg]


def test_settings_are_read_as_people_write_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBSERVATORY_ENGINEERS", "a@example.lu, b@example.lu")
    monkeypatch.setenv("OBSERVATORY_DIGEST_LANGUAGES", "fr,de")
    monkeypatch.setenv("OBSERVATORY_SMTP_PORT", "")
    settings = Settings(data=tmp_path, _env_file=None)  # type: ignore[call-arg]
    assert settings.engineers == ("a@example.lu", "b@example.lu")
    assert settings.digest_languages == ("fr", "de")
    assert settings.mail_port == 587
    monkeypatch.setenv("OBSERVATORY_DIGEST_LANGUAGES", "fr,xx")
    with pytest.raises(ValidationError, match="not xx"):
        Settings(data=tmp_path, _env_file=None)  # type: ignore[call-arg]


def test_files_are_written_whole_and_once(tmp_path: Path) -> None:
    transport = transport_of(Settings(data=tmp_path, _env_file=None), tmp_path / "out")  # type: ignore[call-arg]
    assert isinstance(transport, FileTransport)
    transport.send(MAIL)
    transport.send(MAIL)
    assert [(file.name, file.read_bytes()) for file in (tmp_path / "out").iterdir()] == [("one.eml", MAIL.content)]
    (tmp_path / "in_the_way").write_text("")
    with pytest.raises(MailSettingsError):
        FileTransport(tmp_path / "in_the_way").send(MAIL)

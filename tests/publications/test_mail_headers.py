"""No text of a source or of a members' file becomes a header of a mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publications.mail import one_line, plain_message_bytes, written

AT = datetime(2026, 7, 6, tzinfo=UTC)
INJECTED = [
    "=?utf-8?q?x=0D=0ABcc:_victim@example.net?=",
    "M =?utf-8?q?x=0D=0ABcc:_victim@example.net?=",
    "=?utf-8?b?DQpCY2M6IHZpY3RpbUBleGFtcGxlLm5ldA==?= z",
    "=?utf-8?q?2=0D=0A=0D=0A<h1>phish</h1>?=",
    "a\r\nBcc: victim@example.net",
    "a\x1cb\x1db\x1ec",
    "half an emoji \ud83d",
]


def mail(subject: str) -> EmailMessage:
    content = plain_message_bytes(
        subject=subject, text="t", sender="o@example.lu", recipient="e@example.lu", at=AT, identity="<a@b>"
    )
    return message_from_bytes(content, policy=policy.default)  # type: ignore[return-value]


@pytest.mark.parametrize("subject", INJECTED)
def test_a_subject_stays_one_field(subject: str) -> None:
    read = mail(subject)
    assert read["Bcc"] is None
    assert sorted(read.keys()) == sorted(mail("plain").keys())
    assert read.get_content().strip() == "t"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_a_subject(subject: str) -> None:
    assert sorted(mail(subject).keys()) == sorted(mail("plain").keys())
    assert len(one_line(subject).splitlines()) <= 1


def test_a_head_that_holds_more_than_was_set_is_not_sent() -> None:
    class Broken(EmailMessage):
        def as_bytes(self, *args: object, **named: object) -> bytes:
            return super().as_bytes().replace(b"Subject: x", b"Subject: x\r\nBcc: victim@example.net")

    message = Broken(policy=policy.SMTP)
    message["Subject"] = "x"
    message.set_content("t")
    with pytest.raises(ValueError, match="head of the message"):
        written(message)

"""A mail server on loopback that keeps what it takes, and refuses what it is told to."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.ports import free_port


@dataclass
class Mailbox:
    """What came in. ``answer`` is said instead of taking a message, if there is one."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    answer: str = ""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.answer:
            return self.answer
        content = envelope.content
        assert isinstance(content, bytes)
        found = message_from_bytes(content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.messages.append(found)
        return "250 OK"

    async def handle_RCPT(
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address.startswith("unbekannt@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@contextmanager
def mail_server(context: ssl.SSLContext | None = None, *, user: str = "") -> Iterator[Mailbox]:
    """Run a server, with STARTTLS if there is a ``context``; ``user`` signs in as ``geheim``."""
    box = Mailbox(port=free_port())

    def authenticate(_server: object, _session: object, _envelope: object, _way: str,
                     given: object) -> AuthResult:  # fmt: skip
        right = isinstance(given, LoginPassword) and given == LoginPassword(
            user.encode(), b"geheim"
        )
        # Not handled: the server itself says 535, instead of letting the client wait.
        return AuthResult(success=right, handled=right)

    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        tls_context=context,
        require_starttls=context is not None,
        auth_required=bool(user),
        authenticator=authenticate if user else None,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()

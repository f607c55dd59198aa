"""Sending e-mails through the server that the operator names; off unless one is named.

An e-mail tells that something waits, and where to sign in. Nothing of the matter is in it.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, Literal
from urllib.parse import urlsplit

from tenants.database import now
from tenants.language import _

Security = Literal["starttls", "tls", "none"]
SECONDS: Final = 30
_SCHEMES: Final[dict[str, tuple[Security, int]]] = {
    "smtp": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("none", 25),
}
_LASTING: Final = 500


class MailRefused(RuntimeError):
    """The e-mail will never be taken; the message says why in German, without the address."""


class MailUnavailable(RuntimeError):
    """The server cannot be reached or does not want to now; the message is German."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail to one person; ``id`` stays the same when it is sent again."""

    id: str
    address: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mails are handed in (RFC 6409), and from whom they come."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)

    def send(self, letter: Letter) -> None:
        """Hand a letter in. Raises `MailRefused` and `MailUnavailable`."""
        message = _message(letter, self.sender)
        try:
            with self._connection() as connection:
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            raise _refusal(min(codes, default=_LASTING)) from error
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            # ssl.SSLError is an OSError. What the server says could name people.
            raise MailUnavailable(
                _("Der Mailserver war nicht zu erreichen oder lehnte ab ({fault}).").format(
                    fault=type(error).__name__
                )
            ) from error

    def _connection(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        try:
            if self.security == "starttls":
                connection.starttls(context=context)
            if self.user:
                connection.login(self.user, self.password)
        except BaseException:
            connection.close()
            raise
        return connection


def read_mail_server(url: str, sender: str, user: str, password: str) -> MailServer:
    """Return the server at ``url``: ``smtp:`` asks for STARTTLS, ``smtps:`` for TLS from the start.

    ``smtp+plain:`` sends in the clear. Raises ValueError with what is wrong in German.
    """
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.username or parts.path:
        raise ValueError(
            "SIEGEL_SMTP_URL muss wie smtp://mail.beispiel.de:587, smtps://… oder smtp+plain://…"
            " lauten; Name und Kennwort stehen in SIEGEL_SMTP_USER und SIEGEL_SMTP_PASSWORD."
        )
    security, port = _SCHEMES[parts.scheme]
    if not _is_address(sender):
        raise ValueError("SIEGEL_MAIL_FROM muss die Absenderadresse der E-Mails sein.")
    if user and security == "none":
        raise ValueError(
            "Mit smtp+plain:// gingen Name und Kennwort unverschlüsselt über das Netz."
        )
    return MailServer(parts.hostname, parts.port or port, security, sender, user, password)


def _is_address(text: str) -> bool:
    try:
        return bool(Address(addr_spec=text).domain)
    except (HeaderParseError, ValueError, IndexError):
        return False


def _message(letter: Letter, sender: str) -> EmailMessage:
    if not _is_address(letter.address):
        raise MailRefused(_("Die Adresse des Kontos ist keine E-Mail-Adresse."))
    message = EmailMessage()
    message["From"] = Address(addr_spec=sender)
    message["To"] = Address(addr_spec=letter.address)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    # RFC 3834: no absence note is wanted in return.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def _refusal(code: int) -> MailRefused | MailUnavailable:
    if code >= _LASTING:
        return MailRefused(
            _("Der Mailserver nimmt für dieses Konto nichts an ({code}).").format(code=code)
        )
    return MailUnavailable(_("Der Mailserver nimmt gerade nichts an ({code}).").format(code=code))

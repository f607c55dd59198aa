"""E-mails are handed in to a real server: encrypted where asked, refused or tried again."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tenants.mail import Letter, MailRefused, MailServer, MailUnavailable, read_mail_server
from tenants.notice_sending import letter_text
from tenants.settings import SettingMissing, load_settings
from tests.support.mail_server import mail_server
from tests.support.ports import free_port

SENDER = "portal@example.de"


def letter(address: str = "kim@example.org") -> Letter:
    return Letter("7f3c", address, "Im Portal wartet etwas auf Sie", letter_text("https://x/y"))


def plain(port: int) -> MailServer:
    return read_mail_server(f"smtp+plain://127.0.0.1:{port}", SENDER, "", "")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with key and self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    day = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(day - timedelta(days=1))
        .not_valid_after(day + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("mail") / "mail.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture(scope="module")
def context(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


def test_a_letter_arrives_as_it_was_written_and_says_nothing_of_the_matter() -> None:
    with mail_server() as box:
        plain(box.port).send(letter())
    (message,) = box.messages
    assert (message["To"], message["From"]) == ("kim@example.org", SENDER)
    assert message["Message-ID"] == "<7f3c@example.de>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == letter_text("https://x/y")
    assert message["Subject"] == "Im Portal wartet etwas auf Sie"


def test_a_server_signs_in_over_tls_that_it_trusts(
    context: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(context, user="siegel") as box:
        url = f"smtp://127.0.0.1:{box.port}"
        read_mail_server(url, SENDER, "siegel", "geheim").send(letter())
        with pytest.raises(MailUnavailable, match="SMTPAuthenticationError"):
            read_mail_server(url, SENDER, "siegel", "falsch").send(letter())
    assert len(box.messages) == 1


def test_nothing_leaves_without_tls_or_to_a_stranger(context: ssl.SSLContext) -> None:
    with mail_server() as bare, pytest.raises(MailUnavailable):
        read_mail_server(f"smtp://127.0.0.1:{bare.port}", SENDER, "", "").send(letter())
    with mail_server(context) as stranger, pytest.raises(MailUnavailable):
        read_mail_server(f"smtp://127.0.0.1:{stranger.port}", SENDER, "", "").send(letter())
    assert (bare.messages, stranger.messages) == ([], [])


@pytest.mark.parametrize("address", ["unbekannt@example.org", "hierwer", "a@b\nBcc: c@d", ""])
def test_an_address_that_takes_nothing_is_refused_and_not_named(address: str) -> None:
    with mail_server() as box, pytest.raises(MailRefused) as refused:
        plain(box.port).send(letter(address))
    assert box.messages == []
    assert not address or address not in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [("451 later", MailUnavailable), ("552 never", MailRefused)],
)
def test_a_refusal_for_now_is_told_from_one_for_ever(
    answer: str, error: type[RuntimeError]
) -> None:
    with mail_server() as box:
        box.answer = answer
        with pytest.raises(error):
            plain(box.port).send(letter())


def test_a_server_that_is_away_is_unavailable() -> None:
    with pytest.raises(MailUnavailable):
        plain(free_port()).send(letter())


@pytest.mark.parametrize(
    "change",
    [
        {"SIEGEL_SMTP_URL": "http://mail.example.de"},
        {"SIEGEL_SMTP_URL": "smtp://wer:was@mail.example.de"},
        {"SIEGEL_MAIL_FROM": ""},
        {"SIEGEL_MAIL_FROM": "Portal"},
        {"SIEGEL_SMTP_URL": "smtp+plain://mail.example.de", "SIEGEL_SMTP_USER": "wer"},
    ],
)
def test_settings_that_cannot_be_are_refused(change: dict[str, str]) -> None:
    given = {
        "SIEGEL_DATABASE_URL": "x", "SIEGEL_REDIS_URL": "x", "SIEGEL_SECRET_KEY": "x",
        "SIEGEL_SMTP_URL": "smtp://mail.example.de", "SIEGEL_MAIL_FROM": SENDER,
    }  # fmt: skip
    server = load_settings(given).mail_server
    assert server is not None
    assert (server.host, server.port, server.security) == ("mail.example.de", 587, "starttls")
    with pytest.raises(SettingMissing, match=r"SIEGEL_|Kennwort"):
        load_settings(given | change)


def test_without_a_server_no_mail_is_sent() -> None:
    given = {"SIEGEL_DATABASE_URL": "x", "SIEGEL_REDIS_URL": "x", "SIEGEL_SECRET_KEY": "x"}
    assert load_settings(given).mail_server is None

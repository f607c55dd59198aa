"""A remote signing service on loopback that speaks the CSC API 2.0 with TLS, and may misbehave."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import secrets
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID

from tests.support.trust_services import Holder, TrustService

CLIENT, CLIENT_SECRET = "brief-und-siegel", "client-geheimnis"
PIN, OTP = "2580-geheim", "135790"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
SHA256 = "2.16.840.1.101.3.4.2.1"
PAGE = """<!doctype html><html lang="de"><title>Signaturdienst</title><h1>{words}</h1>
<form method="post" action="/oauth2/authorize?{action}"><p><label>Kennung
<input name="user"></label></p><button name="error" value="">{words}</button>
<button name="error" value="access_denied">Abbrechen</button></form></html>"""


@dataclass
class Kept:
    """A key that the service keeps for a person, and what it says of it."""

    user: str
    holder: Holder
    description: str = ""
    status: str = "valid"
    key_status: str = "enabled"
    mode: str = "explicit"


@dataclass
class Grant:
    """What a person allowed on the pages: for whom, for what, and how it is redeemed."""

    user: str
    scope: str
    challenge: str
    redirect_uri: str
    credential_id: str = ""
    hashes: tuple[str, ...] = ()


@dataclass
class CscService:
    """The service; ``fault`` is one of "", "down", "moved", "expired", "nonsense"."""

    trust: TrustService
    certificate_file: Path
    port: int = 0
    fault: str = ""
    kept: dict[str, Kept] = field(default_factory=dict)
    redirect_uris: set[str] = field(default_factory=set)
    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Grant | None] = field(default_factory=dict)
    released: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    def keep(
        self, user: str, holder: Holder, *, description: str = "", status: str = "valid",
        key_status: str = "enabled", mode: str = "explicit",
    ) -> str:  # fmt: skip
        """Keep a key for a person, and return the id of the credential."""
        credential_id = f"cred-{len(self.kept) + 1}"
        self.kept[credential_id] = Kept(user, holder, description, status, key_status, mode)
        return credential_id

    def visit(self, url: str, user: str, error: str = "") -> str:
        """Do on the pages at ``url`` what a person does; return where she is sent back to."""
        asked = self.check_visit(url)
        back = {"state": asked["state"]}
        if error:
            back["error"] = error
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = Grant(
                user, asked["scope"], asked["code_challenge"], asked["redirect_uri"],
                asked.get("credentialID", ""), tuple(asked.get("hashes", "").split(",")),
            )  # fmt: skip
            back["code"] = code
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def check_visit(self, url: str) -> dict[str, str]:
        """Return with what a person was sent here, if it is what the API wants."""
        parts = urlsplit(url)
        asked = dict(parse_qsl(parts.query))
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/oauth2/authorize"
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] in self.redirect_uris
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 32
        assert asked["scope"] in ("service", "credential")
        if asked["scope"] == "credential":
            assert asked["credentialID"] in self.kept
            assert asked["numSignatures"] == "1"
            assert asked["hashAlgorithmOID"] == SHA256
            assert len(base64.urlsafe_b64decode(asked["hashes"])) == 32
        return asked

    def answer(self, path: str, body: bytes, token: str) -> tuple[int, object]:
        """Return status and JSON for a question."""
        self.asked.append(path)
        if self.fault == "down":
            return 503, {}
        if path == "/oauth2/token":
            return self._log_in(dict(parse_qsl(body.decode())))
        bearer = token.removeprefix("Bearer ")
        if bearer not in self.tokens:
            return 401, {"error": "invalid_token"}
        request = json.loads(body)
        if path == "/csc/v2/signatures/signHash":
            return self._sign(request, bearer)
        grant = self.tokens[bearer]
        if grant is not None and grant.scope != "service":
            return 401, {"error": "invalid_token"}
        return {
            "/csc/v2/credentials/list": self._list,
            "/csc/v2/credentials/info": self._info,
            "/csc/v2/credentials/authorize": self._authorize,
        }[path](request, grant)

    def _log_in(self, form: dict[str, str]) -> tuple[int, object]:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, CLIENT_SECRET):
            return 400, {"error": "invalid_client"}
        grant = None
        if form.get("grant_type") == "authorization_code":
            # A code counts once, for the redirection and the verifier that it was asked with.
            grant = self.codes.pop(form["code"], None)
            hashed = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
            if (
                grant is None
                or self.fault == "expired"
                or (grant.challenge, grant.redirect_uri) != (challenge, form["redirect_uri"])
            ):
                return 400, {"error": "invalid_grant"}
        elif form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        token = secrets.token_urlsafe(16)
        self.tokens[token] = grant
        kind = "SAD" if grant is not None and grant.scope == "credential" else "Bearer"
        return 200, {"access_token": token, "token_type": kind, "expires_in": 3600}

    def _list(self, request: dict[str, object], grant: Grant | None) -> tuple[int, object]:
        # Whom a token is for is said by the token; only without one a person is named.
        if grant is not None and "userID" in request:
            return 400, {"error": "invalid_request"}
        user = request["userID"] if grant is None else grant.user
        return 200, {"credentialIDs": [one for one, kept in self.kept.items() if kept.user == user]}

    def _info(self, request: dict[str, object], _grant: Grant | None) -> tuple[int, object]:
        if self.fault == "nonsense":
            return 200, {"cert": {"certificates": ["????"]}}
        kept = self._kept(request)
        chain = [kept.holder.certificate, self.trust.authority.certificate]
        encoded = [
            base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in chain
        ]
        return 200, {
            "description": kept.description,
            "key": {"status": kept.key_status, "algo": [ECDSA_SHA256], "len": 256},
            "cert": {"status": kept.status, "certificates": encoded},
            "auth": {"mode": kept.mode},
            "SCAL": "2",
            "multisign": 1,
        }

    def _authorize(self, request: dict[str, object], _grant: Grant | None) -> tuple[int, object]:
        given = request["authData"]
        assert isinstance(given, list)
        if {one["id"]: one["value"] for one in given} != {"PIN": PIN, "OTP": OTP}:
            return 400, {"error": "invalid_pin", "error_description": "The PIN is invalid"}
        sad = secrets.token_urlsafe(16)
        hashes_of = request["hashes"]
        assert isinstance(hashes_of, list)
        self.released[sad] = hashes_of
        return 200, {"SAD": sad, "expiresIn": 300}

    def _sign(self, request: dict[str, object], bearer: str) -> tuple[int, object]:
        if self.fault == "expired":
            return 400, {"error": "invalid_request", "error_description": "SAD expired"}
        digests = request["hashes"]
        assert isinstance(digests, list)
        # Each release is for its own hashes, and once.
        grant = self.tokens[bearer]
        if grant is not None:
            del self.tokens[bearer]
            wanted = [base64.urlsafe_b64decode(one) for one in grant.hashes if one]
            released = (
                grant.scope == "credential"
                and grant.credential_id == request["credentialID"]
                and wanted == [base64.b64decode(one) for one in digests]
                and request.get("SAD", bearer) == bearer
            )
        else:
            released = self.released.pop(str(request["SAD"]), None) == digests
        if not released:
            return 400, {"error": "invalid_request", "error_description": "Invalid SAD"}
        assert request["signAlgo"] == ECDSA_SHA256
        key = self._kept(request).holder.key
        signatures = [
            key.sign(base64.b64decode(one), ec.ECDSA(Prehashed(hashes.SHA256()))) for one in digests
        ]
        return 200, {"signatures": [base64.b64encode(one).decode() for one in signatures]}

    def _kept(self, request: dict[str, object]) -> Kept:
        return self.kept[str(request["credentialID"])]

    def page(self, url: str) -> str:
        """Return the page on which a person signs in and allows, or cancels."""
        asked = self.check_visit(url)
        words = "Anmelden" if asked["scope"] == "service" else "Unterschrift freigeben"
        return PAGE.format(words=words, action=escape(urlsplit(url).query, quote=True))


def _certificate(directory: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = directory / "tls.pem", directory / "tls.key"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_file, key_file


@contextmanager
def open_csc_service(trust: TrustService, directory: Path) -> Iterator[CscService]:
    """Run the service; clients trust it with ``certificate_file``."""
    certificate_file, key_file = _certificate(directory)
    service = CscService(trust, certificate_file)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = service.page(f"{service.url}{self.path}").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/oauth2/authorize"):
                typed = dict(parse_qsl(body.decode()))
                back = service.visit(
                    f"{service.url}{self.path}", typed.get("user", ""), typed.get("error", "")
                )
                self.send_response(302)
                self.send_header("Location", back)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if service.fault == "moved":
                self.send_response(307)
                self.send_header("Location", "https://127.0.0.2/fremd")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            status, document = service.answer(
                self.path, body, self.headers.get("Authorization", "")
            )
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    service.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

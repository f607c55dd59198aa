"""A remote signing service on loopback that speaks the CSC API 2.0 with TLS, and may misbehave."""

from __future__ import annotations

import base64
import ipaddress
import json
import secrets
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID

from tests.support.trust_services import Holder, TrustService

CLIENT, CLIENT_SECRET = "brief-und-siegel", "client-geheimnis"
PIN, OTP = "2580-geheim", "135790"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"


@dataclass
class CscService:
    """The service; ``fault`` is one of "", "down", "moved", "expired", "nonsense"."""

    trust: TrustService
    certificate_file: Path
    port: int = 0
    fault: str = ""
    people: dict[str, Holder] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    released: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    def answer(self, path: str, body: bytes, token: str) -> tuple[int, object]:
        """Return status and JSON for a question."""
        self.asked.append(path)
        if self.fault == "down":
            return 503, {}
        if path == "/oauth2/token":
            return self._log_in(parse_qs(body.decode()))
        if token.removeprefix("Bearer ") not in self.tokens:
            return 401, {"error": "invalid_token"}
        request = json.loads(body)
        return {
            "/csc/v2/credentials/list": self._list,
            "/csc/v2/credentials/info": self._info,
            "/csc/v2/credentials/authorize": self._authorize,
            "/csc/v2/signatures/signHash": self._sign,
        }[path](request)

    def _log_in(self, form: dict[str, list[str]]) -> tuple[int, object]:
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT}
        known = all(form.get(key) == [value] for key, value in wanted.items())
        if not known or form.get("client_secret") != [CLIENT_SECRET]:
            return 400, {"error": "invalid_client"}
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600}

    def _list(self, request: dict[str, object]) -> tuple[int, object]:
        found = [name for name in self.people if name == request["userID"]]
        return 200, {"credentialIDs": [f"cred-{name}" for name in found]}

    def _info(self, request: dict[str, object]) -> tuple[int, object]:
        if self.fault == "nonsense":
            return 200, {"cert": {"certificates": ["????"]}}
        chain = [self._holder(request).certificate, self.trust.authority.certificate]
        encoded = [
            base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in chain
        ]
        return 200, {
            "key": {"status": "enabled", "algo": [ECDSA_SHA256], "len": 256},
            "cert": {"status": "valid", "certificates": encoded},
            "auth": {"mode": "explicit"},
            "SCAL": "2",
            "multisign": 1,
        }

    def _authorize(self, request: dict[str, object]) -> tuple[int, object]:
        given = request["authData"]
        assert isinstance(given, list)
        if {one["id"]: one["value"] for one in given} != {"PIN": PIN, "OTP": OTP}:
            return 400, {"error": "invalid_pin", "error_description": "The PIN is invalid"}
        sad = secrets.token_urlsafe(16)
        hashes_of = request["hashes"]
        assert isinstance(hashes_of, list)
        self.released[sad] = hashes_of
        return 200, {"SAD": sad, "expiresIn": 300}

    def _sign(self, request: dict[str, object]) -> tuple[int, object]:
        if self.fault == "expired":
            return 400, {"error": "invalid_request", "error_description": "SAD expired"}
        # Each release is for its own hashes, and once.
        if self.released.pop(str(request["SAD"]), None) != request["hashes"]:
            return 400, {"error": "invalid_request", "error_description": "Invalid SAD"}
        assert request["signAlgo"] == ECDSA_SHA256
        key = self._holder(request).key
        digests = request["hashes"]
        assert isinstance(digests, list)
        signatures = [
            key.sign(base64.b64decode(one), ec.ECDSA(Prehashed(hashes.SHA256()))) for one in digests
        ]
        return 200, {"signatures": [base64.b64encode(one).decode() for one in signatures]}

    def _holder(self, request: dict[str, object]) -> Holder:
        return self.people[str(request["credentialID"]).removeprefix("cred-")]


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
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
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

"""A time stamp authority, an OCSP responder and revocation lists on loopback; real protocols."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from document_templates.certificates import (
    KeyAndCertificate,
    certificate_pem,
    create_demo_authority,
    create_revocation_list,
    issue_seal_certificate,
    private_key_pem,
)
from document_templates.seals import Seal


@dataclass
class ValidationServices:
    """Services under one authority. ``asked`` counts the questions to each of them."""

    now: datetime
    authority: KeyAndCertificate
    server: ThreadingHTTPServer
    is_away: bool = False
    """Whether the time stamp authority answers nothing but errors."""
    asked: Counter[str] = field(default_factory=Counter)
    stamper: DummyTimeStamper | None = None
    known: dict[int, x509.Certificate] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def timestamp_url(self) -> str:
        return f"http://{self.host}/tsa"

    @property
    def root(self) -> x509.Certificate:
        return self.authority.certificate

    def issue(self, name: str) -> KeyAndCertificate:
        """Return key and certificate of a seal; the certificate names the revocation list."""
        return issue_seal_certificate(
            self.authority, name, self.now, revocation_list_url=f"http://{self.host}/crl"
        )

    def issue_seal(self, name: str = "Jugendamt Musterstadt") -> Seal:
        """Return such a seal, ready to use."""
        return Seal.issued_by(self.authority, self.issue(name))

    def open_timestamps(self, lifetime: timedelta, *, name: str = "Zeitstempel Demo") -> None:
        """Let the authority stamp with a new certificate, which names the OCSP responder."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        responder = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP,
            x509.UniformResourceIdentifier(f"http://{self.host}/ocsp"),
        )
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self.root.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - timedelta(days=1))
            .not_valid_after(self.now + lifetime)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
            )
            .add_extension(x509.AuthorityInformationAccess([responder]), critical=False)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    self.authority.private_key.public_key()
                ),
                critical=False,
            )
            .sign(self.authority.private_key, hashes.SHA256())
        )
        (own,) = load_certs_from_pemder_data(certificate_pem(certificate))
        self.known[certificate.serial_number] = certificate
        self.stamper = DummyTimeStamper(
            own, load_private_key_from_pemder_data(private_key_pem(key), passphrase=None)
        )

    def answer(self, path: str, body: bytes) -> tuple[str, bytes] | None:
        """Return type and content of an answer; None is an error of the service."""
        self.asked[path] += 1
        if path == "/tsa":
            if self.is_away or self.stamper is None:
                return None
            response = self.stamper.request_tsa_response(tsp.TimeStampReq.load(body))
            return "application/timestamp-reply", response.dump()
        if path == "/crl":
            empty = create_revocation_list(self.authority, [], 1, self.now)
            return "application/pkix-crl", empty.public_bytes(serialization.Encoding.DER)
        if path == "/ocsp":
            return "application/ocsp-response", self._status(ocsp.load_der_ocsp_request(body))
        return None

    def _status(self, request: ocsp.OCSPRequest) -> bytes:
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=self.known[request.serial_number],
                issuer=self.root,
                algorithm=request.hash_algorithm,
                cert_status=ocsp.OCSPCertStatus.GOOD,
                this_update=self.now - timedelta(minutes=5),
                next_update=self.now + timedelta(days=1),
                revocation_time=None,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.root)
        )
        for extension in request.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        return builder.sign(self.authority.private_key, hashes.SHA256()).public_bytes(
            serialization.Encoding.DER
        )


@contextmanager
def open_services(
    now: datetime, lifetime: timedelta = timedelta(days=1000)
) -> Iterator[ValidationServices]:
    """Run the services; ``lifetime`` is that of the certificate that stamps."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self) -> None:
            self._reply(b"")

        def _reply(self, body: bytes) -> None:
            answer = services.answer(self.path, body)
            self.send_response(200 if answer else 503)
            kind, content = answer or ("text/plain", b"")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    services = ValidationServices(now, create_demo_authority(now), server)
    services.open_timestamps(lifetime)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield services
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

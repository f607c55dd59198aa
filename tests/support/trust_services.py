"""A trust service provider of invented people: certificates, and the lists that name it.

It speaks the real formats (QcStatements of ETSI EN 319 412-5, trust lists of TS 119 612 with a
XAdES signature), so that what is tested is what a member state publishes.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lxml import etree
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore
from signxml import SignatureMethod
from signxml.xades import XAdESSigner

from document_templates.certificates import certificate_pem

QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
PSEUDONYM = x509.ObjectIdentifier("2.5.4.65")
# QcCompliance, QcSSCD and QcType of EN 319 412-5 in DER.
_COMPLIANCE = bytes.fromhex("3008060604008e460101")
_DEVICE = bytes.fromhex("3008060604008e460104")
_TYPES = {
    "esign": bytes.fromhex("3013060604008e46010630090607 04008e46010601".replace(" ", "")),
    "eseal": bytes.fromhex("3013060604008e46010630090607 04008e46010602".replace(" ", "")),
}
_TSL = "http://uri.etsi.org/02231/v2#"
_GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
_WITHDRAWN = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def _statements(*, device: bool, kind: str) -> bytes:
    inner = _COMPLIANCE + (_DEVICE if device else b"") + _TYPES[kind]
    return bytes([0x30, len(inner)]) + inner


def name(common_name: str, **parts: str) -> x509.Name:
    kinds = {
        "given_name": NameOID.GIVEN_NAME, "surname": NameOID.SURNAME, "pseudonym": PSEUDONYM,
    }  # fmt: skip
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.COMMON_NAME, common_name),
    ]
    attributes += [x509.NameAttribute(kinds[key], value) for key, value in parts.items()]
    return x509.Name(attributes)


def _make(
    subject: x509.Name, issuer: Holder | None, now: datetime, *, is_authority: bool,
    lifetime: timedelta = timedelta(days=365), extensions: Sequence[x509.ExtensionType] = (),
) -> Holder:  # fmt: skip
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now - timedelta(days=1) + lifetime)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority, content_commitment=not is_authority,
                key_encipherment=False, data_encipherment=False, key_agreement=False,
                key_cert_sign=is_authority, crl_sign=is_authority, encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )  # fmt: skip
    if issuer:
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return Holder(key, builder.sign(issuer.key if issuer else key, hashes.SHA256()))


@dataclass(frozen=True)
class TrustService:
    """A provider with an authority for qualified certificates, and who signs the list of it."""

    authority: Holder
    list_signer: Holder
    now: datetime

    @classmethod
    def open(cls, now: datetime) -> TrustService:
        return cls(
            _make(name("Beispiel Trust QES CA 1"), None, now, is_authority=True),
            _make(name("Beispiel TL Signer"), None, now, is_authority=False),
            now,
        )

    def certify(
        self, common_name: str, *, qualified: bool = True, device: bool = True,
        kind: str = "esign", lifetime: timedelta = timedelta(days=365), **parts: str,
    ) -> Holder:  # fmt: skip
        """Return a certificate for a person, by default a qualified one."""
        extensions: list[x509.ExtensionType] = []
        if qualified:
            statements = _statements(device=device, kind=kind)
            extensions.append(x509.UnrecognizedExtension(QC_STATEMENTS, statements))
        return _make(
            name(common_name, **parts), self.authority, self.now, is_authority=False,
            lifetime=lifetime, extensions=extensions,
        )  # fmt: skip

    def trust_list(
        self, *, territory: str = "DE", signer: Holder | None = None,
        services_for: str = "ForeSignatures", granted: bool = True,
    ) -> bytes:  # fmt: skip
        """Return the signed list that names the authority, by default as granted."""
        encoded = base64.b64encode(
            self.authority.certificate.public_bytes(serialization.Encoding.DER)
        ).decode()
        service = f"""<TrustServiceProviderList><TrustServiceProvider>
<TSPInformation><TSPName><Name xml:lang="en">Beispiel Trust GmbH</Name></TSPName>
<TSPTradeName><Name xml:lang="en">Beispiel Trust</Name></TSPTradeName>
<TSPAddress><PostalAddresses><PostalAddress xml:lang="en"><StreetAddress>Weg 1</StreetAddress>
<Locality>Musterstadt</Locality><CountryName>DE</CountryName></PostalAddress></PostalAddresses>
<ElectronicAddress><URI xml:lang="en">mailto:info@example.org</URI></ElectronicAddress></TSPAddress>
<TSPInformationURI><URI xml:lang="en">https://example.org</URI></TSPInformationURI></TSPInformation>
<TSPServices><TSPService><ServiceInformation>
<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/CA/QC</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="en">Beispiel Trust QES CA 1</Name></ServiceName>
<ServiceDigitalIdentity><DigitalId><X509Certificate>{encoded}</X509Certificate></DigitalId>
</ServiceDigitalIdentity><ServiceStatus>{_GRANTED if granted else _WITHDRAWN}</ServiceStatus>
<StatusStartingTime>{_when(self.now - timedelta(days=900))}</StatusStartingTime>
<ServiceInformationExtensions><Extension Critical="true"><AdditionalServiceInformation>
<URI xml:lang="en">http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/{services_for}</URI>
</AdditionalServiceInformation></Extension></ServiceInformationExtensions>
</ServiceInformation></TSPService></TSPServices>
</TrustServiceProvider></TrustServiceProviderList>"""
        return self._sign(_list(territory, self.now, "", service), signer or self.list_signer)

    def list_of_lists(self, signer: Holder, *, territory: str = "DE") -> bytes:
        """Return a LOTL, signed by ``signer``, that names who signs the list of ``territory``."""
        encoded = base64.b64encode(
            self.list_signer.certificate.public_bytes(serialization.Encoding.DER)
        ).decode()
        pointers = f"""<PointersToOtherTSL><OtherTSLPointer><ServiceDigitalIdentities>
<ServiceDigitalIdentity><DigitalId><X509Certificate>{encoded}</X509Certificate></DigitalId>
</ServiceDigitalIdentity></ServiceDigitalIdentities>
<TSLLocation>https://example.org/tl.xml</TSLLocation><AdditionalInformation>
<OtherInformation><SchemeTerritory>{territory}</SchemeTerritory></OtherInformation>
<OtherInformation><ns3:MimeType xmlns:ns3="http://uri.etsi.org/02231/v2/additionaltypes#"
>application/vnd.etsi.tsl+xml</ns3:MimeType></OtherInformation>
</AdditionalInformation></OtherTSLPointer></PointersToOtherTSL>"""
        return self._sign(_list("EU", self.now, pointers, ""), signer)

    def list_signer_for_europe(self) -> Holder:
        """Return somebody who may sign a LOTL."""
        return _make(name("Beispiel LOTL Signer"), None, self.now, is_authority=False)

    def _sign(self, xml: str, signer: Holder) -> bytes:
        root = etree.fromstring(xml.encode())
        signed = XAdESSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256).sign(
            root, key=signer.key, cert=certificate_pem(signer.certificate).decode()
        )
        return bytes(etree.tostring(signed, xml_declaration=True, encoding="UTF-8"))


def _when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _list(territory: str, now: datetime, pointers: str, services: str) -> str:
    kind = "EUlistofthelists" if territory == "EU" else "EUgeneric"
    return f"""<TrustServiceStatusList xmlns="{_TSL}" TSLTag="http://uri.etsi.org/19612/TSLTag">
<SchemeInformation><TSLVersionIdentifier>5</TSLVersionIdentifier>
<TSLSequenceNumber>7</TSLSequenceNumber>
<TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/{kind}</TSLType>
<SchemeOperatorName><Name xml:lang="en">Beispielaufsicht</Name></SchemeOperatorName>
<SchemeOperatorAddress><PostalAddresses><PostalAddress xml:lang="en">
<StreetAddress>Weg 1</StreetAddress><Locality>Bonn</Locality><CountryName>DE</CountryName>
</PostalAddress></PostalAddresses><ElectronicAddress><URI xml:lang="en">mailto:a@example.org</URI>
</ElectronicAddress></SchemeOperatorAddress>
<SchemeName><Name xml:lang="en">DE:Beispiel</Name></SchemeName>
<SchemeInformationURI><URI xml:lang="en">https://example.org/tl</URI></SchemeInformationURI>
<StatusDeterminationApproach>http://uri.etsi.org/TrstSvc/TrustedList/StatusDetn/EUappropriate</StatusDeterminationApproach>
<SchemeTypeCommunityRules><URI xml:lang="en">http://uri.etsi.org/TrstSvc/TrustedList/schemerules/EUcommon</URI></SchemeTypeCommunityRules>
<SchemeTerritory>{territory}</SchemeTerritory>
<PolicyOrLegalNotice><TSLLegalNotice xml:lang="en">Beispiel</TSLLegalNotice></PolicyOrLegalNotice>
<HistoricalInformationPeriod>65535</HistoricalInformationPeriod>{pointers}
<ListIssueDateTime>{_when(now - timedelta(days=2))}</ListIssueDateTime>
<NextUpdate><dateTime>{_when(now + timedelta(days=120))}</dateTime></NextUpdate>
</SchemeInformation>{services}</TrustServiceStatusList>"""


def sign_outside(
    pdf: bytes, holder: Holder, service: TrustService, field: str | None,
    *, writer: type[IncrementalPdfFileWriter] = IncrementalPdfFileWriter, **metadata: object,
) -> bytes:  # fmt: skip
    """Return ``pdf`` signed as a person's own program does it, in ``field`` or a new one.

    With pyHanko's own ``writer`` the program leaves its name in the metadata, as many do.
    """
    (own,) = load_certs_from_pemder_data(certificate_pem(holder.certificate))
    (issuer,) = load_certs_from_pemder_data(certificate_pem(service.authority.certificate))
    store = SimpleCertificateStore.from_certs([issuer])
    key = load_private_key_from_pemder_data(holder.key_pem, passphrase=None)
    signer = SimpleSigner(signing_cert=own, signing_key=key, cert_registry=store)
    output = io.BytesIO()
    PdfSigner(
        PdfSignatureMetadata(
            field_name=field or "Neu", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256",
            **metadata,
        ),
        signer,
    ).sign_pdf(writer(io.BytesIO(pdf)), output=output)  # fmt: skip
    return output.getvalue()

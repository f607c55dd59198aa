"""PAdES B-B with RSA-3072: the product's seal against pyHanko's SimpleSigner as it comes."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko_certvalidator.registry import SimpleCertificateStore

from document_templates.certificates import (
    certificate_pem,
    create_demo_authority,
    issue_seal_certificate,
    private_key_pem,
)
from document_templates.conversion import Converter
from document_templates.seals import Seal, seal_pdf
from tools.bench.conversion import agreement

ROUNDS = 25


def run() -> list[dict[str, object]]:
    """Seal the same PDF/A alternately in both ways; milliseconds per seal, medians."""
    with Converter() as converter:
        pdf = converter.convert(agreement())
    now = datetime.now(UTC).replace(microsecond=0)
    authority = create_demo_authority(now)
    issued = issue_seal_certificate(authority, "Jugendamt Musterstadt", now)
    seal = Seal.issued_by(authority, issued)
    (own,) = load_certs_from_pemder_data(certificate_pem(issued.certificate))
    stock_signer = SimpleSigner(
        signing_cert=own,
        signing_key=load_private_key_from_pemder_data(private_key_pem(issued.private_key), None),
        cert_registry=SimpleCertificateStore.from_certs(
            load_certs_from_pemder_data(certificate_pem(authority.certificate))
        ),
    )
    metadata = PdfSignatureMetadata(
        field_name="Siegel",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason="Ausgefertigt",
        location="Musterstadt",
        name="Jugendamt",
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )

    def seal_stock() -> None:
        sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, stock_signer)

    def seal_ours() -> None:
        seal_pdf(
            pdf, seal, reason="Ausgefertigt", location="Musterstadt", name="Jugendamt",
            signed_at=now,
        )  # fmt: skip

    stock: list[float] = []
    ours: list[float] = []
    for _warming in range(2):
        seal_stock()
        seal_ours()
    for _round in range(ROUNDS):
        stock.append(milliseconds(seal_stock))
        ours.append(milliseconds(seal_ours))
    value, baseline = statistics.median(ours), statistics.median(stock)
    return [
        {
            "name": "Siegel PAdES B-B, RSA-3072 (baseline: pyHanko SimpleSigner)",
            "value": round(value, 1),
            "unit": "ms",
            "baseline": round(baseline, 1),
            "ratio": round(baseline / value, 1),
            "runs": ROUNDS,
        }
    ]


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    print(run())

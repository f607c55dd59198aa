"""Whether a tenant's seal is a qualified one (eIDAS-VO, Art. 3 Nr. 27), by the loaded trust lists.

Its certificate must be a qualified one for seals whose key lies in a qualified device, and its
issuer a service that a list names as granted at that time. Everything else is an advanced seal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from threading import Lock
from typing import Final

from cryptography import x509
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.sign.validation.qualified.assess import QualificationAssessor
from pyhanko.sign.validation.qualified.tsp import QcCertType, TSPRegistry, TSPTrustManager
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from sqlalchemy import select
from sqlalchemy.orm import Session

from document_templates.certificates import certificate_pem
from document_templates.seals import Seal
from document_templates.signature_reading import UNREADABLE
from document_templates.signing.models import TrustList
from document_templates.signing.trusting import trusted_services

ADVANCED: Final = "advanced"
QUALIFIED: Final = "qualified"
_CAPACITY: Final = 1000


def seal_kind(session: Session, seal: Seal, moment: datetime) -> str:
    """Return which kind of seal this is at ``moment``, `ADVANCED` or `QUALIFIED`.

    Lists are large: a judgment of this process holds for the day and the lists that are loaded.
    """
    lists = tuple(session.scalars(select(TrustList.sha256).order_by(TrustList.territory)))
    if not lists:
        return ADVANCED
    key = (seal.fingerprint, lists, moment.date())
    with _lock:
        known = _judgments.get(key)
    if known is None:
        known = judge_seal(seal.certificate, seal.chain, trusted_services(session), moment)
        with _lock:
            if len(_judgments) >= _CAPACITY:
                _judgments.clear()
            _judgments[key] = known
    return known


_lock = Lock()
_judgments: dict[tuple[str, tuple[str, ...], date], str] = {}


def judge_seal(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    registry: TSPRegistry,
    moment: datetime,
) -> str:
    """Return the kind of a seal by the services of ``registry``; pure."""
    (own,) = load_certs_from_pemder_data(certificate_pem(certificate))
    others = [one for above in chain for one in load_certs_from_pemder_data(certificate_pem(above))]
    context = ValidationContext(
        trust_manager=TSPTrustManager(registry),
        other_certs=others,
        allow_fetching=False,
        revocation_mode="soft-fail",
        moment=moment,
    )
    validator = CertificateValidator(own, intermediate_certs=others, validation_context=context)
    try:
        path = asyncio.run(validator.async_validate_usage(set()))  # type: ignore[no-untyped-call]
        status = QualificationAssessor(registry).check_entity_cert_qualified(path, moment).status
    except UNREADABLE:
        # No way to a listed service, or statements that cannot be read: nothing speaks for it.
        return ADVANCED
    is_seal = status.qualified and status.qc_type is QcCertType.QC_ESEAL
    return QUALIFIED if is_seal and status.qc_key_security.is_qscd else ADVANCED

"""Whose signature files carry: the operator's certificate, or one for development that says so.

A folder holds `chain.pem` (leaf first), `key.pem` (PKCS#8) and `anchors.pem` (whom we trust). The
profile of the certificates is that of C2PA 2.1, section 14.5.1.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

DEVELOPMENT = "Voice Assets development certificate, not for production"
VALID_FOR = timedelta(days=5 * 365)
CHAIN, KEY, ANCHORS = "chain.pem", "key.pem", "anchors.pem"


@dataclass(frozen=True, kw_only=True)
class Signer:
    """PEM texts; `name` is the leaf's, which readers of a signed file see."""

    chain: str
    key: str
    anchors: str
    name: str
    algorithm: str

    @property
    def is_development(self) -> bool:
        return self.name == DEVELOPMENT


@cache
def signer() -> Signer:
    """What lies in the configured folder; a development certificate is made where nothing does."""
    folder = _folder()
    chain = (folder / CHAIN).read_text()
    leaf = x509.load_pem_x509_certificate(chain.encode())
    names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    key = (folder / KEY).read_text()
    return Signer(
        chain=chain,
        key=key,
        anchors=(folder / ANCHORS).read_text(),
        name=str(names[0].value) if names else "",
        algorithm=_algorithm(load_pem_private_key(key.encode(), password=None)),
    )


def anchors_file() -> Path:
    """Where the certificates lie of those whose credentials are trusted here."""
    return _folder() / ANCHORS


def _folder() -> Path:
    folder: Path = settings.C2PA_DIR
    if not (folder / CHAIN).exists():
        make_development_certificate(folder)
    return folder


def make_development_certificate(folder: Path) -> Path:
    """A root that signs one leaf and whose key is then thrown away; all files or none."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root_name, leaf_name = _name("Voice Assets development root"), _name(DEVELOPMENT)
        root = _certificate(root_name, root_name, root_key, root_key, is_root=True)
        leaf = _certificate(leaf_name, root_name, leaf_key, root_key, is_root=False)
        pem = root.public_bytes(Encoding.PEM)
        (aside / ANCHORS).write_bytes(pem)
        (aside / CHAIN).write_bytes(leaf.public_bytes(Encoding.PEM) + pem)
        (aside / KEY).touch(mode=0o600)
        (aside / KEY).write_bytes(
            leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        with suppress(OSError):  # another process made one first; that one counts
            aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _algorithm(key: PrivateKeyTypes) -> str:
    """As C2PA 2.1, section 13.2.1, names it."""
    match key:
        case ec.EllipticCurvePrivateKey():
            curves = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
            return curves[key.curve.name]
        case ed25519.Ed25519PrivateKey():
            return "ed25519"
        case rsa.RSAPrivateKey():
            return "ps256"
    raise ImproperlyConfigured(f"C2PA cannot sign with the kind of key in {settings.C2PA_DIR}.")


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Voice Assets development"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signed_with: ec.EllipticCurvePrivateKey,
    *,
    is_root: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    for name in ("key_cert_sign", "crl_sign") if is_root else ("digital_signature",):
        usage[name] = True
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # for signers whose clock is behind
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signed_with.public_key()),
            critical=False,
        )
    )
    if not is_root:
        built = built.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
    return built.sign(signed_with, SHA256())

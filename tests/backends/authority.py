"""A certificate authority for one test, and what it signs: real keys, real certificates."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.backends.process import LOOPBACK

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as files in PEM."""

    certificate: str
    key: str


class Authority:
    """An authority that nobody trusts who is not told of `ca`; its files are in that folder."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._name = _named(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        anyone = x509.BasicConstraints(ca=True, path_length=None)
        made = self._draft(self._name, self._key, timedelta(0)).add_extension(anyone, critical=True)
        self.ca = self._written(f"{name}.pem", _pem(made.sign(self._key, hashes.SHA256())))
        """The file with its own certificate."""

    def issue(self, name: str = LOOPBACK, *, ended: bool = False) -> Pair:
        """A certificate for a host or a client; one that is over already where it has `ended`."""
        key = ec.generate_private_key(ec.SECP256R1())
        before = -2 * _HOUR if ended else timedelta(0)
        made = self._draft(_named(name), key, before).add_extension(_alternative(name), False)
        file = f"{name}{'-ended' if ended else ''}"
        return Pair(
            self._written(f"{file}.pem", _pem(made.sign(self._key, hashes.SHA256()))),
            self._written(f"{file}.key", _private(key)),
        )

    def _draft(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, shifted: timedelta
    ) -> x509.CertificateBuilder:
        """Valid for an hour before and after now, shifted; signed by nobody yet."""
        now = datetime.now(UTC) + shifted
        mine = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _HOUR)
            .not_valid_after(now + _HOUR)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(mine, False)
        )

    def _written(self, name: str, content: bytes) -> str:
        file = self._folder / name
        file.write_bytes(content)
        return str(file)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.SubjectAlternativeName:
    try:
        return x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))])
    except ValueError:
        return x509.SubjectAlternativeName([x509.DNSName(name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())

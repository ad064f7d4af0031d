"""TLS as a client speaks it: certificates verified, by the system's authorities or those told.

A machine that has no authorities of its own (a container without `ca-certificates`) trusts those of
certifi.
"""

import functools
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class UnusableError(Exception):
    """A file of certificates or keys cannot be used; the message says which and why."""

    def __init__(self, setting: str, file: str, reason: str) -> None:
        super().__init__(f"`{setting}` ({Path(file).name}) cannot be used: {reason}")
        self.file = file
        """The whole path, for whoever runs the gateway."""


class Told(Protocol):
    """An upstream's settings, as far as TLS goes: paths of PEM files."""

    @property
    def ca(self) -> str | None: ...
    @property
    def certificate(self) -> str | None: ...
    @property
    def key(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Files:
    """Whom a connection trusts instead of the system's authorities, and what it shows of us."""

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None

    def unnamed(self) -> "Files":
        """The same trust, without showing who we are: for hosts that are not the upstream's own."""
        return Files(self.ca)

    def context(self) -> ssl.SSLContext:
        """As the function of that name."""
        return context(self.ca, self.certificate, self.key)


NONE = Files()


def files(told: Told) -> Files:
    """What the settings of an upstream say."""
    return Files(told.ca, told.certificate, told.key)


@functools.cache
def context(
    ca: str | None = None,
    certificate: str | None = None,
    key: str | None = None,
    protocols: tuple[str, ...] = (),
) -> ssl.SSLContext:
    """One context for all connections that are told the same: making one reads files.

    `ca`, `certificate` and `key` are paths of PEM files, `protocols` what is spoken over TLS, by
    their names in ALPN. It blocks. Raises `UnusableError`.
    """
    made = _trusting(ca) if ca is not None else _trusting_as_the_system()
    if certificate is not None:
        _show(made, certificate, key)
    if protocols:
        made.set_alpn_protocols(protocols)
    return made


def _trusting(ca: str) -> ssl.SSLContext:
    _check("ca", ca)
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise UnusableError("ca", ca, "it holds no certificate in PEM") from error


def _trusting_as_the_system() -> ssl.SSLContext:
    made = ssl.create_default_context()
    # A folder of authorities is read when a connection needs it, and so is not in the statistics.
    folder = ssl.get_default_verify_paths().capath
    if not made.cert_store_stats()["x509_ca"] and not (folder and any(Path(folder).iterdir())):
        # Imported when used, because hardly any machine needs it.
        import certifi

        made.load_verify_locations(certifi.where())
    return made


def _show(made: ssl.SSLContext, certificate: str, key: str | None) -> None:
    _check("certificate", certificate)
    if key is not None:
        _check("key", key)
    try:
        made.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        setting, file = ("key", key) if key is not None else ("certificate", certificate)
        reason = "there must be a certificate and its own key, both in PEM and not encrypted"
        raise UnusableError(setting, file, reason) from error


def _check(setting: str, file: str) -> None:
    """Raises `UnusableError` for a file that is not there, or that reading might not end."""
    if not Path(file).is_file():
        raise UnusableError(setting, file, "there is no such file")
    try:
        with Path(file).open("rb"):
            pass
    except OSError as error:
        raise UnusableError(setting, file, error.strerror or "it cannot be read") from error


def _no_password() -> str:
    raise ValueError("an encrypted key")


def failure(error: BaseException) -> str:
    """What went wrong with TLS, fit for clients; empty where the error is not about TLS.

    It may be the error of ssl, or one that such an error led to. A connection that just ended is
    not about TLS.
    """
    # Clients wrap it in classes of their own that are ssl's by name only: the first one counts.
    match next((one for one in _causes(error) if isinstance(one, ssl.SSLError)), None):
        case ssl.SSLCertVerificationError(verify_code=code):
            return f"the backend's certificate {_UNACCEPTED.get(code, 'is not accepted')}"
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return ""
        case ssl.SSLError(reason=reason):
            return _FAILED.get(reason or "", "no TLS connection could be made")
        case _:
            return ""


def _causes(error: BaseException) -> list[BaseException]:
    """The error and those that led to it, the first one first."""
    found = [error]
    while (earlier := found[-1].__cause__ or found[-1].__context__) and earlier not in found:
        found.append(earlier)
    return found[::-1]


_STRANGER = "is signed by no authority that is trusted; see `ca`"
_UNACCEPTED = {
    9: "is not valid yet",
    10: "has expired",
    18: _STRANGER,
    19: _STRANGER,
    20: _STRANGER,
    21: _STRANGER,
    62: "is for another host",
    64: "is for another host",
}
"""By OpenSSL's X509_V_ERR; its own words for the last ones name the host."""

_WANTED = "the backend wants a certificate of ours; see `certificate`"
_REFUSED = "the backend does not accept our certificate; see `certificate`"
_FAILED = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": _WANTED,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": f"no TLS that both sides speak, or {_WANTED}",
    "TLSV1_ALERT_UNKNOWN_CA": _REFUSED,
    "SSLV3_ALERT_BAD_CERTIFICATE": _REFUSED,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": _REFUSED,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": _REFUSED,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": _REFUSED,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _REFUSED,
    "TLSV1_ALERT_ACCESS_DENIED": _REFUSED,
    "WRONG_VERSION_NUMBER": "the backend does not speak TLS there",
    "RECORD_LAYER_FAILURE": "the backend does not speak TLS there",
}
"""By OpenSSL's reason."""

"""Who calls: HTTP basic, and the WS-Security header with what zeep's plugins put into it."""

import asyncio
import base64
import datetime
import os
from typing import Protocol

from lxml import etree

from upstreams.errors import Unreachable
from upstreams.soap.model import Wsse
from upstreams.soap.xml import Element

_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_WSSE = f"{_WSS}wssecurity-secext-1.0.xsd"
_WSU = f"{_WSS}wssecurity-utility-1.0.xsd"
_BASE64 = f"{_WSS}soap-message-security-1.0#Base64Binary"
_TRIAL = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>'
_VALID_SECONDS = 300.0
"""How long a signed call is valid where the settings do not say."""


class Plugin(Protocol):
    """What zeep calls a plugin for WS-Security."""

    def apply(self, envelope: Element, headers: dict[str, str]) -> object:
        """Put something into the envelope."""


class Security:
    """The WS-Security header of one upstream's calls."""

    def __init__(self, wsse: Wsse | None) -> None:
        self._wsse = wsse
        self._signature: Plugin | None = None
        self.signs = wsse is not None and wsse.certificate is not None
        """Whether `sign` has something to do, which needs the whole envelope."""
        self.adds = wsse is not None
        """Whether `add` may have something to do."""

    async def ready(self) -> None:
        """Read the files there are, once. Raises `Unreachable` when they cannot be used."""
        if self._wsse is not None and self._wsse.certificate and self._signature is None:
            self._signature = await asyncio.to_thread(_signature, self._wsse)

    def add(self, envelope: Element) -> None:
        """Put a token and a timestamp into the Header, as far as the settings want them."""
        wsse = self._wsse
        if wsse is None:
            return
        now = datetime.datetime.now(datetime.UTC)
        if seconds := wsse.timestamp or (_VALID_SECONDS if self.signs else None):
            _header(envelope).append(_timestamp(now, seconds))
        if wsse.username is not None:
            _token(wsse).apply(envelope, {})
            if wsse.nonce and not wsse.digest:
                _add_nonce(envelope, now)

    def sign(self, envelope: Element) -> None:
        """Sign the Body and the timestamp; `ready` came before."""
        if self._signature is not None:
            self._signature.apply(envelope, {})


def _header(envelope: Element) -> Element:
    # zeep is slow to import, and hardly any upstream needs it for its calls; here and below.
    from zeep.wsse.utils import get_security_header

    header: Element = get_security_header(envelope)  # type: ignore[no-untyped-call]  # zeep's lack annotations
    return header


def _token(wsse: Wsse) -> Plugin:
    from zeep.wsse.username import UsernameToken

    token: Plugin = UsernameToken(  # type: ignore[no-untyped-call]  # as above
        wsse.username, wsse.password, use_digest=wsse.digest, zulu_timestamp=True
    )
    return token


def _signature(wsse: Wsse) -> Plugin:
    """What signs. Raises `Unreachable` when it cannot, which is tried."""
    import xmlsec
    from xmlsec import constants
    from zeep.wsse.signature import BinarySignature

    method, digest = (
        (constants.TransformRsaSha1, constants.TransformSha1)
        if wsse.sha1
        else (constants.TransformRsaSha256, constants.TransformSha256)
    )
    key = wsse.key or wsse.certificate
    try:
        # With no password at all a person would be asked for one.
        signature: Plugin = BinarySignature(  # type: ignore[no-untyped-call]  # as above
            key, wsse.certificate, "", method, digest
        )
        trial = etree.fromstring(_TRIAL)
        signature.apply(trial, {})
    except OSError as error:
        file = os.path.basename(error.filename or "")
        raise _unusable(f"{file}: {error.strerror}") from error
    except (xmlsec.Error, TypeError) as error:
        reason = "there must be a certificate and its RSA key, both in PEM and not encrypted"
        raise _unusable(reason) from error
    return signature


def _unusable(reason: str) -> Unreachable:
    return Unreachable(f"`auth.wsse.certificate` cannot be used: {reason}", retryable=False)


def _timestamp(now: datetime.datetime, seconds: float) -> Element:
    """WSS SOAP Message Security 1.1 §10."""
    timestamp = etree.Element(f"{{{_WSU}}}Timestamp", nsmap={"wsu": _WSU})
    expires = now + datetime.timedelta(seconds=seconds)
    for name, time in (("Created", now), ("Expires", expires)):
        etree.SubElement(timestamp, f"{{{_WSU}}}{name}").text = _said(time)
    return timestamp


def _add_nonce(envelope: Element, now: datetime.datetime) -> None:
    """What some backends want beside a password in plain text (UsernameToken Profile §3.1)."""
    for token in envelope.iter(f"{{{_WSSE}}}UsernameToken"):
        nonce = etree.SubElement(token, f"{{{_WSSE}}}Nonce", EncodingType=_BASE64)
        nonce.text = base64.b64encode(os.urandom(16)).decode()
        etree.SubElement(token, f"{{{_WSU}}}Created", nsmap={"wsu": _WSU}).text = _said(now)


def _said(time: datetime.datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")

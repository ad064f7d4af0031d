"""One exchange with a SOAP backend: an envelope out, a value or a fault back."""

import asyncio
import codecs
from collections.abc import Mapping
from email.message import Message as Header
from typing import Any

from lxml import etree

from upstreams.errors import CallError, Malformed, Refused, Unreachable
from upstreams.kind import Call
from upstreams.soap.model import ARGUMENT, Binding, Settings, SoapCatalog, Version
from upstreams.soap.xml import Element, Values, local_name, namespace, parse
from upstreams.transport import Limits, Request, Response, Transport

_ENVELOPES: Mapping[Version, str] = {
    Version.SOAP_11: "http://schemas.xmlsoap.org/soap/envelope/",
    Version.SOAP_12: "http://www.w3.org/2003/05/soap-envelope",
}
_PASSING = (429, 502, 503, 504)
"""Statuses after which the same call may succeed later."""
_LARGE = 64 * 1024
"""Bytes from which an answer is read in a thread, so that other calls are not held up."""


class SoapClient:
    """An open line to one SOAP backend."""

    def __init__(self, settings: Settings, catalog: SoapCatalog) -> None:
        self._settings = settings
        self._values = Values(catalog.wire)
        self._transport = Transport(Limits(max_response=settings.max_response))

    async def call(self, call: Call) -> Any:
        """The value in the answer's Body, or `Refused` with what its Fault says."""
        binding: Binding = call.function.binding
        request = self._request(call, binding)
        response = await self._transport.send(request, call.deadline)
        if len(response.body) < _LARGE:
            return self._value(response, binding)
        return await asyncio.to_thread(self._value, response, binding)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    def _request(self, call: Call, binding: Binding) -> Request:
        address = self._settings.url or binding.address
        if not address:
            raise Unreachable(
                "the description gives no address: set the upstream's `url`", retryable=False
            )
        headers = {**_headers(binding), **call.headers, **_lower(self._settings.headers)}
        return Request("POST", address, tuple(headers.items()), self._envelope(call, binding))

    def _envelope(self, call: Call, binding: Binding) -> bytes:
        target = _ENVELOPES[binding.version]
        envelope = etree.Element(f"{{{target}}}Envelope", nsmap={"soap": target})
        body = etree.SubElement(envelope, f"{{{target}}}Body")
        self._values.write(body, binding.request, call.arguments.get(ARGUMENT))
        return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")

    def _value(self, response: Response, binding: Binding) -> Any:
        if response.media_type.startswith("multipart/"):
            raise Malformed("the answer has attachments (multipart), which are not read")
        if not response.body.strip():
            return _nothing(response, binding)
        body = _body(response)
        fault = next((child for child in body if local_name(child.tag) == "Fault"), None)
        if fault is not None:
            raise _refused(fault)
        if response.status >= 300:
            raise _status(response.status)
        return None if binding.response is None else self._values.read(body, binding.response)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _headers(binding: Binding) -> dict[str, str]:
    """Where the action goes: SOAP 1.1 §6.1.1, SOAP 1.2 part 2 §7.5.2."""
    if binding.version is Version.SOAP_11:
        return {
            "content-type": "text/xml; charset=utf-8",
            "soapaction": f'"{binding.action}"',
            "accept": "text/xml",
        }
    action = f'; action="{binding.action}"' if binding.action else ""
    return {
        "content-type": f"application/soap+xml; charset=utf-8{action}",
        "accept": "application/soap+xml",
    }


def _nothing(response: Response, binding: Binding) -> None:
    """An answer without a body, which a one-way or empty operation may give."""
    if response.status >= 300:
        raise _status(response.status)
    if binding.response is not None and binding.response.content is not None:
        raise Malformed("the answer is empty")


def _body(response: Response) -> Element:
    """The Body of the envelope; the version is the answer's own."""
    try:
        root = parse(response.body, _charset(response))
    except ValueError as error:
        if response.status >= 300:
            raise _status(response.status) from error
        raise Malformed(f"the answer cannot be read: {error}") from error
    version = namespace(root.tag)
    body = root.find(f"{{{version}}}Body")
    if version in _ENVELOPES.values() and local_name(root.tag) == "Envelope" and body is not None:
        return body
    if response.status >= 300:
        raise _status(response.status)
    raise Malformed("the answer is no SOAP envelope")


def _charset(response: Response) -> str | None:
    """The encoding the media type names, which goes before the document's own (RFC 7303 §3)."""
    header = Header()
    header["content-type"] = response.header("content-type") or ""
    named = header.get_content_charset()
    try:
        return codecs.lookup(named).name if named else None
    except LookupError:
        return None


def _status(status: int) -> CallError:
    return Refused(f"the backend answered {status}", status=status, retryable=status in _PASSING)


def _refused(fault: Element) -> CallError:
    """What a Fault says (SOAP 1.1 §4.4, SOAP 1.2 part 1 §5.4), without its detail."""
    details = {
        "faultCode": _said(fault, "faultcode", "Code/Value").rpartition(":")[2],
        "faultSubcode": _said(fault, "Code/Subcode/Value").rpartition(":")[2],
        "faultActor": _said(fault, "faultactor", "Role"),
    }
    return Refused(
        "the backend answered with a fault",
        status=details["faultCode"] or None,
        told=_said(fault, "faultstring", "Reason/Text") or None,
        details={name: text for name, text in details.items() if text},
    )


def _said(fault: Element, *paths: str) -> str:
    """The text at the first path that is there, by local names: backends qualify them or not."""
    for path in paths:
        found = fault.find("/".join(f"{{*}}{name}" for name in path.split("/")))
        if found is not None:
            return " ".join((found.text or "").split())
    return ""

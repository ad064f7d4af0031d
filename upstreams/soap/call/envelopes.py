"""What is sent: an envelope, and the HTTP headers that go with it."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from lxml import etree

from upstreams.kind import Call
from upstreams.soap.call.addressing import address
from upstreams.soap.call.headers import Headers
from upstreams.soap.call.security import Security
from upstreams.soap.model import ARGUMENT, ENVELOPES, Binding, Settings, Version
from upstreams.soap.xml import Element, Values

_PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace('"', "").replace("\\", "")
_BEGINS: Mapping[Version, str] = {
    version: f'<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="{target}">'
    for version, target in ENVELOPES.items()
}


class Envelopes:
    """Writes the envelopes of one upstream's calls."""

    def __init__(self, settings: Settings, values: Values) -> None:
        self._values = values
        self._headers = Headers(settings.soap_headers, values)
        self._security = Security(settings.auth.wsse if settings.auth else None)
        self._addressing = settings.addressing

    async def ready(self) -> None:
        """Read the files that are needed, once. Raises `Unreachable` when they cannot be used."""
        await self._security.ready()

    def written(self, call: Call, to: str) -> bytes:
        """The envelope of a call. Raises `BadInput` naming the argument that cannot be written."""
        binding: Binding = call.function.binding
        given = call.arguments.get(ARGUMENT)
        text = None if self._security.signs else self._values.text(binding.request, given)
        if text is not None and self._has_no_header(call):
            return _completed((), text, binding.version)
        envelope = _envelope(binding.version)
        self._add_header(envelope, call, to)
        if text is not None:
            return _completed(envelope, text, binding.version)
        self._values.write(_part(envelope, "Body"), binding.request, given)
        self._security.sign(envelope)
        return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")

    def _has_no_header(self, call: Call) -> bool:
        """Whether there is certainly nothing to be in a Header."""
        is_plain = not self._headers.constants and not self._security.adds
        return is_plain and not call.function.binding.sent and not self._is_addressed(call)

    def _is_addressed(self, call: Call) -> bool:
        asked: bool = call.function.binding.addressing.asked
        return asked if self._addressing is None else self._addressing

    def _add_header(self, envelope: Element, call: Call, to: str) -> None:
        """Put a Header into the envelope, where there is something to be in it."""
        if self._is_addressed(call):
            address(_part(envelope, "Header"), to, call.function.binding.addressing.action)
        self._headers.add(envelope, call)
        self._security.add(envelope)


def _envelope(version: Version) -> Element:
    target = ENVELOPES[version]
    return etree.Element(f"{{{target}}}Envelope", nsmap={"soap": target})


def _part(envelope: Element, name: str) -> Element:
    return etree.SubElement(envelope, f"{envelope.tag.removesuffix('Envelope')}{name}")


def _completed(header: Iterable[Element], body: str, version: Version) -> bytes:
    """An envelope with those parts, and with that text in its Body."""
    parts = "".join(etree.tostring(part, encoding="unicode") for part in header)
    return f"{_BEGINS[version]}{parts}<soap:Body>{body}</soap:Body></soap:Envelope>".encode()


def action_headers(binding: Binding) -> dict[str, str]:
    """Where the action goes: SOAP 1.1 §6.1.1, SOAP 1.2 part 2 §7.5.2."""
    if binding.version is Version.SOAP_11:
        return {
            "content-type": "text/xml; charset=utf-8",
            "soapaction": f'"{_printable(binding.action)}"',
            "accept": "text/xml",
        }
    action = f'; action="{_printable(binding.action)}"' if binding.action else ""
    return {
        "content-type": f"application/soap+xml; charset=utf-8{action}",
        "accept": "application/soap+xml",
    }


def _printable(action: str) -> str:
    """An action as a header can carry it, in quotes; some descriptions have them already."""
    return quote(action.strip().strip('"'), safe=_PRINTABLE)

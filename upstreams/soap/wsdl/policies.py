"""What a port's policies ask of whoever calls it (WS-Policy, WS-SecurityPolicy, WS-Addressing).

Versions of these specifications differ in namespaces alone, so only local names are compared.
"""

from collections.abc import Iterator, Sequence

from upstreams.soap.model import Addressing
from upstreams.soap.wsdl.nodes import child, is_tag
from upstreams.soap.xml import Element, local_name, namespace

_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_ACTIONS = (
    "{http://www.w3.org/2007/05/addressing/metadata}Action",
    "{http://www.w3.org/2006/05/addressing/wsdl}Action",
    "{http://schemas.xmlsoap.org/ws/2004/08/addressing}Action",
)
_ADDRESSING = ("UsingAddressing", "Addressing")
_DEMANDS = (
    *("UsernameToken", "IncludeTimestamp", "X509Token", "HttpBasicAuthentication"),
    *("RequireClientCertificate", "SamlToken", "IssuedToken", "KerberosToken"),
    *("SecureConversationToken", "EncryptedParts", "EncryptedElements"),
)
"""Assertions of WS-SecurityPolicy that a call has to meet."""


class Policies:
    """The policies of a document and those it imports, by what refers to them."""

    def __init__(self, roots: Sequence[Element]) -> None:
        found = [each for root in roots for each in root.iter("{*}Policy")]
        self._by_id = {each.get(f"{{{_WSU}}}Id", each.get("Name", "")): each for each in found}

    def asserted(self, *holders: Element) -> set[str]:
        """The local names of all assertions that a port, a binding or an operation makes."""
        return {
            local_name(each.tag)
            for policy in self._policies(holders)
            for each in policy.iter("{*}*")
            if not _is_optional(each)
        }

    def _policies(self, holders: Sequence[Element]) -> Iterator[Element]:
        """What the holders assert, and the policies they refer to."""
        for holder in holders:
            for each in holder:
                if is_tag(each, "PolicyReference"):
                    referred = self._by_id.get(each.get("URI", "").removeprefix("#"))
                    yield from () if referred is None else (referred,)
                elif is_tag(each, "Policy") or is_tag(each, "UsingAddressing"):
                    yield each


def _is_optional(assertion: Element) -> bool:
    """Whether it may be met or not (WS-Policy §4.3.1)."""
    return any(
        local_name(str(name)) == "Optional" and value == "true"
        for each in (assertion, *assertion.iterancestors())
        for name, value in each.attrib.items()
    )


def demands(asserted: set[str]) -> tuple[str, ...]:
    """What a call has to carry, by the names of the assertions."""
    return tuple(name for name in _DEMANDS if name in asserted)


def addressing(
    asserted: set[str], port_type: str, declared: Element, soap_action: str
) -> Addressing:
    """What WS-Addressing wants of an operation's request."""
    asked = any(name in asserted for name in _ADDRESSING)
    return Addressing(_action(port_type, declared, soap_action), asked)


def _action(port_type: str, declared: Element, soap_action: str) -> str:
    """The action that is named, or SOAP's own, or one made up of names (Metadata §4.4)."""
    request = child(declared, "input")
    if request is None:
        return soap_action
    said = next(filter(None, map(request.get, _ACTIONS)), "")
    return said or soap_action or _pattern(port_type, declared, request)


def _pattern(port_type: str, declared: Element, request: Element) -> str:
    """`{urn:bank}Bank`, `Pay` -> `urn:bank:Bank:PayRequest` (Metadata §4.4.4)."""
    target = namespace(port_type)
    apart = ":" if target.lower().startswith("urn:") else "/"
    suffix = "" if child(declared, "output") is None else "Request"
    name = request.get("name") or f"{declared.get('name', '')}{suffix}"
    return apart.join((target.removesuffix(apart), local_name(port_type), name))

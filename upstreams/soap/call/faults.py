"""What comes back instead of a value: a Fault, or an HTTP status alone."""

from collections.abc import Iterator, Mapping
from typing import Any

from upstreams.errors import CallError, Malformed, Refused
from upstreams.soap.call.shown import shown
from upstreams.soap.model import ENVELOPES, Binding
from upstreams.soap.xml import Element, Values, local_name, namespace

_PASSING = (429, 502, 503, 504)
"""Statuses after which the same call may succeed later."""
_TOLD: Mapping[str, str] = {"actor": "faultactor", "role": "Role", "node": "Node"}
"""Who refused, which may be an address nobody outside should know: by our names, then SOAP's."""


def refused_by(status: int) -> CallError:
    """What an HTTP status alone says."""
    return Refused(f"the backend answered {status}", status=status, retryable=status in _PASSING)


def fault_in(body: Element, binding: Binding) -> Element | None:
    """The Fault in a Body, of whichever version and beside whatever else; None without one."""
    expected = None if binding.response is None else binding.response.element
    for child in body:
        if local_name(child.tag) == "Fault" and (
            namespace(child.tag) in ENVELOPES.values() or child.tag != expected
        ):
            return child
    return None


def refused(fault: Element, status: int, binding: Binding, values: Values) -> CallError:
    """What a Fault says (SOAP 1.1 §4.4, SOAP 1.2 part 1 §5.4).

    What its detail holds is read where the description declares it, and left out where not: there
    backends put stack traces.
    """
    details = {
        "faultCode": _said(fault, "faultcode", "Code/Value").rpartition(":")[2],
        "faultSubcode": _said(fault, "Code/Subcode/Value").rpartition(":")[2],
    }
    answer: dict[str, Any] = {
        name: text for name, path in _TOLD.items() if (text := _said(fault, path))
    }
    if detail := dict(_details(fault, binding, values)):
        answer["detail"] = detail
    return Refused(
        "the backend answered with a fault",
        status=details["faultCode"] or None,
        retryable=status in _PASSING,
        told=_said(fault, "faultstring", "Reason/Text") or None,
        answer=answer or None,
        details={name: text for name, text in details.items() if text},
    )


def _details(fault: Element, binding: Binding, values: Values) -> Iterator[tuple[str, Any]]:
    """The declared values in a Fault's detail, by name; those that cannot be read are left out."""
    found = fault.find("{*}detail")
    holder = fault.find("{*}Detail") if found is None else found
    by_name = {declared.name: declared for declared in reversed(binding.faults)}
    for element in () if holder is None else holder:
        declared = by_name.get(local_name(element.tag))
        if declared is not None:
            try:
                yield declared.name, shown(values.read_alone(element, declared.message))
            except Malformed:
                continue


def _said(fault: Element, *paths: str) -> str:
    """The text at the first path that is there, by local names: backends qualify them or not."""
    for path in paths:
        found = fault.find("/".join(f"{{*}}{name}" for name in path.split("/")))
        if found is not None:
            return " ".join((found.text or "").split())
    return ""

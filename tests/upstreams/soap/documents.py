"""WSDL documents for tests, as small as what they are about allows."""

from pathlib import Path

from upstreams.soap import KIND
from upstreams.soap.model import Settings, SoapCatalog

TARGET = "urn:bank"

DEFINITIONS = f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"
  xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:b="{TARGET}" targetNamespace="{TARGET}">
  {{inside}}
</definitions>"""

HTTP = "http://schemas.xmlsoap.org/soap/http"


def schema(inside: str, *, form: str = "qualified", target: str = TARGET) -> str:
    """One schema with these declarations."""
    return (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:b="{TARGET}"'
        f' targetNamespace="{target}" elementFormDefault="{form}">{inside}</xs:schema>'
    )


def element(name: str, inside: str) -> str:
    """A global element with an anonymous complex type."""
    return f'<xs:element name="{name}"><xs:complexType>{inside}</xs:complexType></xs:element>'


def sequence(*fields: str) -> str:
    """`"id xs:int"` as an element of a sequence; what follows the type is written as it stands."""
    written = (field.split(maxsplit=2) for field in fields)
    return "<xs:sequence>{}</xs:sequence>".format(
        "".join(
            f'<xs:element name="{name}" type="{type_}" {"".join(rest)}/>'
            for name, type_, *rest in written
        )
    )


def port_type(operation: str, *, name: str = "Bank", output: bool = True) -> str:
    """A port type with one operation, its messages named after it."""
    return f"""<portType name="{name}"><operation name="{operation}">
      <documentation>What {operation} does.</documentation>
      <input message="b:{operation}"/>
      {f'<output message="b:{operation}Response"/>' if output else ""}
    </operation></portType>"""


def binding(
    operation: str, *, name: str = "Soap", version: str = "soap", style: str = "document"
) -> str:
    """A literal binding of the port type `Bank`."""
    body = f'<{version}:body use="literal" namespace="urn:bank:calls"/>'
    return f"""<binding name="{name}" type="b:Bank">
      <{version}:binding transport="{HTTP}" style="{style}"/>
      <operation name="{operation}"><{version}:operation soapAction="urn:do"/>
        <input>{body}</input><output>{body}</output></operation></binding>"""


def service(*ports: str) -> str:
    """`"Soap soap http://…"`: the binding, its version's prefix and the address, as ports."""
    written = (port.split() for port in ports)
    return '<service name="BankService">{}</service>'.format(
        "".join(
            f'<port name="{name}Port" binding="b:{name}">'
            f'<{version}:address location="{url}"/></port>'
            for name, version, url in written
        )
    )


ADDRESS = "Soap soap http://127.0.0.1:9/bank"


def document_literal(
    declarations: str, operation: str = "GetAccount", *, version: str = "soap"
) -> str:
    """One operation whose messages are the elements of its name, with and without `Response`."""
    return DEFINITIONS.format(
        inside=f"""<types>{schema(declarations)}</types>
        <message name="{operation}"><part name="in" element="b:{operation}"/></message>
        <message name="{operation}Response"><part name="out" element="b:{operation}Response"/>
        </message>
        {port_type(operation)}{binding(operation, version=version)}
        {service(f"Soap {version} http://127.0.0.1:9/bank")}"""
    )


def rpc_literal(request: str, response: str, declarations: str = "") -> str:
    """One rpc operation `GetAccount` with these parts."""
    return DEFINITIONS.format(
        inside=f"""<types>{schema(declarations)}</types>
        <message name="GetAccount">{request}</message>
        <message name="GetAccountResponse">{response}</message>
        {port_type("GetAccount")}{binding("GetAccount", style="rpc")}{service(ADDRESS)}"""
    )


async def discovered(folder: Path, text: str) -> SoapCatalog:
    """The catalog of a document."""
    path = folder / "bank.wsdl"
    path.write_text(text)
    return await KIND.discover(Settings(soap=str(path)))

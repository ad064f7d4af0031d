"""Schemas that descriptions refer to, most without saying where they are."""

from upstreams.soap.mend.declared import XSD
from upstreams.soap.model import ENCODINGS, Version

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
ENCODING_NAMESPACE = ENCODINGS[Version.SOAP_11]
_XML_SCHEMA = f"""<xs:schema xmlns:xs="{XSD}" targetNamespace="{XML_NAMESPACE}">
  <xs:attribute name="lang" type="xs:language"/>
  <xs:attribute name="space" type="xs:NCName"/>
  <xs:attribute name="base" type="xs:anyURI"/>
  <xs:attribute name="id" type="xs:ID"/>
</xs:schema>"""
_SIMPLE = (
    *("duration", "dateTime", "time", "date", "gYearMonth", "gYear", "gMonthDay", "gDay", "gMonth"),
    *("boolean", "base64Binary", "hexBinary", "float", "double", "anyURI", "QName", "NOTATION"),
    *("string", "normalizedString", "token", "language", "Name", "NMTOKEN", "NCName", "ID"),
    *("IDREF", "ENTITY", "decimal", "integer", "nonPositiveInteger", "negativeInteger", "long"),
    *("int", "short", "byte", "nonNegativeInteger", "unsignedLong", "unsignedInt"),
    *("unsignedShort", "unsignedByte", "positiveInteger"),
)
_ENCODED_TYPES = "".join(
    f'<xs:simpleType name="{name}"><xs:restriction base="xs:{base}"/></xs:simpleType>'
    for name, base in (*zip(_SIMPLE, _SIMPLE, strict=True), ("base64", "base64Binary"))
)
_ENCODING_SCHEMA = f"""<xs:schema xmlns:xs="{XSD}" xmlns:enc="{ENCODING_NAMESPACE}"
    targetNamespace="{ENCODING_NAMESPACE}">
  <xs:attribute name="arrayType" type="xs:string"/>
  <xs:attribute name="offset" type="xs:string"/>
  <xs:attribute name="position" type="xs:string"/>
  <xs:attribute name="root" type="xs:boolean"/>
  <xs:attributeGroup name="commonAttributes"/>
  <xs:attributeGroup name="arrayAttributes"/>
  <xs:attributeGroup name="arrayMemberAttributes"/>
  <xs:group name="Array">
    <xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/></xs:sequence>
  </xs:group>
  <xs:complexType name="Array">
    <xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/></xs:sequence>
  </xs:complexType>
  <xs:complexType name="Struct">
    <xs:sequence><xs:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/></xs:sequence>
  </xs:complexType>
  {_ENCODED_TYPES}
</xs:schema>"""
KNOWN = {
    XML_NAMESPACE: _XML_SCHEMA.encode(),
    ENCODING_NAMESPACE: _ENCODING_SCHEMA.encode(),
}
"""Schemas by their namespace.

Those of encoding (SOAP 1.1 §5) leave out the attributes by which values refer to one another:
these say how a value is written, not what it is.
"""

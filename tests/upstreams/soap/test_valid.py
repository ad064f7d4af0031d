"""What is written is valid: libxml2 checks it by each description's own schemas."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from tests import corpora
from tests.upstreams.soap.right import Right
from upstreams.errors import DiscoveryError
from upstreams.soap import KIND
from upstreams.soap.model import Binding, Settings, SoapCatalog
from upstreams.soap.xml import Values

pytestmark = pytest.mark.corpus

WSDLS = corpora.specs("wsdl/**/*.wsdl")
XSD = "{http://www.w3.org/2001/XMLSchema}"
LINKS = (f"{XSD}import", f"{XSD}include", "{http://schemas.xmlsoap.org/wsdl/}import")
STRUCTURE = re.compile(r"ELEMENT_CONTENT|CVC_COMPLEX_TYPE_(2_[134]|3|4)|CVC_ELT_[1-4]")
"""Errors of libxml2 that are about elements and attributes, not about texts."""
OPEN = "Expected is one of ( {*}*"
"""What such an error says where something must be there that may be anything."""
WRAPPER = "for the validation root"
"""And what it says of the element of an rpc call, which no schema declares."""


def documents(path: Path) -> dict[Path, etree._Element]:
    """A file, and all files that it leads to."""
    found: dict[Path, etree._Element] = {}
    waiting = [path]
    while waiting:
        one = waiting.pop().resolve()
        if one.is_file() and one not in found:
            found[one] = etree.parse(one).getroot()
            waiting += [
                one.parent / (link.get("schemaLocation") or link.get("location") or "")
                for link in found[one].iter(*LINKS)
            ]
    return found


def schemas(path: Path, folder: Path) -> etree.XMLSchema:
    """All schemas of a description, one file for each and one for each namespace."""
    by_target: dict[str, list[etree._Element]] = defaultdict(list)
    for document in documents(path).values():
        for root in document.iter(f"{XSD}schema"):
            by_target[root.get("targetNamespace", "")].append(root)
    files = {target: folder / f"all-{number}.xsd" for number, target in enumerate(by_target)}
    for target, roots in by_target.items():
        whole = etree.Element(f"{XSD}schema", {"targetNamespace": target} if target else {})
        for number, root in enumerate(roots):
            file = files[target].with_suffix(f".{number}.xsd")
            file.write_bytes(relinked(root, files))
            etree.SubElement(whole, f"{XSD}include", schemaLocation=str(file))
        files[target].write_bytes(etree.tostring(whole))
    driver = etree.Element(f"{XSD}schema", targetNamespace="urn:driver")
    for target, file in files.items():
        imported = etree.SubElement(driver, f"{XSD}import", schemaLocation=str(file))
        imported.attrib.update({"namespace": target} if target else {})
    return etree.XMLSchema(driver)


def relinked(root: etree._Element, files: dict[str, Path]) -> bytes:
    """A schema that imports the files for whole namespaces, and includes nothing."""
    copy = etree.fromstring(etree.tostring(root))
    for link in copy.findall(f"{XSD}include"):
        copy.remove(link)
    for link in copy.findall(f"{XSD}import"):
        wanted = link.get("namespace", "")
        if wanted == root.get("targetNamespace", ""):
            copy.remove(link)
        elif wanted in files:
            link.set("schemaLocation", str(files[wanted]))
        elif "schemaLocation" in link.attrib:
            del link.attrib["schemaLocation"]
    return etree.tostring(copy)


def written(catalog: SoapCatalog) -> Iterator[tuple[str, etree._Element]]:
    """The least and the most that can be said in the Body of each call."""
    values = Values(catalog.wire)
    for each in catalog.functions:
        binding: Binding = each.binding
        message = binding.request
        if not message.element or message.encoding:
            continue
        for full in (False, True):
            right = Right(catalog, full=full)
            body = etree.Element("Body")
            values.write(body, message, message.content and right.value(message.content))
            yield each.name, etree.fromstring(etree.tostring(body[0]))


@pytest.mark.parametrize("path", WSDLS, ids=lambda path: f"{path.parent.name}/{path.name}")
async def test_requests(
    path: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The body of every call is valid, where libxml2 takes the description."""
    try:
        catalog = await KIND.discover(Settings(soap=str(path)))
        schema = schemas(path, tmp_path)
    except (DiscoveryError, etree.XMLSchemaParseError, etree.XMLSyntaxError) as reason:
        record_property("refused", str(reason))
        return

    wrong = {
        name: error.message
        for name, element in written(catalog)
        if not schema.validate(element)
        for error in schema.error_log  # type: ignore[attr-defined]  # the stubs lack it
        if STRUCTURE.search(error.type_name)
        and not any(each in error.message for each in (OPEN, WRAPPER))
    }
    assert wrong == {}

"""node-soap's own samples: the envelope it sends is ours, what it makes of the answer is ours."""

from pathlib import Path

import pytest

from tests import corpora
from tests.upstreams.soap.conftest import ask, connected, fixed, serving
from tests.upstreams.soap.samples import canonical, given, loaded, plain
from upstreams.model import Function
from upstreams.soap import KIND
from upstreams.soap.model import ARGUMENT, Settings, SoapCatalog

pytestmark = pytest.mark.corpus

FOLDERS = [path.parent for path in corpora.specs("wsdl/node-soap-samples/*/soap.wsdl")]

UNDECLARED = "its caller passes what no schema declares, which GraphQL lets nobody do"
UNREAD = "its answer has what no schema declares, which GraphQL has no field for"
UNTYPED = "node-soap says of no value which type it is, as SOAP 1.1 §5.1 asks"
OPTIONS = "an option of node-soap's has it write other names than the schema's"
SECURITY = "node-soap's token has an id, and a time without a nonce; see test_security for ours"

REQUESTS = {
    "Dummy__ref_element_should_have_correct_namespace_with_overrideElementKey": OPTIONS,
    "Dummy__should_ignore_defined_namespaces": UNDECLARED,
    "Dummy__should_use_defined_value_key": UNDECLARED,
    "Dummy__should_use_defined_xml_key_in_first_level_for_rpc": "its caller passes raw XML",
    "GET_DATA__should_work_with_more_deeply_nested_XML_messages_and_without_security": (
        "node-soap writes a name with two colons, which Namespaces in XML does not know"
    ),
    "Login__unsupported_response_name_returned_and_local_xs_schema_missed": UNTYPED,
    "Message__Messages_suffixed_with_Input_Output": UNDECLARED,
    "Message__overriding_namespace_prefix": UNDECLARED,
    "RequestHeaders__propogate_basic_security": SECURITY,
    "RequestHeaders__propogate_basic_security_invalid_options": SECURITY,
    "RequestHeaders__propogate_basic_security_no_token_created": SECURITY,
    "ResponseHeaders__return_soap_headers": "its caller adds a header no description has",
    "SendCDATA__cdata_preserves_leading_and_trailing_whitespace_when"
    "_preserveWhitespace_option_is_true": "node-soap writes a string with markup as markup",
    "UpdateProfile__correct_namespaces_for_elements_with_base_ignorednamespaces": OPTIONS,
    "addList__complex_extension_namespace_for_arrays": (
        "its caller names the declared type by xsi:type, which says nothing more"
    ),
    "addPrefix__should_add_namespace_on_output_message": (
        "node-soap does not see soap:input, where the wrapper's namespace is"
    ),
    "execFile__valid_xml_generated_on_request_with_complex_type"
    "_element_form_default_qualified": "node-soap writes a SOAP 1.1 envelope for a 1.2 port",
    "fooOp__should_return_back_good_response_object": OPTIONS,
    "getAttachments__should_handle_MTOM_response": UNTYPED,
    "getAvailability__should_not_fail_without_children": UNDECLARED,
    "getMessage__force_use_schema_xmlns": UNDECLARED,
    "get__complex_extension_without_explicit_namespace": UNDECLARED,
    "multiCall__rpc_stype_request_xsi_attributes": UNTYPED,
    "update__complex_extension_with_array_attributes": (
        "node-soap keeps its caller's order, not the schema's"
    ),
}
"""The samples whose request we write otherwise, and why."""

ANSWERS = {
    "Dummy__should_handle_inline_types": "its caller reads times with a function of its own",
    "Dummy__should_use_defined_xml_key_in_first_level_for_rpc": (
        "its rpc answer lacks the wrapper WSDL 1.1 §3.5 asks for"
    ),
    "GetItemInformation__should_ignore_default_namespace_from_schema": UNREAD,
    "GetSubscription__should_handle_ref_minOccurs_and_maxOccurs": UNREAD,
    "addList__complex_extension_namespace_for_arrays": UNREAD,
    "addPrefix__should_add_namespace_on_output_message": UNREAD,
    "execFile__valid_xml_generated_on_request_with_complex_type"
    "_element_form_default_qualified": UNREAD,
    "getAttachments__should_handle_MTOM_response": (
        "its answer refers to parts that are not in it, which node-soap shows as texts"
    ),
    "login__complex_schema_xmlns_with_array_and_any_type_and_other_types": (
        "node-soap takes a text that is no xs:dateTime for one"
    ),
    "multiCall__rpc_stype_request_xsi_attributes": (
        "node-soap shows an encoded array as an object"
    ),
    "readMetadata__should_support_XMLSchema_Instance_override": (
        "node-soap shows xsi:type as an attribute of the value"
    ),
    "update__complex_extension_with_array_attributes": UNREAD,
}
"""The samples whose answer we read otherwise, and why."""

EMPTY = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>'


def chosen(folders: list[Path], differing: dict[str, str], *needed: str) -> list[object]:
    """A parameter for each folder that has the files; those that differ are to fail."""
    return [
        pytest.param(
            folder,
            id=folder.name,
            marks=[pytest.mark.xfail(reason=differing[folder.name], strict=True)]
            if folder.name in differing
            else [],
        )
        for folder in folders
        if all((folder / name).exists() for name in needed)
    ]


async def read(folder: Path) -> tuple[SoapCatalog, Function]:
    """The catalog of a sample, and the function it is about, which its folder is named after."""
    catalog = await KIND.discover(Settings(soap=str(folder / "soap.wsdl")))
    name = folder.name.partition("__")[0]
    return catalog, next(each for each in catalog.functions if each.label == name)


def media_type(answer: bytes) -> str:
    """What the answer is, by how it begins."""
    first = answer.split(maxsplit=1)[0].decode()
    if first.startswith("--"):
        return f"multipart/related; boundary={first[2:]}"
    return "text/xml; charset=utf-8"


async def asked(folder: Path, answer: bytes) -> tuple[bytes, object]:
    """The envelope we send for what the sample's caller passes, and what we make of the answer."""
    catalog, called = await read(folder)
    passed = loaded(folder, "request.json")
    value = [
        given(catalog, each.type, passed) for each in called.arguments if each.name == ARGUMENT
    ]
    async with (
        serving(fixed(answer, media_type=media_type(answer))) as backend,
        connected(catalog, backend.url) as client,
    ):
        result = await ask(client, called, *value)
    return backend.bodies[0], result


@pytest.mark.parametrize("folder", chosen(FOLDERS, REQUESTS, "request.xml"))
async def test_request(folder: Path) -> None:
    """The envelope is node-soap's, prefixes and white space aside."""
    sent, _ = await asked(folder, EMPTY.encode())

    assert canonical(sent) == canonical((folder / "request.xml").read_bytes())


@pytest.mark.parametrize("folder", chosen(FOLDERS, ANSWERS, "response.xml", "response.json"))
async def test_answer(folder: Path) -> None:
    """The data is node-soap's in content."""
    _, called = await read(folder)
    expected = plain(loaded(folder, "response.json"))

    _, value = await asked(folder, (folder / "response.xml").read_bytes())

    alone = called.binding.response and called.binding.response.alone
    assert plain({alone: value} if alone else value) == expected

"""Messages as plain values and back: whatever protobuf can hold survives the way."""

from contextlib import suppress
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import corpora
from tests.upstreams.grpc.drawing import JSON, Drawing
from tests.upstreams.grpc.protos import descriptors, message, pool
from upstreams.errors import BadInput
from upstreams.grpc.call.write import Writers
from upstreams.grpc.descriptors import Linked, link
from upstreams.grpc.model import CHOSEN, Forms, Oneofs
from upstreams.grpc.read import Readers
from upstreams.kind import Maps

All = message("splice.test.v1.All")
WRITE = Writers(pool("everything"), Forms()).message(All.DESCRIPTOR)

CORPUS = {
    path.stem: link(FileDescriptorSet.FromString(path.read_bytes()))
    for path in corpora.specs("proto/*.binpb")
}
OWN = {name: link(descriptors(name)) for name in ("everything", "choices", "editions", "legacy")}

_FORMS = st.builds(Forms, maps=st.sampled_from(Maps), oneofs=st.sampled_from(Oneofs))
_ANYTHING = st.fixed_dictionaries(
    {"@type": st.sampled_from(["x/splice.test.v1.All", "x/google.protobuf.Duration", "x"])},
    optional={"value": JSON, "at": JSON, "numbers": JSON, "json": JSON, "any": JSON},
)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", OWN)
@settings(deadline=None, database=None, max_examples=200)
@given(data=st.data(), forms=_FORMS)
def test_message_to_value_to_message_is_the_identity(
    name: str, data: st.DataObject, forms: Forms
) -> None:
    """A message that was read and written anew has the same bytes."""
    _assert_survives(data, OWN[name], forms)


@pytest.mark.corpus
@pytest.mark.timeout(90)
@pytest.mark.parametrize("name", CORPUS)
@settings(deadline=None, database=None)
@given(data=st.data(), forms=_FORMS)
def test_real_messages_survive(name: str, data: st.DataObject, forms: Forms) -> None:
    """So has a message of any type of a real description."""
    _assert_survives(data, CORPUS[name], forms)


@settings(deadline=None, database=None)
@given(st.sampled_from([field.json_name for field in All.DESCRIPTOR.fields]), st.data())
def test_whatever_is_given_is_written_or_refused(name: str, data: st.DataObject) -> None:
    """No value, however wrong, raises anything but BadInput."""
    value = data.draw(JSON | st.integers() | st.floats() | st.decimals() | st.binary() | _ANYTHING)

    written = All()
    with suppress(BadInput):
        WRITE(written, {name: value}, ("input",))

    sent = written.SerializeToString(deterministic=True)
    assert All.FromString(sent).SerializeToString(deterministic=True) == sent


def _assert_survives(data: st.DataObject, linked: Linked, forms: Forms) -> None:
    name = data.draw(st.sampled_from(_messages(linked)))
    original = Drawing(data, linked.pool).message(name)

    value = Readers(linked.pool, forms).message(original.DESCRIPTOR)(original)
    written = type(original)()
    Writers(linked.pool, forms).message(original.DESCRIPTOR)(written, _as_input(value), ("input",))

    same = written.SerializeToString(deterministic=True)
    assert same == original.SerializeToString(deterministic=True)


def _messages(linked: Linked) -> list[str]:
    """The full names of the messages that a description brings itself."""
    return [
        f"{file.package}.{message.name}"
        for file in linked.files.values()
        for message in file.message_type
        if not file.package.startswith(("google.protobuf", "google.api", "google.type"))
    ]


def _as_input(value: Any) -> Any:
    """What comes out as it goes in: of a union, the field that was set holds the rest."""
    match value:
        case dict() if CHOSEN in value:
            rest = {key: _as_input(each) for key, each in value.items() if key != CHOSEN}
            return {value[CHOSEN]: rest}
        case dict():
            return {key: _as_input(each) for key, each in value.items()}
        case list():
            return [_as_input(each) for each in value]
        case _:
            return value

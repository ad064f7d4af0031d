"""Protobuf files declared in Python, a line for a line of a `.proto` file, without a compiler.

>>> message("Point", "int32 x = 1", "repeated string names = 2").field[1].name
'names'
"""

import re

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FieldDescriptorProto,
    MethodDescriptorProto,
    MethodOptions,
    ServiceDescriptorProto,
)

_FIELD = re.compile(r"(?P<many>repeated )?(?P<type>[\w.]+) (?P<name>\w+) = (?P<number>\d+)")
_RPC = re.compile(r"(?P<name>\w+)\((?P<takes>\w+)\) returns \((?P<stream>stream )?(?P<gives>\w+)\)")
_SCALARS = {
    name.removeprefix("TYPE_").lower(): FieldDescriptorProto.Type.Value(name)
    for name in FieldDescriptorProto.Type.keys()  # noqa: SIM118 - not a mapping
    if name not in ("TYPE_MESSAGE", "TYPE_ENUM", "TYPE_GROUP")
}


def enum(name: str, *values: str) -> EnumDescriptorProto:
    """An enum whose values are numbered from zero."""
    numbered = [EnumValueDescriptorProto(name=v, number=n) for n, v in enumerate(values)]
    return EnumDescriptorProto(name=name, value=numbered)


def message(name: str, *fields: str) -> DescriptorProto:
    """A message with fields such as `repeated ParcelItem items = 6`."""
    return DescriptorProto(name=name, field=[_field(line) for line in fields])


def service(name: str, *methods: MethodDescriptorProto) -> ServiceDescriptorProto:
    """A service with these methods."""
    return ServiceDescriptorProto(name=name, method=methods)


def reads(line: str) -> MethodDescriptorProto:
    """A method such as `GetParcel(GetParcelRequest) returns (Parcel)`, without side effects."""
    method = writes(line)
    method.options.idempotency_level = MethodOptions.NO_SIDE_EFFECTS
    return method


def writes(line: str) -> MethodDescriptorProto:
    """A method that changes something."""
    said = _matched(_RPC, line)
    return MethodDescriptorProto(
        name=said["name"],
        input_type=said["takes"],
        output_type=said["gives"],
        server_streaming=said["stream"] is not None,
    )


def _field(line: str) -> FieldDescriptorProto:
    said = _matched(_FIELD, line)
    field = FieldDescriptorProto(
        name=said["name"],
        json_name=re.sub("_(.)", lambda letter: letter[1].upper(), said["name"]),
        number=int(said["number"]),
        label=FieldDescriptorProto.LABEL_REPEATED
        if said["many"]
        else FieldDescriptorProto.LABEL_OPTIONAL,
    )
    if said["type"] in _SCALARS:
        field.type = _SCALARS[said["type"]]
    else:
        field.type_name = said["type"]
    return field


def _matched(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    found = pattern.fullmatch(line)
    if found is None:
        raise ValueError(f"not as in a .proto file: {line}")
    return found

"""Sets of files that no compiler made: what is repaired, what is refused, and how long it takes."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import pytest
from google.protobuf.descriptor_pb2 import (
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from hypothesis import given
from hypothesis import strategies as st

from upstreams.grpc.descriptors import link
from upstreams.grpc.descriptors.components import circular, components
from upstreams.grpc.translate import translate

Types = Mapping[str, Sequence[str]]
"""Full names of messages, and of those that each has fields of."""

GRAPHS = st.integers(1, 8).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, size - 1).map(str), unique=True), min_size=size, max_size=size
    ).map(lambda edges: {str(node): tuple(leads) for node, leads in enumerate(edges)})
)


def described(types: Types, *, apart: bool = False) -> FileDescriptorSet:
    """The types in one file for each package, as some servers tell them, or for each type.

    All are what a method takes. Files import what they use.
    """
    files: dict[str, FileDescriptorProto] = {}
    homes = {name: name if apart else name.partition(".")[0] for name in types}
    imports: dict[str, set[str]] = defaultdict(set)
    for name, used in types.items():
        home = homes[name]
        package, _, short = name.partition(".")
        file = files.setdefault(
            home, FileDescriptorProto(name=home, package=package, syntax="proto3")
        )
        message = file.message_type.add(name=short)
        for number, other in enumerate(used, start=1):
            message.field.append(field(f"f{number}", number, other))
        service = file.service.add(name=f"Takes{short}")
        service.method.add(name="Take", input_type=f".{name}", output_type=f".{name}")
        imports[home] |= {homes[other] for other in used} - {home}
    for name, file in files.items():
        file.dependency.extend(sorted(imports[name]))
    return FileDescriptorSet(file=files.values())


def field(name: str, number: int, of: str) -> FieldDescriptorProto:
    """A field that holds a message."""
    proto = FieldDescriptorProto
    return proto(
        name=name,
        number=number,
        type=proto.TYPE_MESSAGE,
        label=proto.LABEL_OPTIONAL,
        type_name=f".{of}",
    )


@given(GRAPHS)
def test_components(graph: Mapping[str, Sequence[str]]) -> None:
    """Each node is in one, with all it leads to that lead to it; what it leads to comes first."""
    reached = {node: below(graph, node) for node in graph}

    found = list(components(graph))

    places = {node: place for place, component in enumerate(found) for node in component}
    assert sorted(node for component in found for node in component) == sorted(graph)
    for node, leads in graph.items():
        assert all(places[other] <= places[node] for other in leads)
        mutual = {other for other in reached[node] if node in reached[other]} | {node}
        assert mutual == set(found[places[node]])
        assert circular(found[places[node]], graph) == (node in reached[node])


def below(graph: Mapping[str, Sequence[str]], node: str) -> set[str]:
    """All that a node leads to, itself if it leads back."""
    seen: set[str] = set()
    waiting = list(graph[node])
    while waiting:
        other = waiting.pop()
        if other not in seen:
            seen.add(other)
            waiting.extend(graph[other])
    return seen


@st.composite
def compiled(draw: st.DrawFn) -> Types:
    """Types of several packages of which none uses, by way of others, one that uses it."""
    packages = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=9))
    names = [f"{package}.T{number}" for number, package in enumerate(packages)]
    return {
        name: draw(st.lists(st.sampled_from(names[:place]), unique=True)) if place else ()
        for place, name in enumerate(names)
    }


@given(compiled())
def test_files_merged_by_package(types: Types) -> None:
    """Whatever fitted together before files were merged by package is understood as it was."""
    merged, apart = translate(described(types)), translate(described(types, apart=True))

    assert set(merged.functions) == set(apart.functions)
    assert set(merged.types) == set(apart.types)
    assert merged.skipped == ()


def test_what_was_taken_apart_is_told() -> None:
    """Two files that import each other are one assumption."""
    catalog = translate(described({"a.One": ["b.Two"], "b.Two": ["a.Three"], "a.Three": []}))

    assert [(each.at, each.reason) for each in catalog.assumed] == [
        ("a", "it and 1 more import each other, which no files can; each type was taken by itself")
    ]


def test_a_file_that_imports_itself() -> None:
    """It is taken as if it did not."""
    alone = described({"a.One": ["a.One"]})
    alone.file[0].dependency.append("a")

    catalog = translate(alone)

    assert [each.name for each in catalog.functions] == ["a.TakesOne/Take"]
    assert catalog.assumed[0].reason.startswith("it imports itself")


def test_types_of_one_package_that_use_each_other_across_files() -> None:
    """They are taken together."""
    types = described({"a.One": ["a.Two"], "a.Two": ["a.One"]}, apart=True)

    catalog = translate(types)

    assert {each.name for each in catalog.functions} == {"a.TakesOne/Take", "a.TakesTwo/Take"}


def test_types_of_several_packages_that_use_each_other() -> None:
    """No files can hold them, so they are skipped with the reason; the rest of the files works."""
    torn = described({"a.One": ["b.Two"], "b.Two": ["a.One"], "a.Fine": ["b.Fine"], "b.Fine": []})

    catalog = translate(torn)

    assert {each.name for each in catalog.functions} == {"a.TakesFine/Take", "b.TakesFine/Take"}
    assert {each.function for each in catalog.skipped} == {"a.TakesOne/Take", "b.TakesTwo/Take"}
    assert all("other packages use each other" in each.reason for each in catalog.skipped)


def test_what_is_wrong_in_one_type_is_wrong_in_it_alone() -> None:
    """Of files that import each other, what does not need a wrong type is used."""
    types = described({"a.One": ["b.Two"], "b.Two": ["a.Three"], "a.Three": [], "a.Bad": []})
    bad = next(each for each in types.file[0].message_type if each.name == "Bad")
    bad.field.add(name="no.name", number=1, type=9, label=1)

    catalog = translate(types)

    assert [each.function for each in catalog.skipped] == ["a.TakesBad/Take"]
    assert "a#Bad: " in catalog.skipped[0].reason
    assert len(catalog.functions) == 3


def test_names_that_look_like_those_of_parts() -> None:
    """A file called as a part would be stands beside it."""
    types = described({"a.One": ["b.Two"], "b.Two": ["a.Three"], "a.Three": [], "c.Own": []})
    types.file[2].name = "a#One"

    catalog = translate(types)

    assert len(catalog.functions) == 4


def test_declarations_of_one_name() -> None:
    """Of files that import each other, the first with a name counts; no function comes twice."""
    types = described({"a.One": ["b.Two"], "b.Two": ["a.Three"], "a.Three": []})
    copy = types.file.add()
    copy.CopyFrom(types.file[0])
    copy.name = "copy"
    types.file[0].dependency.append("copy")
    copy.dependency.append("a")

    catalog = translate(types)

    names = [each.name for each in catalog.functions]
    assert sorted(names) == ["a.TakesOne/Take", "a.TakesThree/Take", "b.TakesTwo/Take"]


def ring(size: int) -> FileDescriptorSet:
    """That many files, each of which uses the next one's type, and the last the first's."""
    return described({f"p{at}.M": [f"p{(at + 1) % size}.M"] for at in range(size)})


def merged(size: int) -> FileDescriptorSet:
    """Two files of that many types, each of which uses one of the other file."""
    names = [f"{'ab'[at % 2]}.M{at}" for at in range(size)]
    return described({name: names[at + 1 : at + 2] for at, name in enumerate(names)})


def chain(size: int) -> FileDescriptorSet:
    """That many files, each of which needs the next, and the last what is nowhere."""
    types = described({f"p{at}.M": [f"p{at + 1}.M"] for at in range(size)} | {f"p{size}.M": []})
    types.file[-1].message_type[0].field.append(field("f", 1, "nowhere.Gone"))
    return types


def wrong(size: int) -> FileDescriptorSet:
    """A file with that many imports of nothing and types marked as the entries of maps."""
    file = FileDescriptorProto(name="wrong", dependency=map("d{}".format, range(size)))
    file.public_dependency.extend(range(size))
    for at in range(size):
        file.message_type.add(name=f"M{at}").options.map_entry = True
    return FileDescriptorSet(file=[file])


@pytest.mark.parametrize("hostile", [ring, merged, chain, wrong])
def test_a_hostile_set_takes_a_time_in_proportion(
    hostile: Callable[[int], FileDescriptorSet],
) -> None:
    """Ten times the files take little more than ten times as long, and as many words."""
    few, many = hostile(200), hostile(2000)

    quick, slow = seconds(few), seconds(many)

    assert slow < 30 * quick
    assert len(str(link(many).broken)) < 200 * 2000


def seconds(types: FileDescriptorSet) -> float:
    """How long it takes to link a set, at best."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        link(types)
        taken.append(time.process_time() - begun)
    return min(taken)

"""The parts of a YAML node, as far as they are of the form that is asked for."""

from collections.abc import Iterable, Iterator

import yaml

TAG = "tag:yaml.org,2002:"
"""What the tags of YAML's own values begin with."""


def items(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    """The values of a mapping, by what is written before them."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, value


def parted(
    node: yaml.MappingNode, known: Iterable[str]
) -> tuple[yaml.MappingNode, yaml.MappingNode]:
    """The pairs whose keys are known, and the others."""
    names = set(known)
    ours = [
        pair
        for pair in node.value
        if isinstance(pair[0], yaml.ScalarNode) and pair[0].value in names
    ]
    others = [pair for pair in node.value if pair not in ours]
    marks = (node.start_mark, node.end_mark)
    return yaml.MappingNode(node.tag, ours, *marks), yaml.MappingNode(node.tag, others, *marks)


def texts(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """The texts of a setting: itself, its items, or its keys."""
    parts = [node]
    if isinstance(node, yaml.SequenceNode):
        parts = node.value
    elif isinstance(node, yaml.MappingNode):
        parts = [key for key, _ in node.value]
    yield from (one for one in parts if isinstance(one, yaml.ScalarNode))


def is_null(node: yaml.Node) -> bool:
    """Whether nothing is written, or that there is nothing."""
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{TAG}null"

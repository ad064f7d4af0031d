"""Pure: what of a graph leads to itself, and in which order the rest stands."""

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

Graph: TypeAlias = Mapping[str, Collection[str]]
"""What each node leads to; every node is a key."""


def components(graph: Graph) -> Iterator[list[str]]:
    """The strongly connected components, each after those it leads to.

    It takes a time in proportion to the graph's size (Kosaraju's algorithm).
    """
    backwards: dict[str, list[str]] = {node: [] for node in graph}
    for node, others in graph.items():
        for other in others:
            backwards[other].append(node)
    taken: set[str] = set()
    for node in reversed(list(_leaves_first(backwards))):
        if node not in taken:
            yield list(_reached(graph, node, taken))


def circular(component: Collection[str], graph: Graph) -> bool:
    """Whether the nodes of a component lead to themselves."""
    return len(component) > 1 or any(node in graph[node] for node in component)


def _leaves_first(graph: Graph) -> Iterator[str]:
    """The nodes, each after those it leads to that do not lead back to it."""
    seen: set[str] = set()
    for root in graph:
        if root in seen:
            continue
        seen.add(root)
        path = [(root, iter(graph[root]))]
        while path:
            node, below = path[-1]
            found = next((each for each in below if each not in seen), None)
            if found is None:
                path.pop()
                yield node
            else:
                seen.add(found)
                path.append((found, iter(graph[found])))


def _reached(graph: Graph, root: str, taken: set[str]) -> Iterator[str]:
    """The node and all it leads to but what is taken, which they then are."""
    taken.add(root)
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        for each in graph[node]:
            if each not in taken:
                taken.add(each)
                waiting.append(each)

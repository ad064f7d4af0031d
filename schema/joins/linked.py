"""The links of descriptions as joins."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from graphql import GraphQLError

from schema.expressions import MISSING, Types, about_call, below, evaluate, fitted, parents
from schema.failures import BAD_INPUT, named
from schema.join import MAX_CALLS, Batched, Given, Parts, Steps
from schema.links import LinkField
from schema.request import Asked, Path
from upstreams.model import Function, ListOf, Required, TypeRef, nullable


@dataclass(frozen=True, slots=True)
class Linked:
    """A link, ready to be followed."""

    link: LinkField
    types: Types
    """Those of its upstream."""
    needs: tuple[Steps, ...]
    wanted: Mapping[str, TypeRef]
    """The types of the function's arguments, by name."""
    needed: tuple[str, ...]
    """The names of those without which it cannot be called."""
    result: Steps = ()
    batched: Batched | None = None
    headers: tuple[str, ...] = ()
    max_calls: int = MAX_CALLS

    @property
    def upstream(self) -> str:
        """As `Origin` says."""
        return self.link.upstream

    @property
    def function(self) -> Function:
        """As `Origin` says."""
        return self.link.function

    @property
    def many(self) -> bool:
        """As `Join` says."""
        return isinstance(nullable(self.function.returns), ListOf)

    def arguments(self, parts: Parts, given: Given) -> dict[str, Any] | None:
        """As `Join` says: what the client said counts, then what the object and its call know."""
        asked = self._own(given.asked)
        known = {
            name: value for name, value in self._bound(parts, asked) if name not in given.arguments
        }
        if missing := [one for one in self.needed if one not in {*known, *given.arguments}]:
            self._check_known(missing, asked)
            return None
        return {**known, **given.arguments}

    def _bound(self, parts: Parts, asked: Asked | None) -> Iterator[tuple[str, Any]]:
        """The arguments that the link knows. Raises `GraphQLError` where a value does not fit."""
        found = dict(zip(self.needs, parts, strict=True))

        def look(path: Path) -> Any:
            steps = named_steps(path)
            return below(found[steps], path[len(steps) :])

        for one in self.link.link.arguments:
            value = evaluate(one.value, look, asked)
            if value is not MISSING:
                name = one.argument[0]
                yield name, fitted(value, self.wanted[name], self.types)

    def _own(self, asked: Asked | None) -> Asked | None:
        """The call that gave the object, where the link belongs to that call's answers."""
        if asked is None or asked.origin.upstream != self.upstream:
            return None
        return asked if asked.origin.function.name == self.link.link.origin else None

    def _check_known(self, missing: Iterable[str], asked: Asked | None) -> None:
        """Raises `GraphQLError` where the client has to say what only another call would tell."""
        bound = {one.argument[0]: one.value for one in self.link.link.arguments}
        unknown = [name for name in missing if name in bound and about_call(bound[name])]
        if asked is None and unknown:
            raise GraphQLError(
                f"{', '.join(unknown)} must be given here: only the answer of"
                f" {self.link.link.origin} itself tells",
                extensions={"code": BAD_INPUT, **named(self)},
            )


def linked(link: LinkField, types: Types, max_calls: int = MAX_CALLS) -> Linked:
    """The join of a link; `types` are those of its upstream, `max_calls` as `Join` says."""
    arguments = link.function.arguments
    paths = (path for one in link.link.arguments for path in parents(one.value))
    return Linked(
        link,
        types,
        needs=tuple(dict.fromkeys(map(named_steps, paths))),
        wanted={one.name: one.type for one in arguments},
        needed=tuple(one.name for one in arguments if isinstance(one.type, Required)),
        max_calls=max_calls,
    )


def named_steps(path: Path) -> Steps:
    """A path as far as it goes by names: what is below a list's item is looked up in the list."""
    return tuple(takewhile(lambda step: isinstance(step, str), path))  # type: ignore[arg-type] # takewhile narrows nothing

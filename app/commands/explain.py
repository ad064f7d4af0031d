"""`splice explain`: the calls that an operation would make; none of them is made."""

import argparse
import asyncio
import shlex
import sys
from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec
from graphql import GraphQLError
from rich.console import Console
from rich.tree import Tree

from app.commands.query import operation_of, variables
from app.commands.schema import tell
from app.commands.sources import loaded
from app.config import Config
from app.gateway import Gateway
from app.graphql.body import encode
from app.snapshot import Snapshot
from schema.explain import Explained, Step, explain, flat
from schema.plan.model import Unplannable

VERSION = 1
"""The version of the JSON shape, documented in the README."""

_UNBROKEN = 10_000
"""How wide lines may be that a program reads."""

_Numbers: TypeAlias = dict[str, int]
"""Which number each step has, by where it is."""


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument(
        "words", nargs="+", metavar="[CONFIG] QUERY", help="the operation's text, - for stdin"
    )
    parser.add_argument("--variables", type=variables, default={}, metavar="JSON")
    parser.add_argument("--operation", default=None, metavar="NAME")
    parser.add_argument(
        "--items", type=int, default=None, metavar="N",
        help="how many items a list has at most, where that is not known: for the number of calls",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="machine-readable, on standard output")


def run(arguments: argparse.Namespace) -> int:
    """1 when the operation cannot run."""
    path, text = operation_of(arguments.words)
    return asyncio.run(_run(loaded(path), text, arguments))


async def _run(config: Config, text: str, arguments: argparse.Namespace) -> int:
    gateway = Gateway(config)
    await gateway.once()
    tell(gateway.snapshot)
    try:
        explained = await _explained(gateway.snapshot, text, arguments)
    except GraphQLError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        await gateway.aclose()
    if arguments.json:
        report = msgspec.json.format(encode(_report(explained, arguments.items)))
        sys.stdout.write(report.decode() + "\n")
    else:
        _show(explained, arguments.items)
    return int(any(one.problem for one in flat(explained.steps)))


async def _explained(snapshot: Snapshot, text: str, arguments: argparse.Namespace) -> Explained:
    """What the operation would ask. Raises `GraphQLError` where it cannot run."""
    prepared = snapshot.schema.prepared(text)
    if prepared.plans is None:
        raise GraphQLError("\n".join(map(str, prepared.errors)))
    try:
        operation = prepared.plans.operation(arguments.operation)
    except Unplannable as error:
        raise GraphQLError(error.reason) from error
    return await explain(
        snapshot.schema.core,
        operation,
        arguments.variables,
        snapshot,
        snapshot.explain,
        exact=snapshot.schema.exact,
    )


def _report(explained: Explained, items: int | None) -> dict[str, Any]:
    return {
        "version": VERSION,
        "operation": explained.operation,
        "path": "exact" if explained.reason else "plan",
        "reason": explained.reason or None,
        "calls": {"formula": explained.formula, "most": explained.most(items)},
        "assumed": [{"what": one.what, "value": one.value} for one in explained.assumed],
        "steps": [_step(one, items) for one in explained.steps],
    }


def _step(step: Step, items: int | None) -> dict[str, Any]:
    told = step.explanation
    return {
        "at": step.at,
        "upstream": step.origin.upstream,
        "function": step.origin.function.name,
        "insteadOf": step.named or None,
        "after": step.after or None,
        "sameAs": step.same or None,
        "keysPerCall": step.batch,
        "calls": {"formula": step.calls.formula, "most": step.calls.most(items)},
        "command": shlex.join(told.words) if told and told.words else None,
        "note": (told.note if told else "") or None,
        "problem": step.problem or None,
        "steps": [_step(one, items) for one in step.steps],
    }


def _show(explained: Explained, items: int | None) -> None:
    steps = list(flat(explained.steps))
    numbers = {one.at: number for number, one in enumerate(steps, start=1)}
    by = f"by the exact path ({explained.reason})" if explained.reason else "by a plan"
    tree = Tree(f"{explained.operation}, {by}")
    for one in explained.steps:
        _grow(tree, one, numbers)
    console = Console(highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console.width = _UNBROKEN
    console.print(tree)
    console.print(f"calls: {_counted(explained, items)}")
    for told in explained.assumed:
        console.print(f"where {told.what} is not known: {told.value!r}")
    for number, one in enumerate(steps, start=1):
        # Commands are there to be copied: not a line break is put into them.
        console.print("\n" + "\n".join(_lines(number, one)), soft_wrap=True)


def _grow(tree: Tree, step: Step, numbers: _Numbers) -> None:
    label = ": ".join((f"{numbers[step.at]} {step.at}", ", ".join(_said(step, numbers))))
    branch = tree.add(label)
    for one in step.steps:
        _grow(branch, one, numbers)


def _said(step: Step, numbers: _Numbers) -> Iterator[str]:
    """`shop.getCustomer`, `waits for 1`, `one call`"""
    instead = f" in place of {step.named}" if step.named else ""
    yield f"{step.origin.upstream}.{step.origin.function.name}{instead}"
    if step.after:
        yield f"waits for {numbers[step.after]}"
    if step.problem:
        yield f"cannot be asked: {step.problem}"
    elif step.same:
        yield f"is asked by {numbers[step.same]} already"
    elif step.batch is not None:
        yield f"batched, up to {step.batch} keys a call: {step.calls.formula}"
    else:
        yield "one call" if step.calls.formula == "1" else f"calls: {step.calls.formula}"


def _counted(explained: Explained, items: int | None) -> str:
    """`2 + distinct(posts[].userId), at most 102`"""
    formula, most = explained.formula, explained.most(items)
    if most is None:
        return f"{formula} (how many items lists have is not known: --items N)"
    return formula if formula == str(most) else f"{formula}, at most {most}"


def _lines(number: int, step: Step) -> Iterator[str]:
    """A call as lines of a shell."""
    told = step.explanation
    note = told.note if told else step.problem
    yield f"# {number} {step.at}{': ' if note else ''}{note}"
    if told and told.words:
        yield shlex.join(told.words)

"""Values written as XML text by layouts made ready once: what the general writer says, sooner.

Only what is plain and right is written. For anything else there is the general writer, which also
knows what to say of a value that is wrong. Each element declares its namespace as the default one
where it is not its parent's.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import InvalidOperation
from typing import Any, TypeAlias

from lxml import etree

from upstreams.soap.model import Codec, Content, Leaf, Member, Message, Nested, Place
from upstreams.soap.xml.arranged import Arranged
from upstreams.soap.xml.document import XSI, local_name, namespace
from upstreams.soap.xml.text import WRITE

Write: TypeAlias = Callable[[Any, list[str]], None]
"""Puts a value, as XML, behind the texts there are. Raises `_BeyondError`."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot carry (XML 1.0 §2.2)."""
_NIL = f' xmlns:xsi="{XSI}" xsi:nil="true"'


class _BeyondError(Exception):
    """The value, or a place for it, is not plain."""


class CompiledWriter:
    """Writes plain values by the layouts of one catalog, each made ready when it is first met."""

    def __init__(self, layouts: Mapping[str, Arranged]) -> None:
        self._layouts = layouts
        self._messages: dict[Message, Write] = {}
        self._ready: dict[tuple[str, str], tuple[Write, Write]] = {}

    def write(self, message: Message, value: object) -> str | None:
        """The message with this value as XML; None where only the general writer can."""
        if message not in self._messages:
            self._messages[message] = self._message(message)
        texts: list[str] = []
        try:
            self._messages[message](value, texts)
        except _BeyondError:
            return None
        text = "".join(texts)
        return None if _FORBIDDEN.search(text) else text

    def _message(self, message: Message) -> Write:
        if message.encoding or not _is_name(message.element):
            return _all(()) if message == Message() else _beyond
        nothing = _constant(_element(message.element, ""))
        if message.content is None:
            return nothing
        write = self._content(message.element, message.content, "")
        if isinstance(message.content, Nested):
            return lambda value, texts: write({} if value is None else value, texts)
        return lambda value, texts: (nothing if value is None else write)(value, texts)

    def _content(self, name: str, content: Content, scope: str) -> Write:
        """An element of that name, in one whose namespace is `scope`."""
        if not _is_name(name):
            return _beyond
        if isinstance(content, Leaf):
            return _leaf(name, content, scope)
        return self._nested(name, content.key, scope) if isinstance(content, Nested) else _beyond

    def _nested(self, name: str, key: str, scope: str) -> Write:
        begin, end = _tags(name, scope)

        def write(value: Any, texts: list[str]) -> None:
            if not isinstance(value, Mapping):
                raise _BeyondError
            # Looked up when needed, because types may contain themselves.
            attributes, inside = self._members(key, namespace(name))
            texts.append(begin)
            attributes(value, texts)
            texts.append(">")
            inside(value, texts)
            texts.append(end)

        return write

    def _members(self, key: str, scope: str) -> tuple[Write, Write]:
        """The attributes of elements of that layout, and what is inside."""
        if (key, scope) not in self._ready:
            layout = self._layouts[key]
            attributes = [_beside(one) for one in layout.beside if one.place is not Place.TEXT]
            texts = [_text(one) for one in layout.beside if one.place is Place.TEXT]
            inside = [self._member(one, scope) for one in layout.inside]
            checked = [_exclusive(layout.exclusive), *attributes]
            self._ready[key, scope] = _all(checked), _all([*texts, *inside])
        return self._ready[key, scope]

    def _member(self, member: Member, scope: str) -> Write:
        """A member of a layout's values: its elements, one or many."""
        if member.turn:
            return _beyond
        nothing = _constant(_absent(member, scope)) if _is_name(member.name) else _beyond
        write = self._content(member.name, member.content, scope)
        if member.place is not Place.ELEMENT:
            write = _beyond
        if member.content == Leaf(Codec.PRESENCE):
            write = _if_true(write)
        return _many(member, write, nothing) if member.repeated else _one(member, write, nothing)


def _one(member: Member, write: Write, nothing: Write) -> Write:
    field, required = member.field, member.required

    def written(value: Any, texts: list[str]) -> None:
        held = value.get(field)
        if held is not None:
            write(held, texts)
        elif required or field in value:
            nothing(held, texts)

    return written


def _many(member: Member, write: Write, nothing: Write) -> Write:
    field = member.field

    def written(value: Any, texts: list[str]) -> None:
        held = value.get(field)
        if held is None:
            return
        if not isinstance(held, list):
            raise _BeyondError
        for item in held:
            (nothing if item is None else write)(item, texts)

    return written


def _all(writes: Sequence[Write]) -> Write:
    def write(value: Any, texts: list[str]) -> None:
        for each in writes:
            each(value, texts)

    return write


def _constant(text: str) -> Write:
    return lambda _value, texts: texts.append(text)


def _beyond(_value: Any, _texts: list[str]) -> None:
    raise _BeyondError


def _exclusive(groups: Sequence[Sequence[str]]) -> Write:
    """Nothing, where at most one field of each group is given."""

    def check(value: Any, _texts: list[str]) -> None:
        for group in groups:
            if sum(value.get(field) is not None for field in group) > 1:
                raise _BeyondError

    return check if groups else _all(())


def _leaf(name: str, leaf: Leaf, scope: str) -> Write:
    if leaf.codec is Codec.PRESENCE:
        return _constant(_element(name, scope))
    begin, end = _tags(name, scope)
    told = _told(leaf)
    return lambda value, texts: texts.extend((begin, ">", _escaped(told(value)), end))


def _if_true(write: Write) -> Write:
    return lambda value, texts: write(value, texts) if value else None


def _told(content: Content) -> Callable[[Any], str]:
    """The text of a leaf, as `text.written` has it."""
    if not isinstance(content, Leaf) or content.codec in (Codec.JSON, Codec.QNAME):
        return _untold
    write, listed = WRITE.get(content.codec, str), content.listed

    def told(value: Any) -> str:
        try:
            return " ".join(map(write, value)) if listed else write(value)
        except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
            raise _BeyondError from error

    return told


def _untold(_value: Any) -> str:
    raise _BeyondError


def _text(member: Member) -> Write:
    """The text of an element that has attributes."""
    field, told = member.field, _told(member.content)

    def write(value: Any, texts: list[str]) -> None:
        if (held := value.get(field)) is not None:
            texts.append(_escaped(told(held)))

    return write


def _beside(member: Member) -> Write:
    """An attribute; anything else but text that stands beside children is not plain."""
    local, space = local_name(member.name), namespace(member.name)
    usable = member.place is Place.ATTRIBUTE and _is_name(member.name)
    field, told = member.field, _told(member.content) if usable else _untold
    begin = f' xmlns:a="{_quoted(space)}" a:{local}="' if space else f' {local}="'

    def write(value: Any, texts: list[str]) -> None:
        if (held := value.get(field)) is not None:
            texts.extend((begin, _quoted(told(held)), '"'))

    return write


def _absent(member: Member, scope: str) -> str:
    """An element whose value is not given: nil, or the default it must not be without."""
    if member.nillable and member.name:
        return _element(member.name, scope, _NIL)
    if member.default is not None and member.required and isinstance(member.content, Leaf):
        begin, end = _tags(member.name, scope)
        return f"{begin}>{_escaped(member.default)}{end}"
    return ""


def _tags(name: str, scope: str) -> tuple[str, str]:
    """How an element begins, up to its attributes, and ends."""
    local, space = local_name(name), namespace(name)
    declared = "" if space == scope else f' xmlns="{_quoted(space)}"'
    return f"<{local}{declared}", f"</{local}>"


def _element(name: str, scope: str, attributes: str = "") -> str:
    """An element without content."""
    return f"{_tags(name, scope)[0]}{attributes}/>"


def _is_name(name: str) -> bool:
    """Whether XML has elements and attributes of that name; a description may say anything."""
    try:
        etree.QName(name)
    except ValueError:
        return False
    return True


def _escaped(text: str) -> str:
    if "&" in text:
        text = text.replace("&", "&amp;")
    return text.replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _quoted(text: str) -> str:
    """As the value of an attribute, where white space would else be normalised (XML 1.0 §3.3.3)."""
    escaped = _escaped(text).replace('"', "&quot;")
    return escaped.replace("\n", "&#10;").replace("\t", "&#9;")

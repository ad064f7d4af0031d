"""Header fields, decoded when asked for."""

from upstreams.transport import Fields

HEAD = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Name:  caf\xe9 \r\nempty:\r\nset-cookie: b\r\n\r\n"


def test_the_fields_in_order() -> None:
    """Names as they came, values without the blanks around them."""
    fields = Fields(HEAD)

    expected = [("Set-Cookie", "a=1"), ("X-Name", "café"), ("empty", ""), ("set-cookie", "b")]
    assert (list(fields), len(fields)) == (expected, 4)
    assert (list(reversed(fields)), fields[1], fields[:1]) == (
        expected[::-1],
        ("X-Name", "café"),
        expected[:1],
    )


def test_by_name() -> None:
    """Names in any case; a value is no name."""
    fields = Fields(HEAD)

    assert [
        fields.first(name) for name in ("SET-COOKIE", "x-name", "empty", "a=1", "HTTP/1.1")
    ] == [
        "a=1",
        "café",
        "",
        None,
        None,
    ]
    assert fields.all("Set-cookie") == ["a=1", "b"]


def test_undecoded() -> None:
    """As the other side of a gateway wants them: lower-case names, values as bytes."""
    expected = [
        (b"set-cookie", b"a=1"),
        (b"x-name", b"caf\xe9"),
        (b"empty", b""),
        (b"set-cookie", b"b"),
    ]
    assert Fields(HEAD).raw() == expected


def test_none_at_all() -> None:
    """A head may have no fields."""
    fields = Fields(b"HTTP/1.1 200 OK\r\n\r\n")

    assert (list(fields), fields.raw(), fields.first("a")) == ([], [], None)


def test_values_are_not_shown() -> None:
    """They may be secrets."""
    assert "a=1" not in repr(Fields(HEAD))

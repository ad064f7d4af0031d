"""Operations that answer for many keys at once, recognised by their messages."""

from pathlib import Path

import pytest

from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.model import Batch

IDS = 'id xs:string maxOccurs="unbounded"'
ACCOUNT = f'<xs:complexType name="Account">{sequence("accountId xs:string", "owner xs:string")}'
WRAPPED = f'<xs:complexType name="Keys">{sequence(IDS)}</xs:complexType>'
CALLER = f'<xs:complexType name="Caller">{sequence("user xs:string")}</xs:complexType>'
TYPES = f"{ACCOUNT}</xs:complexType>{WRAPPED}{CALLER}"
GIVEN = 'account b:Account maxOccurs="unbounded"'
KEYS = 'accountIds xs:string maxOccurs="unbounded"'


async def batch(
    folder: Path, *taken: str, given: str = GIVEN, operation: str = "GetAccounts"
) -> Batch | None:
    """How an operation that takes and gives this answers for many."""
    asked = element(operation, sequence(*taken))
    answered = element(f"{operation}Response", sequence(given))
    text = document_literal(f"{TYPES}{asked}{answered}", operation)
    (function,) = (await discovered(folder, text)).functions
    return function.batch


@pytest.mark.parametrize(
    ("taken", "argument"),
    [
        ((KEYS,), ("input", "accountIds")),
        ((KEYS, 'caller b:Caller minOccurs="0"'), ("input", "accountIds")),
        (("accountIds b:Keys",), ("input", "accountIds", "id")),
    ],
    ids=["repeated", "beside who is asking", "in an element of their own"],
)
async def test_a_repeated_key(
    tmp_path: Path, taken: tuple[str, ...], argument: tuple[str, ...]
) -> None:
    """It is the items' own, by its name."""
    found = await batch(tmp_path, *taken)

    assert found == Batch(argument, "accountId")


async def test_a_list_beside_something_else(tmp_path: Path) -> None:
    """It is the answer's one list."""
    found = await batch(tmp_path, KEYS, given=f'{GIVEN}/><xs:element name="at" type="xs:date"')

    assert found == Batch(("input", "accountIds"), "accountId", ("account",))


async def test_a_key_is_called_after_its_object(tmp_path: Path) -> None:
    """Of `accountOwners`, an account's `owner`."""
    found = await batch(tmp_path, 'accountOwners xs:string maxOccurs="unbounded"')

    assert found is not None
    assert found.key == "owner"


@pytest.mark.parametrize(
    ("taken", "given", "operation"),
    [
        ((KEYS,), GIVEN, "CloseAccounts"),
        ((KEYS, "limit xs:int"), GIVEN, "GetAccounts"),
        ((KEYS, 'state xs:string minOccurs="0"'), GIVEN, "GetAccounts"),
        ((KEYS, "caller b:Caller"), GIVEN, "GetAccounts"),
        ((KEYS, 'tags xs:string maxOccurs="unbounded"'), GIVEN, "GetAccounts"),
        (("accountIds xs:string",), GIVEN, "GetAccounts"),
        (('accountIds xs:int maxOccurs="unbounded"',), GIVEN, "GetAccounts"),
        (('account xs:string maxOccurs="unbounded"',), GIVEN, "GetAccounts"),
        ((KEYS,), "account b:Account", "GetAccounts"),
        ((KEYS,), 'name xs:string maxOccurs="unbounded"', "GetAccounts"),
    ],
    ids=[
        *("it writes", "a limit", "a filter", "more that must be given", "two lists"),
        *("one key", "a key of another type", "no key by its name", "one object", "no objects"),
    ],
)
async def test_what_may_be_no_batch(
    tmp_path: Path, taken: tuple[str, ...], given: str, operation: str
) -> None:
    """Where something else may be meant, nothing is taken for granted."""
    assert await batch(tmp_path, *taken, given=given, operation=operation) is None

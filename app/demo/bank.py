"""The bank: a SOAP service over accounts and transactions, described by `bank.wsdl`.

The WSDL is also the judge: a request that its schema does not allow is answered with a fault.
"""

import copy
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import msgspec
from lxml import etree
from lxml.etree import QName, _Element
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.demo import envelope
from app.demo.edge import body
from app.demo.envelope import SOAP_11, Fault
from app.demo.records import Account, Record, Records, Transaction, TransactionKind

DESCRIPTION = Path(__file__).with_name("bank.wsdl")
NAMESPACE = "urn:splice:demo:bank:v1"

_SCHEMA = "{http://www.w3.org/2001/XMLSchema}schema"

Asked = TypeVar("Asked")


class GetAccount(Record, frozen=True):
    """Which account: by its number, or by its customer."""

    iban: str | None = None
    customer_id: int | None = None


class ListTransactions(Record, frozen=True):
    """Which transactions: of which account, on which days."""

    iban: str
    first: dt.date = msgspec.field(name="from", default=dt.date.min)
    last: dt.date = msgspec.field(name="to", default=dt.date.max)


class Transfer(Record, frozen=True):
    """How much is to move, from where to where."""

    from_iban: str
    to_iban: str
    amount: Decimal
    reference: str | None = None


class StatedAccount(Account, frozen=True):
    """An account and what is in it."""

    balance: Decimal


class GetAccountResponse(Record, frozen=True):
    """The account asked for."""

    account: StatedAccount


class ListTransactionsResponse(Record, frozen=True):
    """The transactions asked for, oldest first."""

    transaction: tuple[Transaction, ...]


class TransferResponse(Record, frozen=True):
    """The transaction in the paying account, and what is left there."""

    transaction: Transaction
    balance: Decimal


class UnknownAccount(Record, frozen=True):
    """The detail of a fault: which account there is not."""

    iban: str | None = None
    customer_id: int | None = None


class InsufficientFunds(Record, frozen=True):
    """The detail of a fault: how much there is, and how much there would have to be."""

    iban: str
    balance: Decimal
    requested: Decimal


class Bank:
    """The accounts, and a ledger of its own that grows with every transfer."""

    def __init__(self, records: Records) -> None:
        self._accounts = {account.iban: account for account in records.accounts}
        self._ledger = list(records.transactions)

    def answer(self, request: _Element) -> Record:
        """The response to one valid request element. Raises `Fault`."""
        match QName(request).localname:
            case "GetAccount":
                return self.get_account(_read(request, GetAccount))
            case "ListTransactions":
                return self.list_transactions(_read(request, ListTransactions))
            case "Transfer":
                return self.transfer(_read(request, Transfer))
            case other:
                raise Fault(f"no operation {other}")

    def get_account(self, asked: GetAccount) -> GetAccountResponse:
        for account in self._accounts.values():
            if account.iban == asked.iban or account.customer_id == asked.customer_id:
                balance = self._balance(account.iban)
                return GetAccountResponse(
                    StatedAccount(**msgspec.structs.asdict(account), balance=balance)
                )
        unknown = UnknownAccount(asked.iban, asked.customer_id)
        raise Fault("there is no such account", _written(unknown))

    def list_transactions(self, asked: ListTransactions) -> ListTransactionsResponse:
        account = self._account(asked.iban)
        entries = (entry for entry in self._ledger if entry.iban == account.iban)
        return ListTransactionsResponse(
            tuple(e for e in entries if asked.first <= e.booked_at.date() <= asked.last)
        )

    def transfer(self, asked: Transfer) -> TransferResponse:
        payer, payee = self._account(asked.from_iban), self._account(asked.to_iban)
        balance = self._balance(payer.iban)
        if balance < asked.amount:
            shortage = InsufficientFunds(payer.iban, balance, asked.amount)
            raise Fault("there is not enough money in the account", _written(shortage))
        paid = self._book(payer, payee, -asked.amount, asked.reference)
        self._book(payee, payer, asked.amount, asked.reference)
        return TransferResponse(paid, self._balance(payer.iban))

    def _account(self, iban: str) -> Account:
        account = self._accounts.get(iban)
        if account is None:
            raise Fault("there is no such account", _written(UnknownAccount(iban)))
        return account

    def _balance(self, iban: str) -> Decimal:
        amounts = (entry.amount for entry in self._ledger if entry.iban == iban)
        return sum(amounts, Decimal("0.00"))

    def _book(
        self, account: Account, other: Account, amount: Decimal, reference: str | None
    ) -> Transaction:
        entry = Transaction(
            id=self._ledger[-1].id + 1,
            iban=account.iban,
            booked_at=dt.datetime.now(dt.UTC),
            kind=TransactionKind.TRANSFER,
            amount=amount,
            currency=account.currency,
            counterparty=other.holder,
            reference=reference,
        )
        self._ledger.append(entry)
        return entry


class Service:
    """The bank behind HTTP: its WSDL, and one URL for both SOAP versions."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._description = envelope.parsed(DESCRIPTION.read_bytes())
        self._schema = etree.XMLSchema(next(self._description.iter(_SCHEMA)))

    async def describe(self, request: Request) -> Response:
        """The WSDL, with the address at which it was asked for."""
        description = copy.deepcopy(self._description)
        for address in description.iterfind(".//{*}port/{*}address"):
            address.set("location", str(request.url.replace(query="")))
        return Response(etree.tostring(description), media_type="text/xml")

    async def ask(self, request: Request) -> Response:
        version = SOAP_11
        try:
            root = envelope.parsed(await body(request))
            version = envelope.version_of(root)
            content = _written(self._bank.answer(self._valid(envelope.opened(root, version))))
            status = HTTPStatus.OK
        except Fault as failure:
            content = envelope.fault(failure, version)
            status = version.fault_status
        return Response(envelope.closed(content, version), status, media_type=version.media_type)

    def _valid(self, request: _Element) -> _Element:
        try:
            self._schema.assertValid(request)
        except etree.DocumentInvalid as error:
            raise Fault(str(error)) from error
        return request


def app(records: Records) -> Starlette:
    """The bank as an ASGI application, with a ledger of its own."""
    service = Service(Bank(records))
    return Starlette(
        routes=[
            Route("/bank", service.describe, methods=["GET"]),
            Route("/bank", service.ask, methods=["POST"]),
        ]
    )


def _read(request: _Element, shape: type[Asked]) -> Asked:
    """The children of the request as one record. Raises `Fault` for what the schema let pass."""
    said = {QName(child).localname: (child.text or "").strip() for child in request}
    try:
        return msgspec.convert(said, shape, strict=False)
    except msgspec.ValidationError as error:
        raise Fault(str(error)) from error


def _written(record: Record) -> _Element:
    """The record as the element of its name."""
    root = etree.Element(_tag(type(record).__name__), nsmap={"bank": NAMESPACE})
    _fill(root, msgspec.to_builtins(record))
    return root


def _fill(element: _Element, values: Mapping[str, object]) -> None:
    """Add a child for every value there is, in the order of the record's fields."""
    for name, value in values.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            if isinstance(item, Mapping):
                _fill(etree.SubElement(element, _tag(name)), item)
            elif item is not None:
                etree.SubElement(element, _tag(name)).text = str(item)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"

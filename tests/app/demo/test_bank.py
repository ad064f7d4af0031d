"""The bank, asked by zeep over both versions of SOAP."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from lxml import etree
from zeep import Client
from zeep.exceptions import Fault

from app.demo.bank import DESCRIPTION
from app.demo.run import Demo

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA = "DE89370400440532013000"
BRUNO = "FR1420041010050500013M02606"
DILAN = "ES9121000418450200051332"
NAMESPACE = "{urn:splice:demo:bank:v1}"
ENVELOPES = {
    "text/xml": "http://schemas.xmlsoap.org/soap/envelope/",
    "application/soap+xml": "http://www.w3.org/2003/05/soap-envelope",
}


@dataclass(frozen=True, slots=True)
class Zeep:
    """A zeep client on one port of the service, kept off the event loop."""

    proxy: Any

    async def ask(self, operation: str, **request: object) -> Any:
        return await asyncio.to_thread(self.proxy[operation], **request)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["BankPort", "BankPort12"])
async def bank(demo: Demo, request: pytest.FixtureRequest) -> AsyncIterator[Zeep]:
    client = await asyncio.to_thread(Client, f"{demo.bank}/bank?wsdl")
    with client.transport.session:
        yield Zeep(client.bind("BankService", request.param))


async def test_an_account_by_its_customer(bank: Zeep) -> None:
    """A customer's account is found by the customer's number."""
    account = await bank.ask("GetAccount", customerId=103)

    assert account.holder == "Chiyo Tanaka"
    assert account.openedOn == dt.date(2024, 12, 2)
    assert account.balance == Decimal("1771.61")


async def test_an_account_by_its_number(bank: Zeep) -> None:
    """An account is found by its IBAN."""
    account = await bank.ask("GetAccount", iban=ADA)

    assert account.customerId == 101


async def test_transactions(bank: Zeep) -> None:
    """Transactions come oldest first, each with its time and its sign."""
    first, second, *_ = await bank.ask("ListTransactions", iban=ADA)

    assert (first.kind, first.amount, first.orderId) == ("Deposit", Decimal("2400.00"), None)
    assert (second.amount, second.orderId) == (Decimal("-83.80"), 7000000001)
    assert second.bookedAt == dt.datetime(2026, 3, 2, 9, 16, tzinfo=dt.UTC)


async def test_transactions_of_some_days(bank: Zeep) -> None:
    """The first and the last day are both included."""
    days = {"from": dt.date(2026, 3, 2), "to": dt.date(2026, 5, 11)}

    found = await bank.ask("ListTransactions", iban=ADA, **days)

    assert [entry.orderId for entry in found] == [7000000001, 7000000003]


async def test_no_transactions(bank: Zeep) -> None:
    """An account that did not move that day has an empty list."""
    day = dt.date(2020, 1, 1)

    found = await bank.ask("ListTransactions", iban=ADA, **{"from": day, "to": day})

    assert not found


async def test_a_transfer(bank: Zeep) -> None:
    """Money that leaves one account arrives in the other."""
    before = (await bank.ask("GetAccount", iban=DILAN)).balance

    moved = await bank.ask(
        "Transfer", fromIban=BRUNO, toIban=DILAN, amount=Decimal("10.05"), reference="tea money"
    )

    after = await bank.ask("GetAccount", iban=DILAN)
    payer = await bank.ask("GetAccount", iban=BRUNO)
    assert moved.transaction.amount == Decimal("-10.05")
    assert moved.transaction.reference == "tea money"
    assert after.balance - before == Decimal("10.05")
    assert payer.balance == moved.balance


async def test_insufficient_funds(bank: Zeep) -> None:
    """A fault says how much there is, and moves nothing."""
    with pytest.raises(Fault, match="not enough money") as refused:
        await bank.ask("Transfer", fromIban=ADA, toIban=BRUNO, amount=Decimal(1_000_000))

    detail = refused.value.detail[0]
    told = {etree.QName(child).localname: child.text for child in detail}
    assert detail.tag == f"{NAMESPACE}InsufficientFunds"
    assert told == {"iban": ADA, "balance": "2225.70", "requested": "1000000"}


async def test_an_unknown_account(bank: Zeep) -> None:
    """A fault says which account there is not."""
    with pytest.raises(Fault, match="no such account") as refused:
        await bank.ask("GetAccount", customerId=7)

    assert refused.value.detail[0].findtext(f"{NAMESPACE}customerId") == "7"


@pytest.fixture(params=ENVELOPES)
def media_type(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def post(demo: Demo, media_type: str, content: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        headers = {"content-type": f"{media_type}; charset=utf-8"}
        return await client.post(f"{demo.bank}/bank", content=content, headers=headers)


def envelope(media_type: str, content: str) -> str:
    return (
        f'<e:Envelope xmlns:e="{ENVELOPES[media_type]}" xmlns="urn:splice:demo:bank:v1">'
        f"<e:Body>{content}</e:Body></e:Envelope>"
    )


@pytest.mark.parametrize(
    "content",
    [
        f"<GetAccount><iban>{ADA}</iban></GetAccount>",
        f"<ListTransactions><iban>{BRUNO}</iban></ListTransactions>",
        f"<Transfer><fromIban>{ADA}</fromIban><toIban>{BRUNO}</toIban><amount>1</amount></Transfer>",
    ],
)
async def test_answers_are_as_described(demo: Demo, media_type: str, content: str) -> None:
    """Every answer is valid by the schema of the WSDL, in the envelope of the question."""
    wsdl = etree.parse(DESCRIPTION)
    schema = etree.XMLSchema(next(wsdl.iter("{http://www.w3.org/2001/XMLSchema}schema")))

    answer = await post(demo, media_type, envelope(media_type, content))

    body = etree.fromstring(answer.content).find(f"{{{ENVELOPES[media_type]}}}Body")
    assert body is not None
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    schema.assertValid(body[0])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<GetAccount/>", "Missing child element"),
        ("<GetAccount><iban>12</iban></GetAccount>", "pattern"),
        ("<CloseAccount/>", "CloseAccount"),
        ("<UnknownAccount/>", "no operation UnknownAccount"),
        ("", "exactly one element"),
    ],
)
async def test_a_wrong_request(demo: Demo, media_type: str, content: str, reason: str) -> None:
    """What the WSDL does not allow is a fault that blames the sender and says why."""
    blame = {"text/xml": (500, ":Client<"), "application/soap+xml": (400, ":Sender<")}

    answer = await post(demo, media_type, envelope(media_type, content))

    status, code = blame[media_type]
    assert answer.status_code == status
    assert code in answer.text
    assert reason in answer.text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("tea, please", "not XML"),
        ("<Envelope/>", "neither a SOAP 1.1 nor a SOAP 1.2 envelope"),
        ('<!DOCTYPE e [<!ENTITY a "aaaa">]><e>&a;</e>', "document type"),
    ],
)
async def test_what_is_no_envelope(demo: Demo, content: str, reason: str) -> None:
    """What is not SOAP, or smells of an attack, is a fault too."""
    answer = await post(demo, "text/xml", content)

    assert answer.status_code == 500
    assert reason in answer.text


async def test_the_address_in_its_description(demo: Demo) -> None:
    """The WSDL names the address at which it was asked for."""
    async with httpx.AsyncClient() as client:
        wsdl = (await client.get(f"{demo.bank}/bank?wsdl")).text

    assert wsdl.count(f'location="{demo.bank}/bank"') == 2

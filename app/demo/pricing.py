"""The price quotes: one function behind the Lambda API, typed by `pricing.types.graphql`.

Signatures are not checked: whoever reaches it may call it, as with other local emulators.
"""

import datetime as dt
import re
import uuid
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.demo.edge import body
from app.demo.records import Quantity, Record, Records

TYPES = Path(__file__).with_name("pricing.types.graphql")
FUNCTION = "quote"
REGION = "eu-west-1"

_ARN = f"arn:aws:lambda:{REGION}:000000000000:function:"
_ROOT = "/2015-03-31/functions"
_NAME = re.compile(
    rf"({re.escape(_ARN)}|000000000000:function:)?(?P<name>[\w-]+)(:(?P<version>\$LATEST))?"
)
_REBATES = ((100, Decimal("0.12")), (10, Decimal("0.05")))
"""From how many on, and how much less."""
_CENT = Decimal("0.01")


class Wish(Record, frozen=True):
    """The function's input."""

    sku: str
    quantity: Quantity = 1


class Quote(Record, frozen=True):
    """The function's output."""

    sku: str
    quantity: int
    unit_price: Decimal
    total: Decimal
    currency: str
    valid_until: dt.datetime


class FunctionError(Exception):
    """The function raised: Lambda answers 200 all the same, and says so in a header."""


class Refusal(Exception):  # noqa: N818 - the service's answer, by the name of what it does
    """The Lambda service does not run the function."""

    def __init__(self, status: HTTPStatus, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message


class Pricing:
    """The function, and the part of the Lambda API that finds and calls it."""

    def __init__(self, records: Records) -> None:
        self._products = {product.sku: product for product in records.products}

    def routes(self) -> list[Route]:
        return [
            # AWS documents the one and its own clients send the other.
            Route(f"{_ROOT}/", self.list_functions),
            Route(_ROOT, self.list_functions),
            Route(f"{_ROOT}/{{name}}", self.get_function),
            Route(f"{_ROOT}/{{name}}/configuration", self.get_configuration),
            Route(f"{_ROOT}/{{name}}/invocations", self.invoke, methods=["POST"]),
        ]

    async def list_functions(self, _: Request) -> Response:
        return _answer({"Functions": [_CONFIGURATION], "NextMarker": None})

    async def get_function(self, request: Request) -> Response:
        _require(request)
        return _answer({"Configuration": _CONFIGURATION, "Tags": {}})

    async def get_configuration(self, request: Request) -> Response:
        _require(request)
        return _answer(_CONFIGURATION)

    async def invoke(self, request: Request) -> Response:
        _require(request)
        wish = _wish(await body(request))
        match request.headers.get("x-amz-invocation-type", "RequestResponse"):
            case "DryRun":
                return Response(status_code=HTTPStatus.NO_CONTENT)
            case "Event":
                return Response(status_code=HTTPStatus.ACCEPTED)
            case _:
                return _executed(self.quote(wish))

    def quote(self, wish: Wish) -> Quote:
        """What so many of a product cost now. Raises `FunctionError` for an unknown one."""
        product = self._products.get(wish.sku)
        if product is None:
            raise FunctionError(f"no product {wish.sku}")
        rebate = next((less for many, less in _REBATES if wish.quantity >= many), Decimal(0))
        unit_price = (product.price * (1 - rebate)).quantize(_CENT)
        return Quote(
            sku=product.sku,
            quantity=wish.quantity,
            unit_price=unit_price,
            total=unit_price * wish.quantity,
            currency=product.currency,
            valid_until=_midnight(),
        )


def app(records: Records) -> Starlette:
    """The Lambda API as an ASGI application."""
    return Starlette(
        routes=Pricing(records).routes(),
        exception_handlers={Refusal: _refused, FunctionError: _failed},
    )


_CONFIGURATION = {
    "FunctionName": FUNCTION,
    "FunctionArn": f"{_ARN}{FUNCTION}",
    "Description": "What so many of a product cost now.",
    "Runtime": "python3.13",
    "Handler": "pricing.quote",
    "Version": "$LATEST",
    "State": "Active",
    "PackageType": "Zip",
    "LastModified": "2026-05-01T00:00:00.000+0000",
}


def _require(request: Request) -> None:
    asked = request.path_params["name"]
    named = _NAME.fullmatch(asked)
    version = request.query_params.get("Qualifier", "$LATEST")
    if named is None or named["name"] != FUNCTION or version != "$LATEST":
        message = f"Function not found: {_ARN}{asked}"
        raise Refusal(HTTPStatus.NOT_FOUND, "ResourceNotFoundException", message)


def _wish(payload: bytes) -> Wish:
    try:
        event = msgspec.json.decode(payload)
    except msgspec.DecodeError as error:
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            "InvalidRequestContentException",
            f"Could not parse request body into json: {error}",
        ) from error
    try:
        return msgspec.convert(event, Wish)
    except msgspec.ValidationError as error:
        raise FunctionError(str(error)) from error


def _midnight() -> dt.datetime:
    """The end of tomorrow, UTC."""
    day_after = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    return dt.datetime.combine(day_after, dt.time(), dt.UTC)


def _executed(value: object) -> Response:
    answer = _answer(value)
    answer.headers["x-amz-executed-version"] = "$LATEST"
    return answer


async def _failed(_: Request, error: Exception) -> Response:
    failure = {"errorMessage": str(error), "errorType": "QuoteError", "stackTrace": []}
    answer = _executed(failure)
    answer.headers["x-amz-function-error"] = "Unhandled"
    return answer


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    answer = _answer({"Type": "User", "Message": error.message}, status=error.status)
    answer.headers["x-amzn-errortype"] = error.kind
    return answer


def _answer(value: object, *, status: int = HTTPStatus.OK) -> Response:
    headers = {"x-amzn-requestid": str(uuid.uuid4())}
    return Response(msgspec.json.encode(value), status, headers, "application/json")

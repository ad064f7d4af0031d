"""Our signatures against those of botocore's own signer."""

import calendar
import time

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from upstreams.aws_lambda.sign import Keys, Signer
from upstreams.transport import Request

NOW = calendar.timegm((2026, 11, 22, 23, 59, 58))
KEYS = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI", "temporary+/=")

TEXT = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), max_size=20)
WORD = st.text("abcxyz019-._~", min_size=1, max_size=12)
ENCODED = st.lists(st.sampled_from(["a", "Z", "%2F", "%20", "~", "..", ".", "", "%25", "+", ":"]))
HEADERS = st.dictionaries(
    st.one_of(WORD.filter(str.isalnum), st.sampled_from(["User-Agent", "traceparent", "X-Team"])),
    TEXT,
    max_size=5,
)


def botocores(request: Request, keys: Keys, service: str) -> str:
    """The proof that botocore gives for the same request, now."""
    credentials = Credentials(keys.access, keys.secret, keys.token or None)
    signed = AWSRequest(request.method, request.url, dict(request.headers), request.body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(credentials, service, "eu-west-1").add_auth(signed)
    return f"{signed.headers['X-Amz-Date']} {signed.headers['Authorization']}"


def ours(request: Request, keys: Keys, service: str, date: str) -> str:
    """Our proof at that time."""
    now = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    signer = Signer(keys, "eu-west-1", service)
    # What is kept from one signature to the next is part of the proof.
    signer.sign(Request(request.method, request.url, request.headers, b"another"), now)
    headers = dict(signer.sign(request, now).headers)
    return f"{headers['X-Amz-Date']} {headers['Authorization']}"


@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    host=st.sampled_from(["lambda.eu-west-1.amazonaws.com", "127.0.0.1:9001", "X.example:443"]),
    path=ENCODED,
    query=st.lists(st.tuples(WORD, ENCODED.map("".join)), max_size=4),
    headers=HEADERS,
    body=st.one_of(st.none(), st.binary(max_size=100)),
    token=st.sampled_from(["", "temporary+/="]),
    service=st.sampled_from(["lambda", "execute-api", "s3"]),
)
def test_signatures_are_botocores(  # a request has so many parts
    method: str,
    host: str,
    path: list[str],
    query: list[tuple[str, str]],
    headers: dict[str, str],
    body: bytes | None,
    token: str,
    service: str,
) -> None:
    """Whatever is sent, byte for byte the same proof."""
    asked = "&".join(f"{name}={value}" for name, value in query)
    url = f"https://{host}/{'/'.join(path)}" + (f"?{asked}" if asked else "")
    request = Request(method, url, tuple(headers.items()), body)
    keys = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI", token)

    expected = botocores(request, keys, service)

    assert ours(request, keys, service, expected.partition(" ")[0]) == expected


def test_the_key_of_a_day_is_made_anew_at_midnight() -> None:
    """A signer that has signed on one day signs rightly on the next."""
    signer, request = Signer(KEYS, "eu-west-1", "lambda"), Request("GET", "https://a.example/")
    signer.sign(request, NOW)

    tomorrow = signer.sign(request, NOW + 3)

    fresh = Signer(KEYS, "eu-west-1", "lambda").sign(request, NOW + 3)
    assert tomorrow.headers == fresh.headers
    assert "/20261123/" in dict(tomorrow.headers)["Authorization"]


@pytest.mark.parametrize(
    "name", ["Authorization", "date", "X-AMZ-DATE", "X-Amz-Security-Token", "x-amz-content-sha256"]
)
def test_the_proof_is_nobody_elses(name: str) -> None:
    """What a client or the settings say in a header of the proof is left out."""
    signer = Signer(Keys("AKIDEXAMPLE", "example"), "eu-west-1", "lambda")
    plain = Request("GET", "https://a.example/")

    signed = signer.sign(Request("GET", "https://a.example/", ((name, "theirs"),)), NOW)

    assert signed.headers == signer.sign(plain, NOW).headers


def test_what_is_kept_of_requests_is_bounded() -> None:
    """A second in which every request has headers of its own is remembered in part."""
    signer, url = Signer(KEYS, "eu-west-1", "lambda"), "https://a.example/"

    for number in range(2000):
        signer.sign(Request("GET", url, (("x-team", str(number)),)), NOW)

    assert signer._moment is not None
    assert len(signer._moment.heads) < 1000


def test_secrets_are_not_shown() -> None:
    """Neither the secret nor the token is in a printed set of keys."""
    assert "wJalr" not in repr(KEYS)
    assert "temporary" not in repr(KEYS)

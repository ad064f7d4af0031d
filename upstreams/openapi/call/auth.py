"""Who calls: credentials from the settings, put where a function's security schemes want them."""

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from upstreams import tls
from upstreams.errors import Unreachable
from upstreams.kind import Call
from upstreams.model import Function
from upstreams.openapi.model import (
    Binding,
    Credential,
    Guard,
    Need,
    OpenApiCatalog,
    Parameter,
    Scheme,
    Settings,
    Style,
    Where,
    is_same_host,
)

if TYPE_CHECKING:
    from upstreams.openapi.call.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Proof:
    """What a request carries to prove who calls."""

    headers: Sequence[tuple[str, str]] = ()
    query: Sequence[tuple[Parameter, Any]] = ()
    cookies: Sequence[tuple[Parameter, Any]] = ()
    sources: Sequence[tuple["Tokens", str]] = ()
    """The tokens it carries, and where they are from."""

    def refused(self) -> None:
        """Note that the backend did not accept it: its tokens are not used again."""
        for tokens, token in self.sources:
            tokens.drop(token)


NOTHING = Proof()


class Auth:
    """The credentials of one upstream."""

    def __init__(self, settings: Settings, catalog: OpenApiCatalog) -> None:
        self._settings = settings
        self._schemes = {one.name: one for one in catalog.wire.schemes}
        self._served = settings.url or catalog.url
        self._carried = frozenset(name.lower() for name in settings.headers)
        self._usable = {
            name: credential
            for name, credential in settings.auth.items()
            if name in self._schemes and self._schemes[name].takes(credential)
        }
        self._tokens: dict[tuple[str, tuple[str, ...]], Tokens] = {}

    def is_asked_for(self, function: Function[Binding]) -> bool:
        """Whether there may be something to prove."""
        return bool(function.binding.security and self._usable)

    async def proof(self, call: Call) -> Proof:
        """What the call's function asks for, as far as the settings have it. Raises `CallError`.

        Of several alternatives the first that is complete is taken; none of them leaves the
        request as it is, for its headers may say enough.
        """
        binding: Binding = call.function.binding
        if not self.is_asked_for(call.function):
            return NOTHING
        carried = self._carried | call.headers.keys()
        for needs in binding.security:
            if needs and all(self._is_met(need, carried) for need in needs):
                return await self._all(needs, carried, call.deadline)
        return NOTHING

    def _is_met(self, need: Need, carried: Collection[str]) -> bool:
        scheme = self._schemes.get(need.scheme)
        return scheme is not None and (scheme.name in self._usable or _carries(scheme, carried))

    async def _all(self, needs: Sequence[Need], carried: Collection[str], deadline: float) -> Proof:
        found = NOTHING
        for need in needs:
            scheme = self._schemes[need.scheme]
            if not _carries(scheme, carried):
                one = await self._one(scheme, self._usable[need.scheme], need, deadline)
                found = _together(found, one)
        return found

    async def _one(
        self, scheme: Scheme, credential: Credential, need: Need, deadline: float
    ) -> Proof:
        match scheme.guard:
            case Guard.API_KEY:
                return _key(scheme, credential.value or "")
            case Guard.BASIC:
                return Proof(headers=[("Authorization", _basic(credential))])
            case Guard.BEARER if credential.token is not None:
                return Proof(headers=[("Authorization", f"Bearer {credential.token}")])
            case Guard.BEARER:
                tokens = self._source(scheme, credential, need)
                token = await tokens.token(deadline)
                return Proof(
                    headers=[("Authorization", f"Bearer {token}")], sources=[(tokens, token)]
                )
            case _:
                return NOTHING

    def _source(self, scheme: Scheme, credential: Credential, need: Need) -> "Tokens":
        scopes = credential.scopes or tuple(sorted(need.scopes))
        known = (scheme.name, scopes)
        if known not in self._tokens:
            # What asks for tokens takes much memory, and few upstreams want any.
            from upstreams.openapi.call.tokens import Tokens

            url = _endpoint(scheme, credential, self._served)
            files = tls.files(self.line()) if is_same_host(url, self._served) else tls.NONE
            self._tokens[known] = Tokens(url, credential, scopes, files)
        return self._tokens[known]

    def line(self) -> Settings:
        """The settings with the certificate that a scheme for mutual TLS has, if one has."""
        for one in self._usable.values():
            if one.certificate:
                return replace(self._settings, certificate=one.certificate, key=one.key)
        return self._settings


def _carries(scheme: Scheme, carried: Collection[str]) -> bool:
    """Whether the user's own headers already say it."""
    header = scheme.parameter.lower() if scheme.where is Where.HEADER else ""
    return scheme.guard is not Guard.MUTUAL_TLS and header in carried


def _endpoint(scheme: Scheme, credential: Credential, served: str) -> str:
    try:
        return scheme.endpoint(credential, served)
    except ValueError as error:
        raise Unreachable(str(error), retryable=False) from error


def _key(scheme: Scheme, value: str) -> Proof:
    parameter = Parameter(scheme.parameter, scheme.where, scheme.name, Style.FORM)
    match scheme.where:
        case Where.QUERY:
            return Proof(query=[(parameter, value)])
        case Where.COOKIE:
            return Proof(cookies=[(parameter, value)])
        case _:
            return Proof(headers=[(scheme.parameter, value)])


def _basic(credential: Credential) -> str:
    """RFC 7617, in UTF-8."""
    both = f"{credential.username}:{credential.password or ''}"
    return f"Basic {base64.b64encode(both.encode()).decode()}"


def _together(one: Proof, other: Proof) -> Proof:
    return Proof(
        (*one.headers, *other.headers),
        (*one.query, *other.query),
        (*one.cookies, *other.cookies),
        (*one.sources, *other.sources),
    )

"""Settings of which calls may be shown."""

from dataclasses import replace

from upstreams import shell
from upstreams.shell import HIDDEN
from upstreams.soap.model import Auth, Settings, Wsse


def concealed(settings: Settings) -> Settings:
    """The same settings, with nothing in them that is secret; what they sign with is left out."""
    blocks = {name: dict.fromkeys(texts, HIDDEN) for name, texts in settings.soap_headers.items()}
    auth = settings.auth and _concealed(settings.auth)
    return replace(shell.concealed(settings), soap_headers=blocks, auth=auth)


def _concealed(auth: Auth) -> Auth:
    return Auth(
        username=auth.username and HIDDEN,
        password=auth.password and HIDDEN,
        wsse=auth.wsse and _unsigned(auth.wsse),
    )


def _unsigned(wsse: Wsse) -> Wsse:
    return Wsse(
        username=wsse.username and HIDDEN,
        password=wsse.password and HIDDEN,
        digest=wsse.digest,
        nonce=wsse.nonce,
        timestamp=wsse.timestamp,
    )

"""TLS as a client speaks it: certificates verified, by the system's authorities or those told."""

import functools
import ssl


class UnusableError(Exception):
    """A file of certificates or keys cannot be used; the message says which and why."""


@functools.cache
def context(
    ca: str | None = None, certificate: str | None = None, key: str | None = None
) -> ssl.SSLContext:
    """One context for all connections that are told the same: making one reads files.

    `ca`, `certificate` and `key` are paths of PEM files. Raises `UnusableError`.
    """
    try:
        made = ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as error:
        raise UnusableError(f"the authorities in {ca} cannot be read") from error
    if certificate is not None:
        try:
            made.load_cert_chain(certificate, key, password=_no_password)
        except (OSError, ValueError) as error:
            files = f"{certificate} with the key in {key}" if key else certificate
            raise UnusableError(f"the certificate in {files} cannot be used") from error
    return made


def _no_password() -> str:
    raise ValueError("an encrypted key")

"""Calling operations over HTTP: an envelope out, a value or a fault back.

Read in this order: `client` (build, send, read), `envelopes` (what is sent), `headers`, `security`
and `addressing` (what is in its Header), `packages` (what is sent beside it), `answers` (what comes
back), `attachments` (what comes beside it), `faults` (what comes back instead), `shown` (both as
clients see them), `explained` (settings without secrets, for what is shown of calls).
"""

from upstreams.soap.call.client import SoapClient

__all__ = ["SoapClient"]

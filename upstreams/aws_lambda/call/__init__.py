"""Calls to functions.

Read in this order: `client` (which way a call goes), `payload` (arguments as an event, an answer as
a value; `layouts`, where a call is more than that), `invocations` (one event sent, again where AWS
throttles), `gateway` (an HTTP request as an event, and back), `streams` (answers that come bit by
bit), `explained` (an invocation as a command).
"""

from upstreams.aws_lambda.call.client import LambdaClient

__all__ = ["LambdaClient"]

"""AWS Lambda: functions named in the configuration, called through the Invoke API.

Read in this order: `model` (settings, references, bindings), `discover` (which functions there
are), `sdl` and `translate` (what they take and give), `call` (one invocation), `api` and `sign`
(the requests under both).
"""

from upstreams.aws_lambda.model import Binding, LambdaCatalog, Settings
from upstreams.kind import Client, Kind

__all__ = ["KIND"]


async def _discover(settings: Settings) -> LambdaCatalog:
    # Imported when used: what is behind it (aiohttp, graphql-core) is slow to import.
    from upstreams.aws_lambda.discover import discover

    return await discover(settings)


def _connect(_name: str, settings: Settings, _catalog: LambdaCatalog) -> Client:
    # As above.
    from upstreams.aws_lambda.call import LambdaClient

    return LambdaClient(settings)


KIND: Kind[Settings, Binding, None] = Kind(
    name="lambda",
    settings=Settings,
    catalog=LambdaCatalog,
    discover=_discover,
    connect=_connect,
)

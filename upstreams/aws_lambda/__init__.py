"""AWS Lambda: functions named in the configuration, called through the Invoke API.

Read in this order: `model` (settings, references, bindings), `discover` (which functions there
are, and what says what they take), `translate` (that as types), `call` (one invocation), `api` and
`sign` (the requests under both).
"""

from functools import partial

from upstreams.aws_lambda.carried import Carrier
from upstreams.aws_lambda.model import Binding, LambdaCatalog, Settings, Wire
from upstreams.kind import Client, Kind
from upstreams.model import Catalog

__all__ = ["kind_over"]


def kind_over(rest: Carrier) -> Kind[Settings, Binding, Wire]:
    """The kind, which leaves what functions serve behind HTTP APIs to another kind."""
    return Kind(
        name="lambda",
        settings=Settings,
        catalog=Catalog[Binding, Wire[rest.catalog]],  # type: ignore[name-defined] # known at run time only
        discover=partial(_discover, rest),
        connect=partial(_connect, rest),
    )


async def _discover(rest: Carrier, settings: Settings) -> LambdaCatalog:
    # Imported when used: what is behind it (botocore, graphql-core) is slow to import.
    from upstreams.aws_lambda.discover import discover

    return await discover(rest, settings)


def _connect(rest: Carrier, name: str, settings: Settings, catalog: LambdaCatalog) -> Client:
    # As above.
    from upstreams.aws_lambda.call import LambdaClient

    return LambdaClient(rest, name, settings, catalog)

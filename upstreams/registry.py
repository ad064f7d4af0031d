"""The kinds there are: the only file that knows every one of them."""

from collections.abc import Mapping

from upstreams import aws_lambda, grpc, openapi, soap
from upstreams.kind import AnyKind

KINDS: Mapping[str, AnyKind] = {
    kind.name: kind for kind in (openapi.KIND, grpc.KIND, soap.KIND, aws_lambda.KIND)
}

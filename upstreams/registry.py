"""The kinds there are: the only file that knows every one of them."""

from collections.abc import Mapping

from upstreams import aws_lambda, graphql_api, grpc, openapi, soap
from upstreams.aws_lambda.carried import Carrier
from upstreams.kind import AnyKind

REST = Carrier(openapi.KIND.catalog, openapi.parsed, openapi.translated, openapi.carried)
"""What stands behind API Gateway is described in OpenAPI, and called as it says."""

KINDS: Mapping[str, AnyKind] = {
    kind.name: kind
    for kind in (
        openapi.KIND,
        grpc.KIND,
        soap.KIND,
        aws_lambda.kind_over(REST),
        graphql_api.KIND,
    )
}

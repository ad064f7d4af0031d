"""The embedded backends of `splice demo`: one small company, described in four ways.

Read in this order: `records` (what the company knows, and the keys that join it), then one file
per backend, each with its description beside it, then `run`, which serves them together.

* `shop` speaks REST: `shop.openapi.yaml`
* `parcels` speaks gRPC: `parcels_proto`, written with `protobuf`
* `bank` speaks SOAP: `bank.wsdl`, its messages in an `envelope`
* `pricing` is a Lambda function: `pricing.types.graphql`
"""

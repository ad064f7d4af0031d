"""Handlers in Python, run by serverless-offline."""  # noqa: INP001 - a folder of handlers

import base64
import json
from typing import Any


def quote(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The price of so many."""
    return {"sku": event["sku"], "total": event.get("quantity", 1) * 20.25, "by": "python"}


def serve(event: dict[str, Any], context: object) -> dict[str, Any]:
    """An HTTP answer, in base64: how much came, and the event itself."""
    body = event.get("body") or ""
    raw = base64.b64decode(body) if event["isBase64Encoded"] else body.encode()
    content = json.dumps({"length": len(raw), "event": event}).encode()
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "isBase64Encoded": True,
        "body": base64.b64encode(content).decode(),
    }

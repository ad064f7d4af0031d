"""Answers that come bit by bit: frames around chunks, chunks as messages."""

from upstreams.aws_lambda.call.streams.frames import payloads
from upstreams.aws_lambda.call.streams.messages import messages

__all__ = ["messages", "payloads"]

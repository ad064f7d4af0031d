"""Log lines: one line each, whatever is in them."""

import json
import logging

import pytest

from app.telemetry import JsonFormatter, TextFormatter

HOSTILE = "a\nERROR forged\x1b[2J \ud800"


def record(message: str, **fields: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "app", "levelname": "INFO", "msg": message})
    made.__dict__.update(fields)
    return made


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
def test_a_line_is_one_line(formatter: logging.Formatter) -> None:
    """What a backend wrote cannot begin a line of its own, nor speak to a terminal."""
    line = formatter.format(record(HOSTILE, problem=HOSTILE, short="x\ny", odd=object()))

    assert line.isprintable()
    assert "forged" in line


def test_json_lines_are_json() -> None:
    """Half a character and objects of any class included."""
    line = json.loads(JsonFormatter().format(record(HOSTILE, odd={1: object()})))

    assert line["event"] == HOSTILE
    assert line["level"] == "info"

"""Log lines: an event in the past tense and its fields, one line each, on standard error."""

import json
import logging
import sys
from datetime import UTC, datetime

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, event, and the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON text."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TextFormatter(logging.Formatter):
    """The same for people: `12:30:01 info discovered upstream upstream=shop functions=9`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, and a trace below it where there is one."""
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        fields = " ".join(f"{key}={_quoted(value)}" for key, value in _fields(record).items())
        event = _one_line(record.getMessage())
        line = f"{time} {record.levelname.lower()} {event} {fields}".rstrip()
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return line


def configure_logging(level: str | int = "info", *, as_json: bool | None = None) -> None:
    """Send the gateway's log lines to standard error: as JSON unless a person is watching.

    `level`: a name or, as `logging` has them, a number.
    """
    handler = logging.StreamHandler(sys.stderr)
    if as_json is None:
        as_json = not sys.stderr.isatty()
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    logging.basicConfig(
        level=level.upper() if isinstance(level, str) else level, handlers=[handler], force=True
    )
    for chatty in ("asyncio", "httpx", "httpcore", "zeep", "botocore", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD}


def _quoted(value: object) -> str:
    text = str(value)
    return repr(text) if not text or " " in text else _one_line(text)


def _one_line(text: str) -> str:
    """The text with what would begin a new line, or speak to a terminal, spelled out."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)

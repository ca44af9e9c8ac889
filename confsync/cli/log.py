"""What a run reports on stderr with `--log-format json`: one JSON object on each line."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from confsync.views.escaping import harmless_json, utf8_safe

if TYPE_CHECKING:
    from confsync.diagnostics import Diagnostic

Fields = Mapping[str, object]


def log_line(event: str, level: str, message: str, fields: Fields) -> str:
    """Write one event in ASCII; fields without a value are left out."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    content: dict[str, object] = {"time": moment, "level": level, "event": event, "message": utf8_safe(message)}
    content |= {name: value for name, value in fields.items() if value is not None}
    return harmless_json(json.dumps(content, default=str)) + "\n"


def diagnostic_lines(diagnostics: "Iterable[Diagnostic]") -> Iterable[tuple[str, str, Fields]]:
    """Yield the level, the message and the fields of each diagnostic."""
    for each in diagnostics:
        start = each.range.start if each.range else None
        place = {"file": start.file, "line": start.line, "column": start.column} if start else {}
        yield each.severity, each.summary, {"code": each.code, "detail": each.detail or None, **place}

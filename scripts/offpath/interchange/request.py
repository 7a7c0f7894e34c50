"""What a person asks for who imports a log."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for."""

    file: Path
    journey: str
    given: dict[str, str] = field(default_factory=dict)
    kind: str | None = None
    object_type: str | None = None
    classifier: str | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"
    timezone: str = "UTC"
    time_format: str | None = None
    loaded_at: datetime | None = None

"""The events of a log as they are read, on disk until it is known what they are."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from offpath.interchange.fields import Row, Source, Value

MOST_SAMPLES = 3


@dataclass(slots=True)
class FieldProfile:
    """What values a field has."""

    count: int = 0
    samples: list[str] = field(default_factory=list)

    def take(self, text: str) -> None:
        """Take a value."""
        self.count += 1
        if len(self.samples) < MOST_SAMPLES and text not in self.samples:
            self.samples.append(text)


@dataclass(slots=True)
class Staged:
    """Events on disk, and what fields they have."""

    file: Path
    profiles: dict[str, FieldProfile]
    count: int

    def rows(self) -> Iterator[Row]:
        """Yield the events in their order."""
        with self.file.open(encoding="utf-8", errors="surrogatepass") as file:
            for line in file:
                place, fields = json.loads(line)
                yield Row(
                    place,
                    {
                        name: Value(each) if isinstance(each, str) else Value(*each)
                        for name, each in fields.items()
                    },
                )


def staged(source: Source, file: Path) -> Staged:
    """Write the events of a log to a file; the log is read to its end."""
    profiles = {name: FieldProfile() for name in source.names}
    count = 0
    with file.open("w", encoding="utf-8", errors="surrogatepass") as staging:
        for count, row in enumerate(source.rows, 1):  # noqa: B007 - read below
            fields: dict[str, str | Value] = {}
            for name, value in row.fields.items():
                profile = profiles.get(name)
                if profile is None:
                    profile = profiles[name] = FieldProfile()
                profile.take(value.text)
                fields[name] = value.text if value.json is None else value
            json.dump([row.place, fields], staging, ensure_ascii=False)
            staging.write("\n")
    # Some logs say while they are read what fields they have.
    for name in source.names:
        profiles.setdefault(name, FieldProfile())
    return Staged(file, profiles, count)

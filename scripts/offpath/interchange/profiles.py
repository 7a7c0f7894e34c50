"""What values the fields of a log have."""

from dataclasses import dataclass, field

from offpath.interchange.fields import Advance, Source

MOST_SAMPLES = 3
LONGEST_SAMPLE = 200


@dataclass(slots=True)
class FieldProfile:
    """How many events have a field, and what its first values begin with."""

    count: int = 0
    samples: list[str] = field(default_factory=list)

    def take(self, text: str) -> None:
        """Take a value."""
        self.count += 1
        if len(self.samples) < MOST_SAMPLES:
            sample = text[:LONGEST_SAMPLE]
            if sample not in self.samples:
                self.samples.append(sample)


def profiles_of(source: Source, advance: Advance) -> dict[str, FieldProfile]:
    """Read a log to its end; return its fields, also those without any value."""
    profiles = {name: FieldProfile() for name in source.names}
    for row in source.read(advance):
        for name, value in row.fields.items():
            profile = profiles.get(name)
            if profile is None:
                profile = profiles[name] = FieldProfile()
            profile.take(value.text)
    # Some logs say while they are read what fields they have.
    for name in source.names:
        profiles.setdefault(name, FieldProfile())
    return profiles

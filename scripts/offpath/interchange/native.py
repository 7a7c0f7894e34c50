"""Further fields of events as columns of their own, for tools that read no JSON."""

from collections.abc import Iterable

from offpath.interchange.mapping import NAMES, simple

# Names by which an import takes a field for a column of the contract.
USUAL = frozenset(simple(name) for names in NAMES.values() for name in names)


def native_names(names: Iterable[str], taken: Iterable[str], most: int) -> list[str]:
    """Return the names that can be columns beside those that are taken.

    Engines take names that differ in case for one, and none has a NUL in it. At most
    so many; all other fields stand in the JSON alone.
    """
    known = {name.lower() for name in taken}
    found = []
    for name in names:
        folded = name.lower()
        if not name or folded in known or simple(name) in USUAL or "\0" in name:
            continue
        known.add(folded)
        found.append(name)
    return found[:most]

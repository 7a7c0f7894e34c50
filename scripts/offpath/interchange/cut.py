"""The events of a log as texts of the contract, on disk until they are cast."""

from contextlib import closing
from pathlib import Path

from offpath.interchange.case_numbers import CaseNumbers
from offpath.interchange.fields import Advance, Row, Source, with_attributes
from offpath.interchange.lines import Lines
from offpath.interchange.mapping import Columns


def cut_of(source: Source, columns: Columns, folder: Path, advance: Advance) -> Lines:
    """Write the events of a log as what the contract has, with their number in it."""
    cut = Lines(folder / "lines")
    used = columns.used
    with closing(CaseNumbers(folder / "cases.sqlite")) as numbers:
        for row in source.read(advance):
            texts = _texts(row, columns, used)
            number = numbers.next_of(texts.get("case_id", ""))
            cut.add({"place": row.place, "number_in_case": number, **texts})
    return cut


def _texts(row: Row, columns: Columns, used: frozenset[str]) -> dict[str, str]:
    """Return an event as texts of the contract; what is no column is an attribute."""
    texts: dict[str, str] = {}
    for column, names in columns.fields.items():
        found = [each.text for name in names if (each := row.fields.get(name))]
        if found:
            texts[column] = "+".join(found)
    # The field that holds attributes is nested by nature.
    (holder, *_) = columns.fields.get("attributes", ("",))
    more = {
        name: value
        for name, value in row.fields.items()
        if name not in used or (value.is_nested and name != holder)
    }
    attributes = with_attributes(texts.get("attributes"), more)
    if attributes is not None:
        texts["attributes"] = attributes
    return texts

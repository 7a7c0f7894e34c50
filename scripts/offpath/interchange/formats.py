"""Which format a file has, and who reads it."""

import gzip
import zlib
from pathlib import Path
from typing import Protocol

from offpath.errors import ConfigurationError
from offpath.interchange.fields import Advance, Source
from offpath.interchange.files import opened
from offpath.interchange.ocel import read_ocel
from offpath.interchange.tables import read_csv, read_parquet
from offpath.interchange.xes import read_xes

KINDS = ("xes", "ocel-sqlite", "ocel-json", "ocel-xml", "csv", "parquet")
MARKS = {b"PAR1": "parquet", b"SQLite format 3\0": "ocel-sqlite"}
OBJECT_CENTRIC = (b"<object-types", b"<event-types", b"<objects", b"<relationship")


class Asked(Protocol):
    """What of a request decides how a file is read."""

    @property
    def file(self) -> Path:
        """The file."""

    @property
    def kind(self) -> str | None:
        """Its format; null where it must be found out."""

    @property
    def object_type(self) -> str | None:
        """Type of the objects that are the cases."""

    @property
    def delimiter(self) -> str | None:
        """Sign between the fields of a table of texts."""

    @property
    def encoding(self) -> str:
        """Encoding of a table of texts."""


def kind_of(path: Path) -> str:
    """Return the format of a file, by what it begins with; by its name if it is CSV."""
    try:
        with opened(path) as (file, _):
            begin = file.read(1 << 14)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        # Who reads it says so.
        begin = b""
    for mark, kind in MARKS.items():
        if begin.startswith(mark):
            return kind
    text = begin.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    name = path.name.lower().removesuffix(".gz")
    if text.startswith(b"<"):
        is_object_centric = name.endswith(".xmlocel") or any(
            mark in begin for mark in OBJECT_CENTRIC
        )
        return "ocel-xml" if is_object_centric and b"<trace" not in begin else "xes"
    if text.startswith(b"{"):
        return "ocel-json"
    endings = {".xes": "xes", ".jsonocel": "ocel-json", ".xmlocel": "ocel-xml"}
    known = (kind for ending, kind in endings.items() if name.endswith(ending))
    return next(known, "csv")


def open_source(asked: Asked, folder: Path, advance: Advance) -> Source:
    """Open a log; what is needed on the way is written to the folder.

    Raise ConfigurationError where an option is for another format, and what the readers
    raise.
    """
    kind = asked.kind or kind_of(asked.file)
    if asked.object_type is not None and not kind.startswith("ocel"):
        message = f"--object-type is for OCEL, and {asked.file} is {kind}"
        raise ConfigurationError(message)
    if kind == "xes":
        return read_xes(asked.file, advance)
    if kind == "csv":
        return read_csv(asked.file, advance, asked.delimiter, asked.encoding)
    if kind == "parquet":
        return read_parquet(asked.file, advance)
    form = kind.removeprefix("ocel-")
    layout = folder / "layout.sqlite"
    return read_ocel(asked.file, advance, form, asked.object_type, layout)

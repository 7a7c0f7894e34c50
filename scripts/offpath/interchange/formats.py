"""Which format a file has, and who reads it."""

import gzip
import zlib
from pathlib import Path

from offpath.errors import ConfigurationError
from offpath.interchange.fields import Advance, Source
from offpath.interchange.files import opened
from offpath.interchange.ocel import read_ocel
from offpath.interchange.request import Request
from offpath.interchange.tables import read_csv, read_parquet
from offpath.interchange.xes import read_xes

KINDS = ("xes", "ocel-sqlite", "ocel-json", "csv", "parquet")
MARKS = {b"PAR1": "parquet", b"SQLite format 3\0": "ocel-sqlite"}


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
        return "xes"
    if text.startswith(b"{"):
        return "ocel-json"
    # Who reads it says what else it is.
    return "xes" if name.endswith(".xes") else "csv"


def open_source(request: Request, folder: Path, advance: Advance) -> Source:
    """Open a log; what is needed on the way is written to the folder.

    Raise ConfigurationError where an option is for another format, and what the readers
    raise.
    """
    kind = request.kind or kind_of(request.file)
    if request.object_type is not None and not kind.startswith("ocel"):
        message = f"--object-type is for OCEL, and {request.file} is {kind}"
        raise ConfigurationError(message)
    if kind == "xes":
        return read_xes(request.file)
    if kind == "csv":
        return read_csv(request.file, request.delimiter, request.encoding)
    if kind == "parquet":
        return read_parquet(request.file)
    form = kind.removeprefix("ocel-")
    layout = folder / "layout.sqlite"
    return read_ocel(request.file, advance, form, request.object_type, layout)

"""Files as they are read and written: compressed or not, whole or not at all."""

import gzip
import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from offpath.errors import ConfigurationError
from offpath.home import DRAFT
from offpath.interchange.fields import Advance

CHUNK = 1 << 18
GZIP = b"\x1f\x8b"


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Yield a file to read, unpacked if it is packed, and the file that is on disk."""
    with path.open("rb") as raw:
        is_packed = raw.read(2) == GZIP
        raw.seek(0)
        if not is_packed:
            yield raw, raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield cast("BinaryIO", unpacked), raw


def chunks_of(path: Path, advance: Advance) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked if it is packed, and say how far it is."""
    size = max(path.stat().st_size, 1)
    with opened(path) as (file, raw), told_if_cut(path):
        while chunk := file.read(CHUNK):
            yield chunk
            advance(raw.tell() / size)


@contextmanager
def told_if_cut(path: Path) -> Iterator[None]:
    """Raise ConfigurationError where a packed file is cut or spoilt."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        message = f"{path} cannot be unpacked: {error}"
        raise ConfigurationError(message) from error


@contextmanager
def told_if_unwritable(path: Path) -> Iterator[None]:
    """Raise ConfigurationError where SQLite cannot write what a file is made of."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        message = f"{path} cannot be written: {error}"
        raise ConfigurationError(message) from error


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Yield a path beside a file, which takes its place once all has been written.

    Where anything fails the file is as it was. The draft is in a folder of its own, and
    so is whatever else is needed on the way.
    """
    folder = path.with_name(f"{DRAFT}{path.name}-{os.getpid()}")
    if path.is_dir():
        message = f"{path} is a folder"
        raise ConfigurationError(message)
    if not path.parent.is_dir():
        message = f"there is no folder {path.parent}"
        raise ConfigurationError(message)
    folder.mkdir()
    try:
        draft = folder / path.name
        with told_if_unwritable(path):
            yield draft
        draft.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

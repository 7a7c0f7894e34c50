"""Load the extensions of DuckDB that a catalogue needs; fetch none."""

import re
from importlib.util import find_spec
from pathlib import Path

import duckdb

from offpath.errors import MartError

# The extension of each word before a colon in an address as `ducklake:sqlite:PATH`.
EXTENSIONS = {
    "ducklake": "ducklake",
    "sqlite": "sqlite_scanner",
    "postgres": "postgres_scanner",
    "mysql": "mysql_scanner",
}
SCHEMES = re.compile(r"(?:[a-z][a-z_]+:)*", re.IGNORECASE)
# The value of a key of an address, and what stands before the @ of a URL, which DuckDB
# tells with one slash where it takes it for a path.
SECRET = re.compile(
    r"""((?:password|token|secret|key)\s*=\s*)(?:'(?:[^'\\]|\\.)*'|"[^"]*"|\S+)"""
    r"|(:/{1,2}[^:/@\s]*:)[^\s@]+",
    re.IGNORECASE,
)


def load_extensions(connection: duckdb.DuckDBPyConnection, address: str) -> None:
    """Load what the words before the colons of an address name.

    From packages of Python (`duckdb-extension-ducklake`), or else from where DuckDB's
    own `install` has put it. Raise MartError where it is in neither.
    """
    for scheme in schemes_of(address):
        name = EXTENSIONS.get(scheme)
        if name is None:
            continue
        packaged = _packaged(name)
        file = "'" + str(packaged).replace("'", "''") + "'" if packaged else name
        try:
            # DuckDB would look for it in the network.
            connection.execute("set autoinstall_known_extensions = false")
            connection.execute(f"load {file}")
        except duckdb.Error as error:
            message = (
                f"DuckDB {duckdb.__version__} has no extension {name} here; `make lake`"
                " makes an environment that has those of a lake, or install the package"
                f" duckdb-extension-{name.replace('_', '-')} of the same version"
            )
            raise MartError(message) from error


def schemes_of(address: str) -> list[str]:
    """Return the words before the colons that begin an address."""
    found = SCHEMES.match(address)
    return found[0].lower().split(":")[:-1] if found else []


def without_secrets(text: object) -> str:
    """Return the first line of a text with its passwords hidden."""
    return SECRET.sub(r"\1\2***", str(text).splitlines()[0])


def _packaged(name: str) -> Path | None:
    """Return the file of an extension in a package for this DuckDB; null if none."""
    found = find_spec(f"duckdb_extension_{name}")
    for folder in (found and found.submodule_search_locations) or []:
        version = f"v{duckdb.__version__}"
        path = Path(folder, "extensions", version, f"{name}.duckdb_extension")
        if path.exists():
            return path
    return None

"""Marts that another engine built: published, routed from, and refused where they lack."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import Result
from conftest import an_escalation, an_exception, build_warehouse
from offpath.extensions import without_secrets
from offpath.warehouse import publish as publishing
from offpath.warehouse.elsewhere import NEEDED
from offpath.warehouse.marts import literal, quoted
from pytest_httpserver import HTTPServer
from routed import ROUTE, received, serve

Offpath = Callable[..., Result]
Start = Callable[..., subprocess.Popen[str]]
EXCEPTIONS = [an_exception(1), an_exception(2, is_open=False, cleared_at="2026-04-01")]
ESCALATIONS = [an_escalation(1, 1, "fulfilment", "2026-04-01 16:00:00", 120)]
SET = "published/current/marts.duckdb"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Build a warehouse in a home of its own, with a view among its marts."""
    path = build_warehouse(tmp_path / "built", EXCEPTIONS, ESCALATIONS)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create view marts.fct_odd_types as select detected_at,"
            " cast(observed_value as decimal(18, 3)) as price, 'Größe; it''s' as words,"
            " cast(detected_at as date) as day from warehouse.marts.fct_exceptions"
        )
    return path


def as_spark_leaves_it(warehouse: Path, folder: Path) -> Path:
    """Write each mart as Spark does: a folder of parts, instants with their zone."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        connection.execute("use warehouse.marts")
        for (table,) in connection.execute("show tables").fetchall():
            described = connection.execute(f"describe {table}").fetchall()
            instants = [name for name, kind, *_ in described if kind == "TIMESTAMP"]
            casts = ", ".join(
                f"cast({name} as timestamptz) as {name}" for name in instants
            )
            rows = f"select {f'* replace ({casts})' if instants else '*'} from {table}"
            part = folder / table / "part-00000-0c1d.c000.snappy.parquet"
            part.parent.mkdir(parents=True)
            connection.execute(f"copy ({rows}) to {literal(part)} (format parquet)")
            (part.parent / "_SUCCESS").touch()
            (part.parent / f".{part.name}.crc").write_bytes(b"crc")
            # What a killed writer leaves.
            (folder / f".spark-staging-{table}").mkdir()
            shutil.copy(part, folder / f".spark-staging-{table}")
    return folder


def as_files(warehouse: Path, folder: Path) -> Path:
    for path in as_spark_leaves_it(warehouse, folder).glob("*/*.parquet"):
        path.rename(folder / f"{path.parent.name}.parquet")
    return folder


def as_another_file(warehouse: Path, folder: Path) -> Path:
    """Build it under another name, by which its view knows where it is."""
    folder.mkdir()
    path = folder / "elsewhere.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        connection.execute("create schema marts; use warehouse.marts")
        for (table,) in connection.execute("show tables").fetchall():
            kind = "view" if table == "fct_odd_types" else "table"
            source = "warehouse" if kind == "table" else "elsewhere"
            text = f"from warehouse.marts.{table}"
            if kind == "view":
                ((text,),) = connection.execute(
                    "select sql from duckdb_views() where view_name = 'fct_odd_types'"
                ).fetchall()
                text = text.partition(" AS ")[2].replace("warehouse.", f"{source}.")
            connection.execute(f"create {kind} elsewhere.marts.{table} as {text}")
    return path


def tables_of(path: Path) -> dict[str, tuple[object, object]]:
    """Return the columns and the rows of each table of a published set."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables()").fetchall()
        return {
            name: (
                connection.execute(f"describe {name}").fetchall(),
                connection.execute(f"from {name} order by all").fetchall(),
            )
            for (name,) in names
        }


@pytest.mark.parametrize("elsewhere", [as_spark_leaves_it, as_files, as_another_file])
def test_a_set_from_elsewhere_is_that_of_a_warehouse(
    built: Path,
    home: Path,
    tmp_path: Path,
    start: Start,
    offpath: Offpath,
    monkeypatch: pytest.MonkeyPatch,
    elsewhere: Callable[[Path, Path], Path],
) -> None:
    """Types, instants and all, in a session of another zone."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    source = elsewhere(built, tmp_path / "it's [here]*")
    run = start("publish", "--from", str(source))
    told, noise = run.communicate(timeout=60)
    assert run.returncode == 0
    assert noise.startswith("warning: the set has no board")
    assert noise.count("\n") == 1
    assert told.startswith("published 13 tables in ")

    own = built.parent
    assert offpath("publish", "--home", str(own)).exit_code == 0
    expected = tables_of(own / SET)
    assert set(NEEDED) | {"fct_odd_types"} == set(expected)
    assert tables_of(home / SET) == expected
    files = (own / "published/current").glob("*.parquet")
    assert {path.name for path in files} == {
        path.name for path in (home / "published/current").glob("*.parquet")
    }


def test_from_marts_of_elsewhere_to_a_message_and_back_into_the_set(
    built: Path, home: Path, tmp_path: Path, offpath: Offpath, httpserver: HTTPServer
) -> None:
    source = str(as_spark_leaves_it(built, tmp_path / "marts.db"))
    httpserver.expect_request("/hook").respond_with_data(status=200)
    assert offpath("route").exit_code == 5
    assert offpath("publish", "--from", source).exit_code == 0
    serve(home, httpserver, "inventory")
    assert offpath(*ROUTE).exit_code == 0
    assert [message["kind"] for message in received(httpserver)] == ["opened"]

    at = ("--as-of", "2026-04-01T13:00:00Z")
    status = offpath("status", *at)
    assert "awaiting_inventory_too_long of O-1" in status.stdout
    assert "marts as of 2026-04-01 12:00Z" in status.stdout
    account = offpath("why", "00000001")
    assert "sent" in account.stdout
    assert "fulfilment" in account.stdout, "its escalation"
    assert "awaiting_inventory_too_long" in offpath("report").stdout
    assert offpath("ack", "00000001", *at, "--by", "ada").exit_code == 0

    query = "select told_at, acknowledged_at from fct_exceptions where is_open"
    for again in (("--from", source), ()):
        former = (home / "published/current").resolve()
        assert offpath("publish", *again).exit_code == 0
        assert (home / "published/current").resolve() != former
        with duckdb.connect(str(home / SET), read_only=True) as published:
            assert published.execute(query).fetchall() == [
                (
                    datetime(2026, 4, 1, 12, tzinfo=UTC),
                    datetime(2026, 4, 1, 13, tzinfo=UTC),
                )
            ]


def test_which_marts_are_read_is_never_in_doubt(
    built: Path, home: Path, tmp_path: Path, offpath: Offpath
) -> None:
    source = str(as_spark_leaves_it(built, tmp_path / "marts.db"))
    assert offpath("publish", "--from", source).exit_code == 0
    build_warehouse(home, [an_exception(7)])
    assert "O-7" in offpath("status").stdout, "what is built here is what is read"
    refused = offpath("publish", "--from", source)
    assert refused.exit_code == 2
    assert "warehouse.duckdb is what commands read here" in refused.stderr
    assert "give a home of their own (--home), or move the" in refused.stderr
    (home / "warehouse.duckdb").unlink()
    assert "O-1" in offpath("status").stdout


def emptied(table: str) -> Callable[[Path], None]:
    """Leave a table without a row, as a build that has begun does."""

    def empty(folder: Path) -> None:
        (part,) = (folder / table).glob("*.parquet")
        duckdb.execute(f"copy (from '{part}' limit 0) to '{part}.new' (format parquet)")
        Path(f"{part}.new").rename(part)

    return empty


def of_version_7(folder: Path) -> None:
    (part,) = (folder / "dim_build").glob("*.parquet")
    duckdb.execute(
        "copy (select as_of, 7 as contract_version"
        f" from '{part}') to '{part}.new' (format parquet)"
    )
    Path(f"{part}.new").rename(part)


def without(*tables: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        for table in tables:
            shutil.rmtree(folder / table)

    return remove


def without_files_of(table: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        for part in (folder / table).glob("*.parquet"):
            part.unlink()

    return remove


def torn(folder: Path) -> None:
    (part,) = (folder / "fct_cases").glob("*.parquet")
    part.write_bytes(part.read_bytes()[:100])


UNFINISHED = "the last build did not finish; mend what failed and build again"
BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "half built": (emptied("dim_build"), UNFINISHED),
    "half built, to the last file": (without_files_of("dim_build"), UNFINISHED),
    "of another version": (of_version_7, "have contract version 7 and this command"),
    "two are missing": (
        without("fct_cases", "fct_warnings"),
        "lacks fct_cases, fct_warnings; build all marts there",
    ),
    "without files": (without_files_of("fct_cases"), "lacks fct_cases; build all"),
    "without marts": (
        without("fct_exceptions"),
        "has no folder or file of Parquet called fct_exceptions; give the folder",
    ),
    "torn": (torn, "cannot be read: "),
    "gone": (shutil.rmtree, "there is nothing at "),
}


@pytest.mark.parametrize("bad", BAD)
def test_marts_that_cannot_be_read_are_one_sentence(
    built: Path, home: Path, tmp_path: Path, offpath: Offpath, bad: str
) -> None:
    source = as_spark_leaves_it(built, tmp_path / "marts.db")
    assert offpath("publish", "--from", str(source)).exit_code == 0
    former = (home / "published/current").resolve()
    spoil, sentence = BAD[bad]
    spoil(source)
    result = offpath("publish", "--from", str(source))
    assert result.exit_code == 5
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert (home / "published/current").resolve() == former
    assert not list((home / "published").glob(".*"))


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            "mysql:host=nowhere password=geheim",
            "has no extension mysql_scanner here; `make lake` makes an environment that",
        ),
        (
            "ducklake:postgre:password=geheim",
            "ducklake:postgre:password=*** is neither in the file system nor a catalogue",
        ),
        (
            "postgresql://me:geheim@localhost/lake",
            "postgresql://me:***@localhost/lake",
        ),
        (
            "s3://me:geheim@bucket/marts.db",
            "s3://me:***@bucket/marts.db is neither in the file system nor a catalogue o",
        ),
        ("no/such/folder", "there is nothing at no/such/folder; give a folder of Parq"),
    ],
)
def test_a_catalogue_that_cannot_be_reached_is_one_sentence(
    offpath: Offpath, address: str, sentence: str
) -> None:
    result = offpath("publish", "--from", address)
    assert result.exit_code == 5
    assert sentence in result.stderr
    assert "geheim" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_is_no_warehouse_is_one_sentence(
    tmp_path: Path, offpath: Offpath
) -> None:
    file = tmp_path / "marts.csv"
    file.write_text("as_of,contract_version\n" * 100)
    result = offpath("publish", "--from", str(file))
    assert result.exit_code == 5
    assert "marts.csv is not a readable DuckDB file: " in result.stderr
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    result = offpath("publish", "--from", str(tmp_path / "empty.duckdb"))
    assert result.exit_code == 5
    assert "has the table fct_exceptions nowhere; build it first" in result.stderr


def test_a_build_that_begins_meanwhile_leaves_the_former_set(
    built: Path,
    home: Path,
    tmp_path: Path,
    offpath: Offpath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = as_spark_leaves_it(built, tmp_path / "marts.db")
    assert offpath("publish", "--from", str(source)).exit_code == 0
    former = (home / "published/current").resolve()
    begin = emptied("dim_build")

    def begun(name: str) -> str:
        if name == "fct_cases":
            begin(source)
        return quoted(name)

    monkeypatch.setattr(publishing, "quoted", begun)
    result = offpath("publish", "--from", str(source))
    assert result.exit_code == 5
    assert UNFINISHED in result.stderr
    assert (home / "published/current").resolve() == former
    assert not list((home / "published").glob(".*"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "postgres:host=db password='a b' port=1",
            "postgres:host=db password=*** port=1",
        ),
        ("ducklake:postgres://me:geheim@db/lake", "ducklake:postgres://me:***@db/lake"),
        (
            "no file at postgresql:/me:geheim@db/lake",
            "no file at postgresql:/me:***@db/lake",
        ),
        ("/data/lake/marts.db", "/data/lake/marts.db"),
    ],
)
def test_a_password_in_an_address_is_not_said(text: str, shown: str) -> None:
    assert without_secrets(text) == shown

"""What the router exports, a build reads back; what an older one exported as well."""

from pathlib import Path

import duckdb
from building import PROJECT, dbt, dbt_done
from conftest import AS_OF

STATES = {
    "exception_id": "e1",
    "told_at": AS_OF,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "resolved_at": None,
    "resolved_by": None,
}


def export(home: Path, kind: str, row: dict[str, str | None]) -> None:
    """Write a routing log of one row."""
    folder = home / "routing_log" / kind
    folder.mkdir(parents=True)
    columns = ", ".join(
        f"cast(? as {'timestamp' if name.endswith('_at') else 'varchar'}) as {name}"
        for name in row
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select {columns}) to '{folder}/{kind}.parquet' (format parquet)",
            list(row.values()),
        )


def staged(home: Path, columns: str, model: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        return warehouse.execute(f"select {columns} from staging.{model}").fetchall()


def test_states_of_the_ledger_are_read_back_and_before_any_there_are_none(
    tmp_path: Path,
) -> None:
    chosen = ("run", "--select", "stg_routing__states")
    dbt_done(PROJECT, tmp_path, *chosen)
    assert staged(tmp_path, "exception_id", "stg_routing__states") == []
    export(tmp_path, "states", STATES)
    dbt_done(PROJECT, tmp_path, *chosen)
    columns = "exception_id, cast(told_at as varchar), acknowledged_by"
    assert staged(tmp_path, columns, "stg_routing__states") == [("e1", AS_OF, None)]


def test_a_log_of_an_older_router_lacks_columns_and_is_read(tmp_path: Path) -> None:
    export(tmp_path, "messages", {"intent_id": "i1", "decided_at": AS_OF})
    dbt_done(PROJECT, tmp_path, "run", "--select", "stg_routing__messages")
    columns = "intent_id, message_id, delivered_at"
    assert staged(tmp_path, columns, "stg_routing__messages") == [("i1", None, None)]


def test_an_instant_to_announce_from_that_is_none_fails_by_its_name(
    tmp_path: Path,
) -> None:
    built = dbt(
        PROJECT,
        tmp_path,
        *("compile", "--select", "int_exceptions_routed", "--no-populate-cache"),
        announce_from="next week",
    )
    assert built.returncode != 0
    assert "var announce_from is 'next week', which is no instant" in built.stdout

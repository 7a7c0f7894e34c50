"""The marts for everybody who only reads."""

import click

from offpath.commands import options, output
from offpath.home import Home
from offpath.instants import utc_now
from offpath.warehouse.publish import publish as publish_marts


@click.command()
@options.as_json
@options.home
def publish(*, as_json: bool, home: Home) -> None:
    """Publish the marts for everybody who only reads.

    As Parquet and as one DuckDB file, which readers may keep open during a build.

    The files appear together under published/current in the home folder; the last
    three sets are kept for readers that are still at one.

    \b
    Examples:
      offpath publish
      duckdb -readonly .offpath/published/current/marts.duckdb
    """  # noqa: D301 - click wants the character itself
    published = publish_marts(home, utc_now(), output.warn)
    result = {"folder": str(published.folder), "tables": list(published.tables)}
    text = [f"published {len(published.tables)} tables in {published.folder}"]
    output.show(result if as_json else text)

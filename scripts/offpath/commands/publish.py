"""The marts for everybody who only reads."""

from datetime import datetime

import click

from offpath.commands import options, output
from offpath.home import Home
from offpath.instants import utc_now
from offpath.warehouse.publish import publish as publish_marts


@click.command()
@click.option(
    "--from",
    "source",
    type=str,
    default=None,
    show_default="the warehouse of the home, or the set that is published there",
    metavar="SOURCE",
    help="Where the marts were built: a folder of Parquet, a DuckDB file, or an address"
    " that DuckDB attaches.",
)
@options.as_of
@options.max_age_hours
@options.as_json
@options.home
def publish(
    *,
    source: str | None,
    as_of: datetime | str | None,
    max_age_hours: float,
    as_json: bool,
    home: Home,
) -> None:
    """Publish the marts for everybody who only reads.

    As Parquet and as one DuckDB file, which readers may keep open during a build, and
    as a page to look at, board.html.

    The files appear together under published/current in the home folder; the last
    three sets are kept for readers that are still at one.

    With --from, marts that another engine built come into a home that has no warehouse,
    and every other command reads them there.

    \b
    Examples:
      offpath publish
      offpath publish --from spark-warehouse/marts.db
      offpath publish --from ducklake:sqlite:.offpath/lake/catalog.sqlite
      duckdb -readonly .offpath/published/current/marts.duckdb
    """  # noqa: D301 - click wants the character itself
    max_age = options.patience(as_of, max_age_hours)
    published = publish_marts(home, utc_now(), output.warn, source, max_age)
    result = {"folder": str(published.folder), "tables": list(published.tables)}
    text = [f"published {len(published.tables)} tables in {published.folder}"]
    output.show(result if as_json else text)

"""Give tables to the Spark of a home, or take its views, as Parquet.

`session.py HOME tables SCHEMA FOLDER` makes a table of each folder in the folder,
`session.py HOME views FOLDER` a folder of each view.
"""

import sys
from pathlib import Path

from pyspark.sql import SparkSession


def session(home: Path) -> SparkSession:
    """Open what target `spark` of the profile keeps in a home."""
    metastore = f"jdbc:derby:;databaseName={home}/spark/metastore;create=true"
    settings = {
        "spark.master": "local[2]",
        "spark.driver.memory": "4g",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.warehouse.dir": f"{home}/spark/warehouse",
        "spark.hadoop.javax.jdo.option.ConnectionURL": metastore,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.extraJavaOptions": "-Dderby.stream.error.file=/dev/null",
    }
    return SparkSession.builder.config(map=settings).enableHiveSupport().getOrCreate()


def make_tables(spark: SparkSession, schema: str, folder: Path) -> None:
    """Make a table of each folder in a folder, where the files are."""
    spark.sql(f"create schema if not exists {schema}")
    for files in sorted(folder.iterdir()):
        spark.sql(
            f"create table {schema}.{files.name} using parquet location '{files}'"
        )


def write_views(spark: SparkSession, folder: Path) -> None:
    """Write what each view yields."""
    for (schema,) in spark.sql("show schemas").collect():
        for view in spark.sql(f"show views in {schema}").collect():
            rows = spark.table(f"{schema}.{view.viewName}")
            rows.write.parquet(f"{folder}/{schema}/{view.viewName}")


if __name__ == "__main__":
    home, job, *arguments = sys.argv[1:]
    if job == "tables":
        make_tables(session(Path(home)), arguments[0], Path(arguments[1]))
    else:
        write_views(session(Path(home)), Path(arguments[0]))

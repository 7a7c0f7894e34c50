"""Give tables to the Spark of a home, or take its views, as Parquet.

`session.py tables SCHEMA FOLDER` makes a table of each folder in the folder,
`session.py views FOLDER` a folder of each view. The home is OFFPATH_HOME.
"""

import os
import sys
from pathlib import Path

import yaml
from jinja2 import Template
from pyspark.sql import SparkSession

PROJECT = Path(__file__).resolve().parents[2]


def session() -> SparkSession:
    """Open what target `spark` of the profile keeps in the home of the environment."""
    template = Template((PROJECT / "profiles" / "profiles.yml").read_text())
    profiles = yaml.safe_load(template.render(env_var=os.environ.get))
    settings = profiles["offpath"]["outputs"]["spark"]["server_side_parameters"]
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
    job, *arguments = sys.argv[1:]
    if job == "tables":
        make_tables(session(), arguments[0], Path(arguments[1]))
    else:
        write_views(session(), Path(arguments[0]))

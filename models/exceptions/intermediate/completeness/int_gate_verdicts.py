"""Whether a value passes the expectation of a completeness rule.

What Great Expectations has said of a value once it would say again, so that each value
of a rule is judged once where a build adds to the last one. It takes seconds to import
and works on frames in memory: it is imported only where there are values without a
verdict, and gets them in chunks. What judges a frame is the same on each engine; how
values come to it, and verdicts back, is said for DuckDB and for Spark.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import warnings
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

CHUNK_ROWS = 200_000

# A verdict of these on one passage would change with the others, or with the chunk.
WHOLE_COLUMN = {
    "expect_column_value_z_scores_to_be_less_than",
    "expect_column_values_to_be_decreasing",
    "expect_column_values_to_be_in_type_list",
    "expect_column_values_to_be_increasing",
    "expect_column_values_to_be_of_type",
    "expect_column_values_to_be_unique",
    "expect_column_values_to_not_be_outliers",
}

# The text of a field as what it is compared with; null where it is no such thing, and
# neither `nan` nor `infinity` is a number.
NUMBER = "try_cast(judged_value as double)"
TIME = "try_cast(judged_value as timestamp)"
FINITE = "case when isfinite({0}) then {0} end"
READINGS = {
    "text": "judged_value",
    "number": FINITE.format(NUMBER),
    "time": FINITE.format(TIME),
    "json": "case when json_valid(judged_value) then judged_value end",
}
# To Spark a number may end as a literal of Java does (`1d`).
SPARK_READINGS = {
    "text": "judged_value",
    "number": f"case when judged_value rlike '^[-+.0-9eE]+$' then {NUMBER} end",
    "time": TIME,
    "json": "case when try_parse_json(judged_value) is not null then judged_value end",
}
READING_OF_TYPE = {str: "text", int: "number", float: "number", datetime: "time"}


class Rule(NamedTuple):
    """A completeness rule in force and the number of values that it judges."""

    rule_id: str
    expectation: str
    arguments: str | None
    value_count: int

    def refused(self, reason: str) -> ValueError:
        """Return the error that names the row of the seed to mend."""
        return ValueError(
            f"seed completeness_rules, row {self.rule_id}: {self.expectation}"
            f" with arguments {self.arguments!r} {reason}"
        )


def model(dbt, session):
    """Return one row per key of `int_gate_values`: whether the value fails its rule."""
    dbt.config(materialized="table")
    values = dbt.ref("int_gate_values")
    if hasattr(session, "createDataFrame"):
        return spark_verdicts(values)
    return duckdb_verdicts(dbt.this, session, values)


def duckdb_verdicts(this, session, values):
    """Judge what the last build has not, in chunks of this machine's memory."""
    session.execute(
        "create or replace temporary table asked (value_key varchar, rule_id varchar,"
        " expectation varchar, arguments varchar, judged_value varchar,"
        " is_trial boolean)"
    )
    values.insert_into("asked")
    judge = judge_of_today()
    remember(session, this, judge)
    session.execute(
        "create or replace temporary table gate_values"
        " (rule_id varchar, judged_value varchar, value_key varchar, value_id bigint)"
    )
    session.sql(
        """
        select
            rule_id,
            judged_value,
            value_key,
            row_number() over (partition by rule_id order by value_key)

        from asked
        where not is_trial and value_key not in (select value_key from remembered)
        """
    ).insert_into("gate_values")
    rules = rules_in_force(session)
    arguments = {rule.rule_id: parsed_arguments(rule) for rule in rules}
    session.execute(
        "create or replace temporary table failing (rule_id varchar, value_id bigint)"
    )
    if is_work_to_do(session):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            batches = frame_batches()
            for rule in rules:
                expectation = expectation_of(rule, arguments[rule.rule_id])
                record_failures(session, rule, expectation, batches)
    return session.sql(
        f"""
        select
            asked.value_key,
            coalesce(remembered.is_failing, failing.value_id is not null) as is_failing,
            '{judge}' as judge

        from asked
        left join remembered
            on asked.value_key = remembered.value_key
        left join gate_values
            on asked.value_key = gate_values.value_key
        left join failing
            on
                gate_values.rule_id = failing.rule_id
                and gate_values.value_id = failing.value_id
        """  # noqa: S608 - a digest
    )


def spark_verdicts(values):
    """Judge each value on the executor that reads it; no build remembers another's."""
    trials = values.where("is_trial")
    asked = values.where("not is_trial")
    rules = [
        Rule(row.rule_id, row.expectation, row.arguments, 0)
        for row in trials.orderBy("rule_id").collect()
    ]
    arguments = {rule.rule_id: parsed_arguments(rule) for rule in rules}
    verdicts = trials.selectExpr("value_key", "false as is_failing")
    if not asked.isEmpty():
        readings = [f"{sql} as {name}" for name, sql in SPARK_READINGS.items()]
        read = asked.selectExpr("value_key", "rule_id", *readings)
        nothing = read.limit(0).toPandas()

        def judged(frames: Any) -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                batches = frame_batches()
                for frame in frames:
                    failing = []
                    for rule in rules:
                        own = frame[frame["rule_id"] == rule.rule_id]
                        expectation = expectation_of(rule, arguments[rule.rule_id])
                        reading = own[reading_of(rule, expectation)]
                        failing += failing_ids(
                            rule,
                            expectation,
                            batches,
                            own.assign(
                                value_id=own["value_key"],
                                value=reading,
                                is_unreadable=own["text"].notna() & reading.isna(),
                            ),
                        )
                    keys = frame[["value_key"]]
                    yield keys.assign(is_failing=keys["value_key"].isin(failing))

        # Tries the arguments of each rule, so that what is wrong is said here.
        list(judged([nothing]))
        schema = "value_key string, is_failing boolean"
        verdicts = verdicts.union(read.mapInPandas(judged, schema))
    judge = version("great-expectations")
    return verdicts.selectExpr("value_key", "is_failing", f"'{judge}' as judge")


def judge_of_today() -> str:
    """Name who judges: this file and the version of Great Expectations."""
    text = Path(__file__).read_text() + version("great-expectations")
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def remember(session, this, judge: str):
    """Read the verdicts of this judge, which the last build left, into `remembered`."""
    session.execute(
        "create or replace temporary table remembered"
        " (value_key varchar, is_failing boolean)"
    )
    place = [this.database, this.schema, this.identifier]
    is_there = session.execute(
        "select count(*) from information_schema.tables"
        " where table_catalog = ? and table_schema = ? and table_name = ?",
        place,
    ).fetchone()[0]
    if is_there:
        table = ".".join(f'"{part}"' for part in place)
        session.execute(
            "insert into remembered select value_key, is_failing"  # noqa: S608 - its own
            f" from {table} where judge = ?",
            [judge],
        )


def is_work_to_do(session) -> bool:
    """Whether some value, or some rule that could have one, has no verdict yet."""
    return session.sql(
        """
        select
            count(*) filter (where not is_trial) > 0
            and count(*) filter (
                where value_key not in (select value_key from remembered)
            ) > 0

        from asked
        """
    ).fetchone()[0]


def rules_in_force(session) -> list[Rule]:
    """Read the rules and how many of their values are to be judged, by their names."""
    rows = session.sql(
        """
        select
            asked.rule_id,
            asked.expectation,
            asked.arguments,
            (
                select count(*) from gate_values
                where gate_values.rule_id = asked.rule_id
            ) as value_count

        from asked
        where asked.is_trial
        order by asked.rule_id
        """
    ).fetchall()
    return [Rule(*row) for row in rows]


def parsed_arguments(rule: Rule) -> dict[str, Any]:
    """Read the arguments of a rule: a JSON object, or nothing."""
    try:
        arguments = json.loads(rule.arguments or "{}")
    except json.JSONDecodeError as error:
        raise rule.refused(f"is no JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise rule.refused("is no JSON object")
    return arguments


def frame_batches() -> Any:
    """Start Great Expectations in memory and in silence."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logger = logging.getLogger("great_expectations")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # Where Arrow is installed, pandas reads the patterns of a rule as those of Arrow.
    pd.set_option("mode.string_storage", "python")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("gates").add_dataframe_asset("passages")
    return asset.add_batch_definition_whole_dataframe("chunk")


def expectation_of(rule: Rule, arguments: dict[str, Any]) -> Any:
    """Build the expectation of a rule on the column `value`."""
    from great_expectations.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.expectation import ColumnMapExpectation
    from great_expectations.expectations.registry import get_expectation_impl

    try:
        kind = get_expectation_impl(rule.expectation)
    except ExpectationNotFoundError:
        raise rule.refused("is not known to Great Expectations") from None
    if rule.expectation in WHOLE_COLUMN or not issubclass(kind, ColumnMapExpectation):
        raise rule.refused("does not judge a value by itself")
    # What every expectation takes, such as `mostly`, would loosen the rule; one that
    # takes arguments and gets none lets all pass; an object stands for a parameter.
    common = {*ColumnMapExpectation.__fields__, "library_metadata"}
    own = kind.__fields__.keys() - common
    objects = {name for name, value in arguments.items() if isinstance(value, dict)}
    if arguments.keys() - own or objects - {"json_schema"} or (own and not arguments):
        raise rule.refused(f"is refused: it takes {', '.join(sorted(own)) or 'none'}")
    try:
        return kind(column="value", **arguments)
    except ValueError as error:
        raise rule.refused(f"is refused: {error}") from None


def reading_of(rule: Rule, expectation: Any) -> str:
    """Name the reading that makes a field comparable with the arguments."""
    if rule.expectation == "expect_column_values_to_match_json_schema":
        return "json"
    if rule.expectation == "expect_column_values_to_be_between":
        values = {expectation.min_value, expectation.max_value} - {None}
    else:
        values = getattr(expectation, "value_set", [""])
    readings = {READING_OF_TYPE.get(type(value), "") for value in values}
    if len(readings) != 1 or "" in readings:
        raise rule.refused(
            "must compare with texts, with numbers or with date-times"
            " such as 2026-01-31T00:00:00"
        )
    return readings.pop()


def record_failures(session, rule: Rule, expectation: Any, batches: Any):
    """Add the failing values of a rule to the temporary table `failing`."""
    reading = READINGS[reading_of(rule, expectation)]
    # A rule without passages gets one empty chunk, which tries its arguments.
    for first_id in range(1, max(rule.value_count, 1) + 1, CHUNK_ROWS):
        frame = session.execute(
            f"""
            select
                value_id,
                {reading} as value,
                judged_value is not null and {reading} is null as is_unreadable

            from gate_values
            where rule_id = ? and value_id between ? and ?
            """,  # noqa: S608 - one of READINGS
            [rule.rule_id, first_id, first_id + CHUNK_ROWS - 1],
        ).df()
        failing = map(int, failing_ids(rule, expectation, batches, frame))
        session.execute(
            "insert into failing select ?, unnest(cast(? as bigint[]))",
            [rule.rule_id, list(failing)],
        )


def failing_ids(rule: Rule, expectation: Any, batches: Any, frame: Any) -> list[Any]:
    """Return the `value_id` of what is unreadable, or is not as expected."""
    unreadable = frame.loc[frame["is_unreadable"], "value_id"].tolist()
    result = batches.get_batch({"dataframe": frame}).validate(
        expectation,
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": ["value_id"],
        },
    )
    raised = result.exception_info
    reports = [raised] if "raised_exception" in raised else raised.values()
    errors = [r["exception_message"] for r in reports if r["raised_exception"]]
    if errors:
        raise rule.refused(f"cannot be applied: {'; '.join(errors)}")
    found = result.result["unexpected_index_list"]
    return unreadable + [row["value_id"] for row in found]

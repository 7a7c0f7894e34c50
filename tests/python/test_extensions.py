"""What a project adds of its own: a column of the contract, a family of rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from building import WITHOUT_TESTS, copied_project, dbt, dbt_done

# Lines, each put in after the first line of a file that contains the text.
ADDED = {
    "macros/log/contract.sql": (
        '"location": {"type": text',
        '"province": {"type": text, "parts": named},',
    ),
    "models/staging/shop/stg_shop__order_events.sql": (
        "as location,",
        """
        case
            when exported_at = '2026-04-13T05:50:20Z' then 'moved'
            when trim(station) = 'kiel' then 'north'
            when trim(station) is not null then 'south'
        end as province,
        """,
    ),
    "models/log/_log__models.yml": (
        "Where it happened; null where unknown.",
        """
        data_type: string
      - name: province
        description: Part of the country.
        """,
    ),
}
RULES = {
    "exception_rules": """
mispacks_by_province,order_to_ship,quality,Mispacks,,medium,packing_quality,480,warehouse,stop_the_mispacks,live,1,
carrier_silence,order_to_ship,volume,No parcels,,medium,it_ops,60,on_duty,check_the_inflow,live,1,
province_missing,order_to_ship,completeness,From nowhere,,low,data_steward,960,records,complete_the_record,live,1,
asked_for_help,ticket_to_resolution,escalation,Escalated,tickets_resolved_within_sla,medium,support,240,desk,wake_the_customer,live,1,
asked_before,ticket_to_resolution,escalation,Escalated,tickets_resolved_within_sla,medium,support,240,desk,wake_the_customer,retired,1,
""",
    "quality_rules": "mispacks_by_province,mispack_found,packed,province,7,0.01",
    "volume_rules": (
        "carrier_silence,shipped,attributes.carrier,1440,drop,0.1,5,hour_of_week,4"
    ),
    "completeness_rules": (
        "province_missing,order_placed,province,expect_column_values_to_not_be_null,{}"
    ),
}
# A delivery that differs from the one before it in nothing but what is added.
REDELIVERED = (
    "SO-104039,24482,SO-104039-04,PACKED,13.04.2026 07:33:34,kiel,packer,web,,,"
    '"{""weight_kg"": 20.02}",2026-04-13T05:50:20Z'
)
FAMILY = """
select
    rules.rule_id,
    events.journey,
    'case' as subject_type,
    events.case_id as subject_id,
    min(events.occurred_at) as onset_at,
    min(events.occurred_at) as detected_at,
    cast(null as timestamp) as cleared_at,
    cast(null as varchar) as clear_reason,
    count(*) as observed_value,
    0 as threshold_value,
    'events' as unit,
    '{}' as evidence

from {{ ref("exception_rules") }} as rules
inner join {{ ref("fct_case_events") }} as events
    on rules.journey = events.journey and events.is_escalation
where rules.family = 'escalation'
group by rules.rule_id, events.journey, events.case_id
union all
select
    'nameless', 'order_to_ship', 'case', 'SO-100001', {{ offpath.as_of() }},
    {{ offpath.as_of() }}, null, null, 1, 0, 'events', '{}'
"""


def add_after(path: Path, text: str, lines: str) -> None:
    """Put lines in after the first line of a file that contains a text."""
    before, found, after = path.read_text().partition(text)
    assert found, f"{text} is not in {path}"
    rest_of_line, _, rest = after.partition("\n")
    added = lines.strip("\n")
    path.write_text(f"{before}{found}{rest_of_line}\n{added}\n{rest}")


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build the demo with a column, rules and a family of its own; project and home."""
    project = copied_project(tmp_path_factory.mktemp("extended") / "project")
    for path, (text, lines) in ADDED.items():
        add_after(project / path, text, lines)
    seeds = project / "seeds"
    for seed, text in RULES.items():
        with (seeds / "definitions" / f"{seed}.csv").open("a") as file:
            file.write(f"{text.strip()}\n")
    with (seeds / "demo" / "raw_shop_order_log.csv").open("a") as file:
        file.write(f"{REDELIVERED}\n")
    settings = project / "dbt_project.yml"
    settings.write_text(
        settings.read_text().replace(
            "custom_exception_models: []",
            "custom_exception_models: {escalation: int_escalation_exceptions}",
        )
    )
    family = project / "models/exceptions/intermediate/escalation"
    family.mkdir()
    (family / "int_escalation_exceptions.sql").write_text(FAMILY)
    home = project.parent / "home"
    dbt_done(project, home, "build", *WITHOUT_TESTS)
    return project, home


def rows(extended: tuple[Path, Path], query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(extended[1] / "warehouse.duckdb"), read_only=True) as found:
        return found.execute(query).fetchall()


def test_every_column_of_the_event_contract_reaches_the_timeline(extended):
    declared = rows(
        extended,
        """
        select column_name from information_schema.columns
        where
            table_name = 'int_events_classified'
            and column_name in (
                select column_name from information_schema.columns
                where table_name = 'int_raw_events_unioned'
            )
            and column_name not in ('unreadable', 'raw_record')
            and column_name not in (
                select column_name from information_schema.columns
                where
                    table_name = 'fct_case_events'
                    or (
                        table_name = 'fct_event_attributes'
                        and column_name = 'attributes'
                    )
            )
        """,
    )
    assert declared == []
    assert rows(
        extended,
        "select distinct province from marts.fct_case_events where journey ="
        " 'order_to_ship' and location is not null order by province",
    ) == [("moved",), ("north",), ("south",)]


def test_a_delivery_that_differs_in_an_added_column_is_a_correction(extended):
    assert rows(
        extended,
        "select province from marts.fct_case_events where event_id = 'SO-104039-04'",
    ) == [("moved",)]
    assert rows(
        extended,
        "select province, disposition from intermediate.int_events_classified"
        " where event_id = 'SO-104039-04' and disposition <> 'accepted'",
    ) == [("north", "redelivered")]


def test_an_added_column_and_a_declared_attribute_are_segments(extended):
    assert rows(
        extended,
        "select distinct segment from intermediate.int_defects_counted"
        " where rule_id = 'mispacks_by_province' order by segment",
    ) == [("moved",), ("north",), ("south",)]
    segments = rows(
        extended,
        "select segment, sum(event_count) from intermediate.int_windows_counted"
        " where rule_id = 'carrier_silence' group by segment order by segment",
    )
    assert [segment for segment, _ in segments] == ["dhl", "gls", "parcelfox", "ups"]
    assert all(count > 0 for _, count in segments)
    assert rows(
        extended,
        "select distinct subject_type from marts.fct_exceptions"
        " where rule_id = 'mispacks_by_province' and subject_id = 'province=north'",
    ) == [("segment",)]


def test_an_added_column_is_a_gate_and_a_cut(extended):
    [(failing, silent)] = rows(
        extended,
        """
        select
            (
                select count(*) from marts.fct_exceptions
                where rule_id = 'province_missing'
            ),
            (
                select count(distinct case_id) from marts.fct_case_events
                where event_name = 'order_placed' and province is null
            )
        """,
    )
    assert failing == silent > 0
    cuts = "select distinct cut from marts.fct_budget_attribution order by cut"
    assert ("province",) in rows(extended, cuts)
    assert ("attributes.carrier",) in rows(extended, cuts)


def test_the_tests_of_the_project_accept_what_is_added(extended):
    project, home = extended
    dbt_done(
        *(project, home, "test", "--select", "path:tests/singular", "fct_exceptions"),
        *("--exclude", "assert_the_demo_raises_exactly_what_was_planted"),
        *("assert_every_detection_is_of_a_rule_of_its_family", "test_type:unit"),
    )


def test_a_rule_of_a_family_of_ones_own_is_treated_like_any_other(extended):
    assert rows(
        extended,
        """
        select distinct
            rule_id,
            family,
            owner_role,
            respond_by_at > detected_at,
            route_class <> 'record' and route_reason <> '',
            exception_id in (
                select exception_id from marts.fct_exception_escalations
            )

        from marts.fct_exceptions
        where family = 'escalation'
        """,
    ) == [("asked_for_help", "escalation", "support", True, True, True)]
    [(verdict, fired)] = rows(
        extended,
        "select verdict, fired_bad_count + fired_good_count"
        " from marts.fct_rule_evidence where rule_id = 'asked_for_help'",
    )
    assert fired > 0
    assert rows(
        extended,
        "select family, parameters, exception_count > 0, evidence_verdict"
        " from marts.dim_exception_rules where rule_id = 'asked_for_help'",
    ) == [("escalation", None, True, verdict)]


def test_an_exception_of_a_rule_that_nobody_defined_is_named(extended):
    project, home = extended
    tested = dbt(
        *(project, home, "test"),
        *("--select", "assert_every_detection_is_of_a_rule_of_its_family"),
    )
    assert tested.returncode == 1
    assert (
        "model int_escalation_exceptions: rule_id 'nameless' is no rule of family escalation"
        " and journey order_to_ship in exception_rules"
    ) in re.sub(r"\s+", " ", tested.stdout)


def test_a_family_of_the_package_is_not_ones_own(extended):
    project, home = extended
    parsed = dbt(
        *(project, home, "parse", "--vars"),
        json.dumps(
            {"custom_exception_models": {"latency": "int_escalation_exceptions"}}
        ),
    )
    assert parsed.returncode != 0
    assert "the package has a family latency" in parsed.stdout

{{ config(
    materialized="incremental",
    incremental_strategy="by_case",
    meta={
        "moved_by_clock": "verdict = 'pending' or is_provisional"
        " or early_verdict is null or counted_at is null"
    },
) }}

with

slo_cases as (

    select * from {{ ref("int_slo_cases") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

indicated_cases as (

    {{ offpath.indicated_cases(
        "slo_cases", ref("fct_case_events"), ref("slo_exclusions")
    ) }}

),

composites as (

    select * from {{ ref("int_composite_cases") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

-- Where this table is built alone, what an older clock said of a composite is not known
-- by this one, and is asked again.
{% set verdict_of_this_clock -%}
    case
            when coalesce(judged_at, {{ offpath.as_of() }}) = {{ offpath.as_of() }}
                then early_verdict
        end as early_verdict
{%- endset -%}
judged_cases as (

    {% for cases, early_verdict in [
        ("indicated_cases", "early_verdict"), ("composites", verdict_of_this_clock)
    ] %}
    select
        slo_id,
        journey,
        case_id,
        severity,
        from_at,
        reached_at,
        deadline_at,
        counted_at,
        {{ early_verdict }},
        settled_at,
        not_valid_reason

    from {{ cases }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

sli_cases as (

    select
        slo_id,
        journey,
        case_id,
        severity,
        from_at,
        reached_at,
        deadline_at,
        counted_at,
        case
            when not_valid_reason is not null then 'excluded'
            when
                counted_at is null
                or counted_at > {{ offpath.as_of() }}
                or early_verdict is null
                then 'pending'
            else early_verdict
        end as verdict,
        early_verdict,
        settled_at,
        coalesce(
            counted_at <= {{ offpath.as_of() }} and settled_at > {{ offpath.as_of() }},
            false
        ) as is_provisional,
        not_valid_reason

    from judged_cases

)

select * from sli_cases

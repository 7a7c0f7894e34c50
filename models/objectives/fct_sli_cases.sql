{{ config(
    materialized="incremental",
    incremental_strategy="by_case",
    meta={
        "moved_by_clock": "verdict = 'pending' or is_provisional"
        " or early_verdict is null or counted_at is null"
    },
) }}

with

indicated_cases as (

    select * from {{ ref("int_indicated_cases") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

composite_cases as (

    select * from {{ ref("int_composite_cases") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

judged_cases as (

    {% for cases in ["indicated_cases", "composite_cases"] %}
    select
        slo_id,
        journey,
        case_id,
        severity,
        from_at,
        reached_at,
        deadline_at,
        counted_at,
        early_verdict,
        settled_at,
        not_valid_reason,
        judged_at

    from {{ cases }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

-- Where this table is built alone, what an older clock said of a case is not known by
-- this one, and is asked again.
known_cases as (

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
            when coalesce(judged_at, {{ offpath.as_of() }}) = {{ offpath.as_of() }}
                then early_verdict
        end as early_verdict,
        settled_at,
        not_valid_reason

    from judged_cases

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

    from known_cases

)

select * from sli_cases

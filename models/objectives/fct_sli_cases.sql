{{ config(
    materialized=offpath.incremental_or_table(),
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

case_versions as (

    select * from {{ ref("int_case_versions") }}

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
        is_paused,
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
        not_valid_reason,
        is_paused

    from judged_cases

),

-- The severity is the one that was known when the case was settled.
sli_cases as (

    select
        known_cases.slo_id,
        known_cases.journey,
        known_cases.case_id,
        case
            when case_versions.case_id is not null then case_versions.severity
            else known_cases.severity
        end as severity,
        known_cases.from_at,
        known_cases.reached_at,
        known_cases.deadline_at,
        known_cases.is_paused,
        known_cases.counted_at,
        case
            when known_cases.not_valid_reason is not null then 'excluded'
            when
                known_cases.counted_at is null
                or known_cases.counted_at > {{ offpath.as_of() }}
                or known_cases.early_verdict is null
                then 'pending'
            else known_cases.early_verdict
        end as verdict,
        known_cases.early_verdict,
        known_cases.settled_at,
        coalesce(
            known_cases.counted_at <= {{ offpath.as_of() }}
            and known_cases.settled_at > {{ offpath.as_of() }},
            false
        ) as is_provisional,
        known_cases.not_valid_reason

    from known_cases
    left join case_versions
        on
            known_cases.journey = case_versions.journey
            and known_cases.case_id = case_versions.case_id
            and known_cases.settled_at >= case_versions.known_from
            and known_cases.settled_at < case_versions.known_until

)

select * from sli_cases

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

slo_exclusions as (

    select * from {{ ref("slo_exclusions") }}

),

outcome_cases as (

    {{ offpath.outcome_cases("slo_cases", ref("fct_case_events")) }}

),

latency_cases as (

    {{ offpath.latency_cases("slo_cases", ref("fct_case_events")) }}

),

first_time_right_cases as (

    {{ offpath.first_time_right_cases("slo_cases", ref("fct_case_events")) }}

),

indicated as (

    {% for indicator in ["outcome", "latency", "first_time_right"] %}
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
        not_valid_reason

    from {{ indicator }}_cases
    {{ "union all" if not loop.last }}
    {% endfor %}

),

exclusions as (

    select
        indicated.slo_id,
        indicated.case_id,
        min(slo_exclusions.reason) as reason

    from indicated
    inner join slo_exclusions
        on
            indicated.journey = slo_exclusions.journey
            and indicated.counted_at >= slo_exclusions.starts_at
            and indicated.counted_at < slo_exclusions.ends_at
    group by indicated.slo_id, indicated.case_id

),

sli_cases as (

    select
        indicated.slo_id,
        indicated.journey,
        indicated.case_id,
        indicated.severity,
        indicated.from_at,
        indicated.reached_at,
        indicated.deadline_at,
        indicated.counted_at,
        case
            when
                coalesce(indicated.not_valid_reason, exclusions.reason) is not null
                then 'excluded'
            when
                indicated.counted_at is null
                or indicated.counted_at > {{ offpath.as_of() }}
                then 'pending'
            else indicated.early_verdict
        end as verdict,
        indicated.early_verdict,
        indicated.settled_at,
        coalesce(
            indicated.counted_at <= {{ offpath.as_of() }}
            and indicated.settled_at > {{ offpath.as_of() }},
            false
        ) as is_provisional,
        coalesce(
            indicated.not_valid_reason, 'exclusion: ' || exclusions.reason
        ) as not_valid_reason

    from indicated
    left join exclusions
        on
            indicated.slo_id = exclusions.slo_id
            and indicated.case_id = exclusions.case_id

)

select * from sli_cases

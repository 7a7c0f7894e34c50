{{ config(materialized="view") }}

with

slo_exclusions as (

    select * from {{ ref("slo_exclusions") }}

),

indicated as (

    {% for indicator in offpath.indicators() %}
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
        defined_at,
        is_paused,
        judged_at

    from {{ ref("int_" ~ indicator ~ "_cases") }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

-- Read once more and not from the CTE, which would be written down.
counted as (

    {% for indicator in offpath.indicators() %}
    select
        slo_id,
        journey,
        case_id,
        counted_at

    from {{ ref("int_" ~ indicator ~ "_cases") }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

exclusions as (

    select
        counted.slo_id,
        counted.case_id,
        min(slo_exclusions.reason) as reason

    from counted
    inner join slo_exclusions
        on
            counted.journey = slo_exclusions.journey
            and counted.counted_at >= slo_exclusions.starts_at
            and counted.counted_at < slo_exclusions.ends_at
    group by counted.slo_id, counted.case_id

),

-- What counted before the definition was judged by another one.
indicated_cases as (

    select
        indicated.slo_id,
        indicated.journey,
        indicated.case_id,
        indicated.severity,
        indicated.from_at,
        indicated.reached_at,
        indicated.deadline_at,
        indicated.counted_at,
        indicated.early_verdict,
        indicated.settled_at,
        coalesce(
            indicated.not_valid_reason,
            {{ offpath.older_definition_reason(
                "indicated.counted_at", "indicated.defined_at"
            ) }},
            'exclusion: ' || exclusions.reason
        ) as not_valid_reason,
        indicated.is_paused,
        indicated.judged_at

    from indicated
    left join exclusions
        on
            indicated.slo_id = exclusions.slo_id
            and indicated.case_id = exclusions.case_id

)

select * from indicated_cases

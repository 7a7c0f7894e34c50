with

case_events as (

    select
        journey,
        coalesce(previous_event_name, '[start]') as from_event,
        event_name as to_event,
        seconds_since_previous as elapsed_seconds,
        business_seconds_since_previous as business_seconds

    from {{ ref("fct_case_events") }}

),

variant_transitions as (

    select * from {{ ref("int_variant_transitions") }}

),

variant_events as (

    select * from {{ ref("int_variant_events") }}

),

variants as (

    select * from {{ ref("dim_variants") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

reference_transitions as (

    select * from {{ ref("reference_transitions") }}

),

-- What a journey has a reference for; few say how a case may end.
referenced as (

    select
        journey,
        max(case when to_event = '[end]' then 1 else 0 end) = 1 as has_ends

    from reference_transitions
    group by journey

),

steps as (

    select
        journey,
        from_event,
        to_event,
        count(*) as transition_count,
        avg(elapsed_seconds) as mean_seconds,
        {{ offpath.median_of("elapsed_seconds") }} as median_seconds,
        {{ offpath.percentile_of("elapsed_seconds", "0.9e0") }} as p90_seconds,
        avg(business_seconds) as mean_business_seconds,
        {{ offpath.median_of("business_seconds") }} as median_business_seconds,
        {{ offpath.percentile_of("business_seconds", "0.9e0") }}
            as p90_business_seconds

    from case_events
    group by journey, from_event, to_event

),

-- A variant has a transition or not, and so have all of its cases.
cases_with as (

    select
        variant_transitions.journey,
        variant_transitions.from_event,
        variant_transitions.to_event,
        sum(variants.case_count) as case_count

    from variant_transitions
    inner join variants
        on
            variant_transitions.journey = variants.journey
            and variant_transitions.variant_id = variants.variant_id
    group by
        variant_transitions.journey,
        variant_transitions.from_event,
        variant_transitions.to_event

),

cases_from as (

    select
        variant_events.journey,
        variant_events.event_name as from_event,
        sum(variants.case_count) as case_count

    from variant_events
    inner join variants
        on
            variant_events.journey = variants.journey
            and variant_events.variant_id = variants.variant_id
    group by variant_events.journey, variant_events.event_name
    union all
    select
        journey,
        '[start]' as from_event,
        sum(case_count) as case_count

    from variants
    group by journey

),

last_steps as (

    select
        journey,
        last_event_name as from_event,
        case when is_open then '[open]' else '[end]' end as to_event,
        count(*) as transition_count

    from cases
    group by journey, last_event_name, case when is_open then '[open]' else '[end]' end

),

counted as (

    select
        steps.journey,
        steps.from_event,
        steps.to_event,
        steps.transition_count,
        cases_with.case_count,
        steps.mean_seconds,
        steps.median_seconds,
        steps.p90_seconds,
        steps.mean_business_seconds,
        steps.median_business_seconds,
        steps.p90_business_seconds

    from steps
    inner join cases_with
        on
            steps.journey = cases_with.journey
            and steps.from_event = cases_with.from_event
            and steps.to_event = cases_with.to_event
    union all
    select
        journey,
        from_event,
        to_event,
        transition_count,
        transition_count as case_count,
        {%- for figure in [
            "mean_seconds",
            "median_seconds",
            "p90_seconds",
            "mean_business_seconds",
            "median_business_seconds",
            "p90_business_seconds",
        ] %}
        cast(null as double) as {{ figure }}{{ "," if not loop.last }}
        {%- endfor %}

    from last_steps

),

transitions as (

    select
        counted.journey,
        counted.from_event,
        counted.to_event,
        cast(counted.transition_count as bigint) as transition_count,
        cast(counted.case_count as bigint) as case_count,
        cast(counted.case_count as double) / cases_from.case_count as case_share,
        counted.from_event = counted.to_event as is_self_loop,
        case
            when counted.to_event = '[open]' then null
            when counted.to_event = '[end]' and not referenced.has_ends then null
            when referenced.journey is not null
                then reference_transitions.journey is not null
        end as is_reference,
        cast(counted.mean_seconds as double) as mean_seconds,
        cast(counted.median_seconds as double) as median_seconds,
        cast(counted.p90_seconds as double) as p90_seconds,
        cast(counted.mean_business_seconds as double) as mean_business_seconds,
        cast(counted.median_business_seconds as double) as median_business_seconds,
        cast(counted.p90_business_seconds as double) as p90_business_seconds

    from counted
    inner join cases_from
        on
            counted.journey = cases_from.journey
            and counted.from_event = cases_from.from_event
    left join referenced
        on counted.journey = referenced.journey
    left join reference_transitions
        on
            counted.journey = reference_transitions.journey
            and counted.from_event = reference_transitions.from_event
            and counted.to_event = reference_transitions.to_event

)

select * from transitions

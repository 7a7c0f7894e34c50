with

journeys as (

    select * from {{ ref("journeys") }}

),

case_conformance as (

    select * from {{ ref("fct_case_conformance") }}

),

variants as (

    select * from {{ ref("dim_variants") }}

),

deviations as (

    select * from {{ ref("fct_deviations") }}

),

counted as (

    select
        journey,
        sum(case when is_open then 0 else 1 end) as ended_count,
        sum(case when is_open then 1 else 0 end) as open_count,
        sum(
            case
                when is_on_reference and not is_open then 1
                when is_on_reference is not null then 0
            end
        ) as on_reference_count,
        sum(
            case
                when is_open and not is_on_reference then 1
                when is_on_reference is not null then 0
            end
        ) as open_off_reference_count,
        avg(case when not is_open then fitness end) as mean_fitness,
        sum(case when is_happy_path then 1 else 0 end) as happy_path_count

    from case_conformance
    group by journey

),

ranked as (

    select
        journey,
        from_event || ' > ' || to_event as deviation,
        row_number() over (
            partition by journey
            order by
                case_count desc, occurrence_count desc, from_event asc, to_event asc
        ) as deviation_rank

    from deviations

),

worded as (

    select
        journey,
        variant

    from variants
    where is_happy_path

),

journey_conformance as (

    select
        journeys.journey,
        cast(coalesce(counted.ended_count, 0) as bigint) as ended_count,
        cast(coalesce(counted.open_count, 0) as bigint) as open_count,
        cast(counted.on_reference_count as bigint) as on_reference_count,
        cast(counted.on_reference_count as double) / nullif(counted.ended_count, 0)
            as on_reference_share,
        {{ offpath.wilson_lower("counted.on_reference_count", "counted.ended_count") }}
            as on_reference_share_lower,
        {{ offpath.wilson_upper("counted.on_reference_count", "counted.ended_count") }}
            as on_reference_share_upper,
        cast(counted.open_off_reference_count as bigint) as open_off_reference_count,
        {{ offpath.without_noise("counted.mean_fitness") }} as mean_fitness,
        worded.variant as happy_path,
        cast(coalesce(counted.happy_path_count, 0) as bigint) as happy_path_count,
        cast(counted.happy_path_count as double) / nullif(counted.ended_count, 0)
            as happy_path_share,
        ranked.deviation as most_frequent_deviation

    from journeys
    left join counted
        on journeys.journey = counted.journey
    left join worded
        on journeys.journey = worded.journey
    left join ranked
        on
            journeys.journey = ranked.journey
            and ranked.deviation_rank = 1

)

select * from journey_conformance

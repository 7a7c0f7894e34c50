with

cases as (

    select * from {{ ref("fct_cases") }}

),

variants_described as (

    select * from {{ ref("int_variants_described") }}

),

counted as (

    select
        journey,
        variant_id,
        count(*) as case_count,
        sum(case when is_open then 0 else 1 end) as ended_count,
        sum(case when is_open then 1 else 0 end) as open_count,
        sum(case when ended_as = 'good' then 1 else 0 end) as good_count,
        sum(case when ended_as = 'bad' then 1 else 0 end) as bad_count,
        -- Who is given up has not gone the whole way.
        sum(case when ended_as = 'good' and not was_abandoned then 1 else 0 end)
            as happy_count,
        {{ offpath.median_of("case when not is_open then elapsed_seconds end") }}
            as median_seconds,
        {{ offpath.percentile_of(
            "case when not is_open then elapsed_seconds end", "0.9e0"
        ) }} as p90_seconds,
        {{ offpath.median_of("case when not is_open then business_seconds end") }}
            as median_business_seconds,
        min(started_at) as first_seen_at,
        max(started_at) as last_seen_at

    from cases
    group by journey, variant_id

),

ranked as (

    select
        counted.*,
        variants_described.variant,
        variants_described.event_count,
        variants_described.self_loop_count,
        variants_described.repetition_count,
        variants_described.collapsed_variant_id,
        variants_described.collapsed_variant,
        variants_described.is_on_reference,
        variants_described.example_case_id,
        row_number() over (
            partition by counted.journey
            order by counted.ended_count desc, counted.variant_id asc
        ) as ended_rank,
        counted.happy_count > 0
        and coalesce(variants_described.is_on_reference, true)
        and coalesce(variants_described.is_end_on_reference, true) as is_happy

    from counted
    inner join variants_described
        on
            counted.journey = variants_described.journey
            and counted.variant_id = variants_described.variant_id

),

shared as (

    select
        *,
        row_number() over (
            partition by journey
            order by
                case when is_happy then 0 else 1 end asc,
                happy_count desc,
                variant_id asc
        ) as happy_rank,
        nullif(sum(ended_count) over (partition by journey), 0) as all_ended_count,
        nullif(sum(open_count) over (partition by journey), 0) as all_open_count,
        sum(ended_count) over (
            partition by journey
            order by ended_rank
            rows between unbounded preceding and current row
        ) as covered_count

    from ranked

),

variants as (

    select
        journey,
        variant_id,
        variant,
        case when ended_count > 0 then cast(ended_rank as bigint) end as variant_rank,
        cast(event_count as bigint) as event_count,
        cast(self_loop_count as bigint) as self_loop_count,
        cast(repetition_count as bigint) as repetition_count,
        collapsed_variant_id,
        collapsed_variant,
        is_on_reference,
        is_happy and happy_rank = 1 as is_happy_path,
        cast(case_count as bigint) as case_count,
        cast(ended_count as bigint) as ended_count,
        cast(open_count as bigint) as open_count,
        cast(good_count as bigint) as good_count,
        cast(bad_count as bigint) as bad_count,
        cast(ended_count as double) / all_ended_count as case_share,
        case
            when ended_count > 0
                then cast(covered_count as double) / all_ended_count
        end as cumulative_share,
        cast(open_count as double) / all_open_count as open_share,
        cast(median_seconds as double) as median_seconds,
        cast(p90_seconds as double) as p90_seconds,
        cast(median_business_seconds as double) as median_business_seconds,
        first_seen_at,
        last_seen_at,
        example_case_id

    from shared

)

select * from variants

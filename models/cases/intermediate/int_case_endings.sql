{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

case_turns as (

    select * from {{ ref("int_case_turns") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

turns as (

    select
        journey,
        case_id,
        event_id,
        event_number,
        occurred_at,
        ends_case_as,
        min(case when is_reopening then occurred_at end) over (
            partition by journey, case_id
            order by event_number desc
            rows between unbounded preceding and 1 preceding
        ) as reopened_at

    from case_turns
    where ends_case_as is not null or is_reopening

),

case_endings as (

    select
        journey,
        case_id,
        event_id,
        event_number,
        occurred_at as ended_at,
        ends_case_as as ended_as,
        reopened_at

    from turns
    where ends_case_as is not null

)

select * from case_endings

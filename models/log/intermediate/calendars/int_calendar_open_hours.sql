{{ config(access="public") }}

with

openings as (

    select * from {{ ref("int_calendar_openings") }}

),

measured as (

    select
        calendar,
        opened_at,
        closed_at,
        open_seconds_before,
        open_seconds_before
        + {{ offpath.seconds_between("opened_at", "closed_at") }} as open_seconds_until

    from openings

),

-- The last hour is included even where the opening ends as it begins: a target that
-- falls on a closing instant is due then, not at the next opening.
open_hours as (

    select
        calendar,
        {{ offpath.unnested_numbers(
            "cast(floor(open_seconds_before / 3600) as bigint)",
            "cast(floor(open_seconds_until / 3600) as bigint)"
        ) }} as open_hour,
        opened_at,
        closed_at,
        open_seconds_before,
        open_seconds_until

    from measured

)

select * from open_hours

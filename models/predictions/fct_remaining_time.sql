{#-
    How long a visit has lasted so far says much about what is left, so that an open visit
    is compared with past ones that lasted as long: by hours, in classes that double
    (under 1, 1 to 2, 2 to 4, …).
-#}
{%- set age_class = "case when elapsed_seconds < 3600 then 0"
    ~ " else cast(floor(log2(elapsed_seconds / 3600.0e0)) as bigint) + 1 end" -%}
{%- set class_started_seconds
    = "case when age_class = 0 then 0 else 3600 * power(2, age_class - 1) end" -%}

with

cases as (

    select * from {{ ref("fct_cases") }}

),

-- The visits are read where they are used: a CTE that is read twice is written down.
ended_visits as (

    select
        state_visits.journey,
        state_visits.state,
        state_visits.elapsed_seconds,
        {{ offpath.seconds_between("state_visits.entered_at", "cases.ended_at") }}
            as seconds_to_end

    from {{ ref("int_state_visits") }} as state_visits
    inner join cases
        on
            state_visits.journey = cases.journey
            and state_visits.case_id = cases.case_id
    where
        cases.ended_as in ('good', 'bad')
        and state_visits.entered_at < cases.ended_at
        and state_visits.elapsed_seconds is not null

),

-- Each past visit stands once in every class that it lived to see.
history as (

    select
        journey,
        state,
        seconds_to_end,
        {{ offpath.unnested_numbers(0, age_class) }} as age_class

    from ended_visits

),

typical as (

    select
        journey,
        state,
        age_class,
        count(*) as support_count,
        {{ offpath.median_of("seconds_to_end - " ~ class_started_seconds) }}
            as median_seconds

    from history
    group by journey, state, age_class

),

open_visits as (

    select
        journey,
        case_id,
        state,
        entered_at,
        elapsed_seconds,
        {{ age_class }} as age_class

    from {{ ref("int_state_visits") }}
    where is_open

),

compared as (

    select
        open_visits.journey,
        open_visits.case_id,
        open_visits.state,
        open_visits.entered_at,
        cast(coalesce(typical.support_count, 0) as bigint) as support_count,
        cast(
            greatest(
                typical.median_seconds
                + {{ class_started_seconds | replace("age_class", "open_visits.age_class") }}
                - open_visits.elapsed_seconds,
                0
            ) as double
        ) as remaining_seconds

    from open_visits
    left join typical
        on
            open_visits.journey = typical.journey
            and open_visits.state = typical.state
            and open_visits.age_class = typical.age_class

),

remaining_time as (

    select
        journey,
        case_id,
        state,
        entered_at,
        support_count,
        -- Where no past visit lasted so long, nobody can tell.
        case when support_count > 0 then remaining_seconds end as remaining_seconds,
        case
            when support_count > 0
                then
                    {{ offpath.add_seconds(offpath.as_of(), "remaining_seconds") }}
        end as expected_end_at

    from compared

)

select * from remaining_time

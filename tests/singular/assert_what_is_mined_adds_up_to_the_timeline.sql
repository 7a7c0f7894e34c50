-- Variants hold every case, transitions and activities every event, weeks what all time
-- does; and what the names say was done again is what the timeline says.
with

counts as (

    select
        'every case is of a variant' as what,
        (select count(*) from {{ ref("fct_cases") }}) as expected_count,
        (select sum(ended_count + open_count) from {{ ref("dim_variants") }})
            as actual_count
    union all
    select
        'every event is a transition, and every case ends or is open' as what,
        (
            select sum(event_count) + count(*)
            from {{ ref("fct_cases") }}
        ) as expected_count,
        (select sum(transition_count) from {{ ref("fct_transitions") }})
            as actual_count
    union all
    select
        'the weeks hold every transition' as what,
        (select count(*) from {{ ref("fct_case_events") }}) as expected_count,
        (select sum(transition_count) from {{ ref("fct_transitions_weekly") }})
            as actual_count
    union all
    select
        'every case with a severity is in a segment of it' as what,
        (
            select sum(event_count) from {{ ref("fct_cases") }}
            where
                severity is not null
                and journey in (
                    select segments.journey
                    from {{ ref("fct_transitions_by_segment") }} as segments
                    where segments.cut = 'severity'
                )
        ) as expected_count,
        (
            select sum(transition_count) from {{ ref("fct_transitions_by_segment") }}
            where cut = 'severity'
        ) as actual_count
    union all
    select
        'every event is of an activity' as what,
        (select count(*) from {{ ref("fct_case_events") }}) as expected_count,
        (select sum(event_count) from {{ ref("fct_activities") }}) as actual_count
    union all
    select
        'every case starts and ends somewhere' as what,
        (select count(*) * 2 from {{ ref("fct_cases") }}) as expected_count,
        (
            select
                sum(
                    first_of_ended_count
                    + first_of_open_count
                    + last_of_ended_count
                    + last_of_open_count
                )
            from {{ ref("fct_activities") }}
        ) as actual_count
    union all
    select
        'every repeat by names is one in the timeline' as what,
        (
            select sum(self_loop_count + repetition_count) from {{ ref("fct_rework") }}
        ) as expected_count,
        (
            select
                sum(
                    self_loop_same_actor_count
                    + self_loop_other_actor_count
                    + self_loop_unknown_actor_count
                    + repetition_same_actor_count
                    + repetition_other_actor_count
                    + repetition_unknown_actor_count
                )
            from {{ ref("fct_rework") }}
        ) as actual_count
    union all
    select
        'every run by names is one in the timeline' as what,
        (select sum(self_loop_run_count) from {{ ref("fct_rework") }})
            as expected_count,
        (
            select
                sum(
                    self_loop_run_same_actor_count
                    + self_loop_run_other_actor_count
                    + self_loop_run_unknown_actor_count
                )
            from {{ ref("fct_rework") }}
        ) as actual_count
    union all
    select
        'the variants hold every case of an objective' as what,
        (
            select count(*) from {{ ref("fct_sli_cases") }}
            where verdict <> 'excluded'
        ) as expected_count,
        (
            select sum(valid_count + pending_count)
            from {{ ref("fct_variant_outcomes") }}
        ) as actual_count
    union all
    select
        'the weeks hold every case that ended' as what,
        (
            select count(*) from {{ ref("fct_cases") }}
            where not is_open
        ) as expected_count,
        (select sum(ended_count) from {{ ref("fct_variants_weekly") }}) as actual_count
    union all
    select
        'the spans of the calendar hold every visit' as what,
        (select sum(visit_count) from {{ ref("fct_state_durations") }})
            as expected_count,
        (
            select sum(visit_count + open_count)
            from {{ ref("fct_state_duration_spans") }}
            where clock = 'calendar'
        ) as actual_count
    union all
    select
        'the spans of working time hold every open visit' as what,
        (select sum(open_count) from {{ ref("fct_state_durations") }})
            as expected_count,
        (
            select sum(open_count) from {{ ref("fct_state_duration_spans") }}
            where clock = 'business'
        ) as actual_count

),

violations as (

    select
        what || ': ' || cast(coalesce(actual_count, 0) as {{ dbt.type_string() }})
        || ' where there should be '
        || cast(coalesce(expected_count, 0) as {{ dbt.type_string() }}) as message

    from counts
    where coalesce(expected_count, 0) <> coalesce(actual_count, 0)

)

{{ offpath.named_violations("violations") }}

{%- set weekdays = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
] -%}
{%- set quarters = {
    "day_quarter": {
        "factor_kind": "hours_of_start",
        "factor_values": ["00-06", "06-12", "12-18", "18-24"],
    },
    "value_quarter": {
        "factor_kind": "value_quarter",
        "factor_values": ["1 of 4", "2 of 4", "3 of 4", "4 of 4"],
    },
} -%}

-- The cases are read where they are used: a CTE that is read twice is written down.
with

slos as (

    select * from {{ ref("slos") }}

),

slo_steps as (

    select * from {{ ref("slo_steps") }}

),

journey_events as (

    select * from {{ ref("journey_events") }}

),

outcomes_numbered as (

    select * from {{ ref("int_outcomes_numbered") }}

),

strata_described as (

    select * from {{ ref("int_strata_described") }}

),

actors_until_landmark as (

    select * from {{ ref("int_actors_until_landmark") }}
    where actor_number is not null

),

actors_numbered as (

    select * from {{ ref("int_actors_numbered") }}

),

state_visits as (

    select * from {{ ref("int_state_visits") }}
    where not ends_case

),

attributes_told as (

    select * from {{ ref("int_attributes_told") }}

),

variants_until_landmark as (

    select * from {{ ref("int_variants_until_landmark") }}

),

variant_steps as (

    select * from {{ ref("int_variant_steps") }}

),

beginnings as (

    select * from {{ ref("int_variant_beginnings") }}

),

-- What ends a case or is what an objective waits for is no cause of it.
steps_left_out as (

    select
        journey,
        event_name,
        cast(null as {{ dbt.type_string() }}) as slo_id

    from journey_events
    where ends_case_as is not null
    union all
    select
        journey,
        to_event as event_name,
        slo_id

    from slos
    where to_event is not null
    union all
    select
        slos.journey,
        slos.to_event as event_name,
        slo_steps.slo_id

    from slo_steps
    inner join slos
        on slo_steps.step_slo_id = slos.slo_id
    where slos.to_event is not null

),

-- Cases that are alike in what is asked of the start are counted once for all of it.
alike as (

    select
        outcome_number,
        from_date,
        strata_number,
        day_quarter,
        value_quarter,
        count(*) as case_count,
        sum(is_bad) as bad_count,
        count(landmark_at) as open_count,
        sum(case when landmark_at is not null then is_bad else 0 end) as open_bad_count

    from {{ ref("int_cases_compared") }}
    group by
        outcome_number, from_date, strata_number, day_quarter, value_quarter

),

days as (

    select
        outcome_number,
        from_date,
        strata_number,
        sum(case_count) as case_count,
        sum(bad_count) as bad_count,
        sum(open_count) as open_count,
        sum(open_bad_count) as open_bad_count

    from alike
    group by outcome_number, from_date, strata_number

),

everyone_of_start as (

    select
        outcome_number,
        from_date,
        strata_number,
        'all' as factor_kind,
        '[all]' as factor_value,
        case_count,
        bad_count

    from days

),

everyone_at_landmark as (

    select
        outcome_number,
        from_date,
        strata_number,
        'all' as factor_kind,
        '[all]' as factor_value,
        open_count as case_count,
        open_bad_count as bad_count

    from days
    where open_count > 0

),

strata as (

    select
        days.outcome_number,
        days.from_date,
        days.strata_number,
        strata_described.stratum_kind as factor_kind,
        strata_described.stratum as factor_value,
        days.case_count,
        days.bad_count

    from days
    inner join outcomes_numbered
        on days.outcome_number = outcomes_numbered.outcome_number
    inner join strata_described
        on
            outcomes_numbered.journey = strata_described.journey
            and days.strata_number = strata_described.strata_number

),

weekdays as (

    select
        outcome_number,
        from_date,
        strata_number,
        'weekday_of_start' as factor_kind,
        case {{ offpath.iso_weekday("from_date") }}
            {%- for weekday in weekdays %}
            when {{ loop.index }} then '{{ weekday }}'
            {%- endfor %}
        end as factor_value,
        case_count,
        bad_count

    from days

),

{% for column, quarter in quarters.items() -%}
{{ quarter["factor_kind"] }} as (

    select
        outcome_number,
        from_date,
        strata_number,
        '{{ quarter["factor_kind"] }}' as factor_kind,
        case {{ column }}
            {%- for factor_value in quarter["factor_values"] %}
            when {{ loop.index }} then '{{ factor_value }}'
            {%- endfor %}
        end as factor_value,
        sum(case_count) as case_count,
        sum(bad_count) as bad_count

    from alike
    where {{ column }} is not null
    group by outcome_number, from_date, strata_number, {{ column }}

),

{% endfor -%}

attributes_of_start as (

    select
        cases_compared.outcome_number,
        cases_compared.from_date,
        cases_compared.strata_number,
        'attributes.' || attributes_told.attribute as factor_kind,
        attributes_told.attribute_value as factor_value,
        count(*) as case_count,
        sum(cases_compared.is_bad) as bad_count

    from {{ ref("int_cases_compared") }} as cases_compared
    inner join attributes_told
        on
            cases_compared.journey = attributes_told.journey
            and cases_compared.case_id = attributes_told.case_id
    where attributes_told.is_of_start and attributes_told.event_number = 1
    group by
        cases_compared.outcome_number,
        cases_compared.from_date,
        cases_compared.strata_number,
        attributes_told.attribute,
        attributes_told.attribute_value

),

last_told as (

    select
        open_cases.outcome_number,
        open_cases.case_number,
        min(open_cases.from_date) as from_date,
        min(open_cases.strata_number) as strata_number,
        min(open_cases.is_bad) as is_bad,
        attributes_told.attribute,
        max_by(attributes_told.attribute_value, attributes_told.event_number)
            as attribute_value

    from {{ ref("int_cases_compared") }} as open_cases
    inner join attributes_told
        on
            open_cases.journey = attributes_told.journey
            and open_cases.case_id = attributes_told.case_id
            and open_cases.landmark_at >= attributes_told.occurred_at
    where
        open_cases.landmark_at is not null
        and not attributes_told.is_of_start
    group by
        open_cases.outcome_number,
        open_cases.case_number,
        attributes_told.attribute

),

attributes_at_landmark as (

    select
        outcome_number,
        from_date,
        strata_number,
        'attributes.' || attribute as factor_kind,
        attribute_value as factor_value,
        count(*) as case_count,
        sum(is_bad) as bad_count

    from last_told
    group by
        outcome_number, from_date, strata_number, attribute, attribute_value

),

actors_counted as (

    select
        outcome_number,
        from_date,
        strata_number,
        actor_number,
        count(*) as case_count,
        sum(is_bad) as bad_count

    from actors_until_landmark
    group by outcome_number, from_date, strata_number, actor_number

),

actors as (

    select
        actors_counted.outcome_number,
        actors_counted.from_date,
        actors_counted.strata_number,
        'actor' as factor_kind,
        actors_numbered.actor as factor_value,
        actors_counted.case_count,
        actors_counted.bad_count

    from actors_counted
    inner join actors_numbered
        on actors_counted.actor_number = actors_numbered.actor_number

),

returned_to as (

    select distinct
        journey,
        case_id,
        state

    from state_visits
    where state_visit_number > 1

),

-- What a case had waited in a state that it comes back to.
waited_before as (

    select
        state_visits.journey,
        state_visits.case_id,
        state_visits.visit_number,
        sum({{ offpath.seconds_between(
            "state_visits.entered_at", "state_visits.exited_at"
        ) }}) over (
            partition by
                state_visits.journey, state_visits.case_id, state_visits.state
            order by state_visits.visit_number
            rows between unbounded preceding and 1 preceding
        ) as waited_seconds

    from state_visits
    inner join returned_to
        on
            state_visits.journey = returned_to.journey
            and state_visits.case_id = returned_to.case_id
            and state_visits.state = returned_to.state

),

-- Of states with as much time, the first by name.
states as (

    select
        state,
        row_number() over (order by state desc) as state_rank,
        count(*) over () as state_count

    from state_visits
    group by state

),

visits as (

    select
        state_visits.journey,
        state_visits.case_id,
        state_visits.state,
        state_visits.entered_at,
        state_visits.exited_at,
        cast(coalesce(waited_before.waited_seconds, 0) as bigint) as waited_seconds,
        states.state_rank,
        states.state_count

    from state_visits
    inner join states
        on state_visits.state = states.state
    left join waited_before
        on
            state_visits.journey = waited_before.journey
            and state_visits.case_id = waited_before.case_id
            and state_visits.visit_number = waited_before.visit_number

),

longest as (

    select
        open_cases.outcome_number,
        open_cases.case_number,
        min(open_cases.from_date) as from_date,
        min(open_cases.strata_number) as strata_number,
        min(open_cases.is_bad) as is_bad,
        max_by(
            visits.state,
            visits.state_rank
            + visits.state_count
            * (
                visits.waited_seconds
                + {{ offpath.seconds_between(
                    "visits.entered_at",
                    "case when visits.exited_at < open_cases.landmark_at"
                    ~ " then visits.exited_at else open_cases.landmark_at end",
                ) }}
            )
        ) as state

    from {{ ref("int_cases_compared") }} as open_cases
    inner join visits
        on
            open_cases.journey = visits.journey
            and open_cases.case_id = visits.case_id
            and open_cases.landmark_at > visits.entered_at
    where open_cases.landmark_at is not null
    group by open_cases.outcome_number, open_cases.case_number

),

longest_states as (

    select
        outcome_number,
        from_date,
        strata_number,
        'longest_state' as factor_kind,
        state as factor_value,
        count(*) as case_count,
        sum(is_bad) as bad_count

    from longest
    group by outcome_number, from_date, strata_number, state

),

occurrences as (

    select
        journey,
        variant_id,
        event_name,
        event_number,
        row_number() over (
            partition by journey, variant_id, event_name
            order by event_number
        ) as occurrence_number

    from variant_steps

),

-- An event is there from its first time on, and rework from its second.
steps as (

    select
        variants_until_landmark.outcome_number,
        variants_until_landmark.from_date,
        variants_until_landmark.strata_number,
        case when occurrences.occurrence_number = 1 then 'step' else 'rework' end
            as factor_kind,
        occurrences.event_name as factor_value,
        sum(variants_until_landmark.case_count) as case_count,
        sum(variants_until_landmark.bad_count) as bad_count

    from variants_until_landmark
    inner join outcomes_numbered
        on variants_until_landmark.outcome_number = outcomes_numbered.outcome_number
    inner join occurrences
        on
            variants_until_landmark.journey = occurrences.journey
            and variants_until_landmark.variant_id = occurrences.variant_id
            and variants_until_landmark.event_count >= occurrences.event_number
    left join steps_left_out
        on
            occurrences.journey = steps_left_out.journey
            and occurrences.event_name = steps_left_out.event_name
            and outcomes_numbered.outcome
            = coalesce(steps_left_out.slo_id, outcomes_numbered.outcome)
    where
        occurrences.occurrence_number <= 2
        and steps_left_out.event_name is null
    group by
        variants_until_landmark.outcome_number,
        variants_until_landmark.from_date,
        variants_until_landmark.strata_number,
        occurrences.occurrence_number,
        occurrences.event_name

),

variants_so_far as (

    select
        variants_until_landmark.outcome_number,
        variants_until_landmark.from_date,
        variants_until_landmark.strata_number,
        'variant_so_far' as factor_kind,
        beginnings.beginning_id as factor_value,
        sum(variants_until_landmark.case_count) as case_count,
        sum(variants_until_landmark.bad_count) as bad_count

    from variants_until_landmark
    inner join beginnings
        on
            variants_until_landmark.journey = beginnings.journey
            and variants_until_landmark.variant_id = beginnings.variant_id
            and variants_until_landmark.event_count = beginnings.event_count
    group by
        variants_until_landmark.outcome_number,
        variants_until_landmark.from_date,
        variants_until_landmark.strata_number,
        beginnings.beginning_id

),

factors_counted as (

    {% for relation, known_at in {
        "everyone_of_start": "start",
        "strata": "start",
        "weekdays": "start",
        "hours_of_start": "start",
        "value_quarter": "start",
        "attributes_of_start": "start",
        "everyone_at_landmark": "landmark",
        "attributes_at_landmark": "landmark",
        "actors": "landmark",
        "longest_states": "landmark",
        "steps": "landmark",
        "variants_so_far": "landmark",
    }.items() -%}
    select
        outcome_number,
        '{{ known_at }}' as known_at,
        factor_kind,
        factor_value,
        from_date,
        strata_number,
        cast(case_count as bigint) as case_count,
        cast(bad_count as bigint) as bad_count

    from {{ relation }}
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from factors_counted

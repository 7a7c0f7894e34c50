{%- set strata = ["severity"] + (
    offpath.contract_columns("event", "cut") | reject("equalto", "actor") | list
) -%}
{%- set of_start = strata + ["value_quarter", "weekday_of_start", "hours_of_start"] -%}
{%- set strata_columns -%}
    {%- for column in ["from_date"] + strata %}
        counted.{{ column }},
    {%- endfor -%}
{%- endset -%}

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

cases_compared as (

    select * from {{ ref("int_cases_compared") }}

),

actors_until_landmark as (

    select * from {{ ref("int_actors_until_landmark") }}
    where actor is not null

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
asked_steps as (

    select
        variants_until_landmark.*,
        case when occurrences.occurrence_number = 1 then 'step' else 'rework' end
            as factor_kind,
        occurrences.event_name as factor_value

    from variants_until_landmark
    inner join occurrences
        on
            variants_until_landmark.journey = occurrences.journey
            and variants_until_landmark.variant_id = occurrences.variant_id
            and variants_until_landmark.event_count >= occurrences.event_number
    left join steps_left_out
        on
            occurrences.journey = steps_left_out.journey
            and occurrences.event_name = steps_left_out.event_name
            and variants_until_landmark.outcome
            = coalesce(steps_left_out.slo_id, variants_until_landmark.outcome)
    where
        occurrences.occurrence_number <= 2
        and steps_left_out.event_name is null

),

longest as (

    select
        cases_compared.journey,
        cases_compared.outcome,
        cases_compared.case_id,
        state_visits.state,
        row_number() over (
            partition by
                cases_compared.journey, cases_compared.outcome, cases_compared.case_id
            order by
                sum({{ offpath.seconds_between(
                    "state_visits.entered_at",
                    "case when state_visits.exited_at < cases_compared.landmark_at"
                    ~ " then state_visits.exited_at"
                    ~ " else cases_compared.landmark_at end",
                ) }}) desc,
                state_visits.state
        ) as state_rank

    from cases_compared
    inner join state_visits
        on
            cases_compared.journey = state_visits.journey
            and cases_compared.case_id = state_visits.case_id
            and cases_compared.landmark_at > state_visits.entered_at
    group by
        cases_compared.journey,
        cases_compared.outcome,
        cases_compared.case_id,
        state_visits.state

),

last_told as (

    select
        cases_compared.journey,
        cases_compared.outcome,
        cases_compared.case_id,
        attributes_told.attribute,
        max_by(attributes_told.attribute_value, attributes_told.event_number)
            as attribute_value

    from cases_compared
    inner join attributes_told
        on
            cases_compared.journey = attributes_told.journey
            and cases_compared.case_id = attributes_told.case_id
            and cases_compared.landmark_at >= attributes_told.occurred_at
    where not attributes_told.is_of_start
    group by
        cases_compared.journey,
        cases_compared.outcome,
        cases_compared.case_id,
        attributes_told.attribute

),

factors as (

    select
        cases_compared.journey,
        cases_compared.outcome,
        'start' as known_at,
        'all' as factor_kind,
        '[all]' as factor_value,
        {{- strata_columns | replace("counted", "cases_compared") }}
        1 as case_count,
        cases_compared.is_bad as bad_count

    from cases_compared
    union all
    select
        cases_compared.journey,
        cases_compared.outcome,
        'landmark' as known_at,
        'all' as factor_kind,
        '[all]' as factor_value,
        {{- strata_columns | replace("counted", "cases_compared") }}
        1 as case_count,
        cases_compared.is_bad as bad_count

    from cases_compared
    where cases_compared.landmark_at is not null
    {% for column in of_start %}
    union all
    select
        cases_compared.journey,
        cases_compared.outcome,
        'start' as known_at,
        '{{ column }}' as factor_kind,
        cases_compared.{{ column }} as factor_value,
        {{- strata_columns | replace("counted", "cases_compared") }}
        1 as case_count,
        cases_compared.is_bad as bad_count

    from cases_compared
    {% if column == "value_quarter" -%}
    where cases_compared.value_quarter is not null
    {% endif %}
    {%- endfor %}
    union all
    select
        cases_compared.journey,
        cases_compared.outcome,
        'start' as known_at,
        'attributes.' || attributes_told.attribute as factor_kind,
        attributes_told.attribute_value as factor_value,
        {{- strata_columns | replace("counted", "cases_compared") }}
        1 as case_count,
        cases_compared.is_bad as bad_count

    from cases_compared
    inner join attributes_told
        on
            cases_compared.journey = attributes_told.journey
            and cases_compared.case_id = attributes_told.case_id
    where attributes_told.is_of_start and attributes_told.event_number = 1
    union all
    select
        cases_compared.journey,
        cases_compared.outcome,
        'landmark' as known_at,
        'attributes.' || last_told.attribute as factor_kind,
        last_told.attribute_value as factor_value,
        {{- strata_columns | replace("counted", "cases_compared") }}
        1 as case_count,
        cases_compared.is_bad as bad_count

    from cases_compared
    inner join last_told
        on
            cases_compared.journey = last_told.journey
            and cases_compared.outcome = last_told.outcome
            and cases_compared.case_id = last_told.case_id
    union all
    select
        cases_compared.journey,
        cases_compared.outcome,
        'landmark' as known_at,
        'actor' as factor_kind,
        actors_until_landmark.actor as factor_value,
        {{- strata_columns | replace("counted", "cases_compared") }}
        1 as case_count,
        cases_compared.is_bad as bad_count

    from cases_compared
    inner join actors_until_landmark
        on
            cases_compared.journey = actors_until_landmark.journey
            and cases_compared.outcome = actors_until_landmark.outcome
            and cases_compared.case_id = actors_until_landmark.case_id
    union all
    select
        cases_compared.journey,
        cases_compared.outcome,
        'landmark' as known_at,
        'longest_state' as factor_kind,
        longest.state as factor_value,
        {{- strata_columns | replace("counted", "cases_compared") }}
        1 as case_count,
        cases_compared.is_bad as bad_count

    from cases_compared
    inner join longest
        on
            cases_compared.journey = longest.journey
            and cases_compared.outcome = longest.outcome
            and cases_compared.case_id = longest.case_id
    where longest.state_rank = 1
    union all
    select
        asked_steps.journey,
        asked_steps.outcome,
        'landmark' as known_at,
        asked_steps.factor_kind,
        asked_steps.factor_value,
        {{- strata_columns | replace("counted", "asked_steps") }}
        asked_steps.case_count,
        asked_steps.bad_count

    from asked_steps
    union all
    select
        variants_until_landmark.journey,
        variants_until_landmark.outcome,
        'landmark' as known_at,
        'variant_so_far' as factor_kind,
        beginnings.beginning_id as factor_value,
        {{- strata_columns | replace("counted", "variants_until_landmark") }}
        variants_until_landmark.case_count,
        variants_until_landmark.bad_count

    from variants_until_landmark
    inner join beginnings
        on
            variants_until_landmark.journey = beginnings.journey
            and variants_until_landmark.variant_id = beginnings.variant_id
            and variants_until_landmark.event_count = beginnings.event_count

),

factors_counted as (

    select
        journey,
        outcome,
        known_at,
        factor_kind,
        factor_value,
        {%- for column in ["from_date"] + strata %}
        {{ column }},
        {%- endfor %}
        cast(sum(case_count) as bigint) as case_count,
        cast(sum(bad_count) as bigint) as bad_count

    from factors
    group by
        journey,
        outcome,
        known_at,
        factor_kind,
        factor_value,
        from_date
        {%- for column in strata %},
        {{ column }}
        {%- endfor %}

)

select * from factors_counted

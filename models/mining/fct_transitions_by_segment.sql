{%- set cuts = offpath.contract_columns("event", "cut") | reject("equalto", "actor")
    | list -%}

with

segments_named as (

    select * from {{ ref("int_segments_named") }}

),

case_cuts as (

    select * from {{ ref("fct_case_cuts") }}
    where cut not in ('{{ cuts | join("', '") }}')

),

cases as (

    select
        journey,
        case_id,
        variant_id

    from {{ ref("fct_cases") }}

),

variant_transitions as (

    select * from {{ ref("int_variant_transitions") }}

),

transitions_repeated as (

    select * from {{ ref("int_transitions_repeated") }}

),

segment_names as (

    select distinct
        journey,
        cut,
        segment

    from segments_named

),

-- Transitions are counted by a number instead of journey, cut and segment.
segments as (

    select
        journey,
        cut,
        segment,
        row_number() over (order by journey, cut, segment) as segment_number

    from segment_names

),

segment_values as (

    select
        segments_named.journey,
        segments_named.cut,
        segments_named.cut_value,
        segments.segment_number

    from segments_named
    inner join segments
        on
            segments_named.journey = segments.journey
            and segments_named.cut = segments.cut
            and segments_named.segment = segments.segment

),

case_segments as (

    select
        case_cuts.journey,
        case_cuts.case_id,
        segment_values.segment_number

    from case_cuts
    inner join segment_values
        on
            case_cuts.journey = segment_values.journey
            and case_cuts.cut = segment_values.cut
            and case_cuts.cut_value = segment_values.cut_value

),

-- Which cases have a transition, their variants tell, which is cheaper than to tell
-- the cases of each segment apart in the timeline.
variant_segments as (

    select
        cases.journey,
        cases.variant_id,
        case_segments.segment_number,
        count(*) as case_count

    from case_segments
    inner join cases
        on
            case_segments.journey = cases.journey
            and case_segments.case_id = cases.case_id
    group by cases.journey, cases.variant_id, case_segments.segment_number

),

cases_with as (

    select
        variant_segments.segment_number,
        variant_transitions.from_event,
        variant_transitions.to_event,
        sum(variant_segments.case_count) as case_count

    from variant_segments
    inner join variant_transitions
        on
            variant_segments.journey = variant_transitions.journey
            and variant_segments.variant_id = variant_transitions.variant_id
    group by
        variant_segments.segment_number,
        variant_transitions.from_event,
        variant_transitions.to_event

),

timed_by_case as (

    select
        case_segments.segment_number,
        coalesce(case_events.previous_event_name, '[start]') as from_event,
        case_events.event_name as to_event,
        count(*) as transition_count,
        {{ offpath.median_of("case_events.seconds_since_previous") }} as median_seconds

    from {{ ref("fct_case_events") }} as case_events
    inner join case_segments
        on
            case_events.journey = case_segments.journey
            and case_events.case_id = case_segments.case_id
    group by
        case_segments.segment_number,
        coalesce(case_events.previous_event_name, '[start]'),
        case_events.event_name

),

{% for cut in cuts -%}
timed_by_{{ cut }} as (

    select
        segment_values.segment_number,
        coalesce(case_events.previous_event_name, '[start]') as from_event,
        case_events.event_name as to_event,
        count(*) as transition_count,
        {{ offpath.median_of("case_events.seconds_since_previous") }} as median_seconds

    from {{ ref("fct_case_events") }} as case_events
    inner join segment_values
        on
            case_events.journey = segment_values.journey
            and segment_values.cut = '{{ cut }}'
            and case_events.{{ cut }} = segment_values.cut_value
    group by
        segment_values.segment_number,
        coalesce(case_events.previous_event_name, '[start]'),
        case_events.event_name

),

-- Beyond the first of its case in the segment.
further_by_{{ cut }} as (

    select
        segment_values.segment_number,
        transitions_repeated.from_event,
        transitions_repeated.to_event,
        count(*) - count(distinct transitions_repeated.case_id) as transition_count

    from transitions_repeated
    inner join segment_values
        on
            transitions_repeated.journey = segment_values.journey
            and segment_values.cut = '{{ cut }}'
            and transitions_repeated.{{ cut }} = segment_values.cut_value
    group by
        segment_values.segment_number,
        transitions_repeated.from_event,
        transitions_repeated.to_event

),

{% endfor -%}
counted as (

    {% for cut in cuts -%}
    select
        timed_by_{{ cut }}.segment_number,
        timed_by_{{ cut }}.from_event,
        timed_by_{{ cut }}.to_event,
        timed_by_{{ cut }}.transition_count,
        timed_by_{{ cut }}.transition_count
        - coalesce(further_by_{{ cut }}.transition_count, 0) as case_count,
        timed_by_{{ cut }}.median_seconds

    from timed_by_{{ cut }}
    left join further_by_{{ cut }}
        on
            timed_by_{{ cut }}.segment_number = further_by_{{ cut }}.segment_number
            and timed_by_{{ cut }}.from_event = further_by_{{ cut }}.from_event
            and timed_by_{{ cut }}.to_event = further_by_{{ cut }}.to_event
    union all
    {% endfor -%}
    select
        timed_by_case.segment_number,
        timed_by_case.from_event,
        timed_by_case.to_event,
        timed_by_case.transition_count,
        cases_with.case_count,
        timed_by_case.median_seconds

    from timed_by_case
    inner join cases_with
        on
            timed_by_case.segment_number = cases_with.segment_number
            and timed_by_case.from_event = cases_with.from_event
            and timed_by_case.to_event = cases_with.to_event

),

transitions_by_segment as (

    select
        segments.journey,
        segments.cut,
        segments.segment as cut_value,
        counted.from_event,
        counted.to_event,
        cast(counted.transition_count as bigint) as transition_count,
        cast(counted.case_count as bigint) as case_count,
        cast(counted.median_seconds as double) as median_seconds

    from counted
    inner join segments
        on counted.segment_number = segments.segment_number

)

select * from transitions_by_segment

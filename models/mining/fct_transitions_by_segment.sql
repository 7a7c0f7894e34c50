{%- set cuts = offpath.contract_columns("event", "cut") | reject("equalto", "actor")
    | list -%}

with

segments_named as (

    select * from {{ ref("int_segments_named") }}

),

case_cuts as (

    select * from {{ ref("int_case_cuts") }}

),

case_segments as (

    select
        case_cuts.journey,
        case_cuts.case_id,
        case_cuts.cut,
        segments_named.segment

    from case_cuts
    inner join segments_named
        on
            case_cuts.journey = segments_named.journey
            and case_cuts.cut = segments_named.cut
            and case_cuts.cut_value = segments_named.cut_value

),

-- The table itself, since a CTE that is read several times is written down.
counted as (

    {% for cut in cuts %}
    select
        transitions_timed.journey,
        '{{ cut }}' as cut,
        segments_named.segment,
        transitions_timed.from_event,
        transitions_timed.to_event,
        count(*) as transition_count,
        count(distinct transitions_timed.case_id) as case_count,
        {{ offpath.median_of("transitions_timed.elapsed_seconds") }} as median_seconds

    from {{ ref("int_transitions_timed") }} as transitions_timed
    inner join segments_named
        on
            transitions_timed.journey = segments_named.journey
            and segments_named.cut = '{{ cut }}'
            and transitions_timed.{{ cut }} = segments_named.cut_value
    group by
        transitions_timed.journey,
        segments_named.segment,
        transitions_timed.from_event,
        transitions_timed.to_event
    union all
    {% endfor %}
    select
        transitions_timed.journey,
        case_segments.cut,
        case_segments.segment,
        transitions_timed.from_event,
        transitions_timed.to_event,
        count(*) as transition_count,
        count(distinct transitions_timed.case_id) as case_count,
        {{ offpath.median_of("transitions_timed.elapsed_seconds") }} as median_seconds

    from {{ ref("int_transitions_timed") }} as transitions_timed
    inner join case_segments
        on
            transitions_timed.journey = case_segments.journey
            and transitions_timed.case_id = case_segments.case_id
    group by
        transitions_timed.journey,
        case_segments.cut,
        case_segments.segment,
        transitions_timed.from_event,
        transitions_timed.to_event

),

transitions_by_segment as (

    select
        journey,
        cut,
        segment as cut_value,
        from_event,
        to_event,
        cast(transition_count as bigint) as transition_count,
        cast(case_count as bigint) as case_count,
        cast(median_seconds as double) as median_seconds

    from counted

)

select * from transitions_by_segment

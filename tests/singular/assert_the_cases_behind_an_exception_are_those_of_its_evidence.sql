-- What an exception of a segment has counted, its cases have: of a quality rule each
-- defect and opportunity, of a volume rule of one window each event, of a budget rule
-- each bad case of the long window. Where there are more than are listed, as many as are.
{% set roles = [
    ("defect", "quality", "defects"),
    ("opportunity", "quality", "opportunities"),
    ("counted", "volume", "events"),
    ("bad", "budget", "long_bad"),
] %}

with

exceptions as (

    select * from {{ ref("fct_exceptions") }}

),

exception_cases as (

    select
        exception_id,
        role,
        count(*) as case_count,
        sum(event_count) as event_count

    from {{ ref("fct_exception_cases") }}
    group by exception_id, role

),

told as (

    {% for role, family, figure in roles %}
    select
        exception_id,
        '{{ role }}' as role,
        cast({{ offpath.json_text("evidence", "'" ~ figure ~ "'") }} as double)
            as event_count

    from exceptions
    where
        family = '{{ family }}'
        {%- if role == "counted" %}
        and {{ offpath.json_text("evidence", "'windows'") }} = '1'
        {%- endif %}
    union all
    {% endfor %}
    select
        exception_id,
        'subject' as role,
        1 as event_count

    from exceptions
    where subject_type = 'case'

),

disagreeing as (

    select
        told.exception_id,
        told.role,
        told.event_count as told_count,
        exception_cases.event_count

    from told
    left join exception_cases
        on
            told.exception_id = exception_cases.exception_id
            and told.role = exception_cases.role
    where
        told.event_count <> coalesce(exception_cases.event_count, 0)
        and coalesce(exception_cases.case_count, 0) < 1000

)

select * from disagreeing

{# Seconds at which a span begins: what people say of a wait, to two years. #}
{% set bounds = [
    0, 1, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 43200, 86400,
    172800, 259200, 604800, 1209600, 2592000, 5184000, 10368000, 20736000, 31536000,
    63072000,
] -%}
{% set clocks = {
    "calendar": "elapsed_seconds",
    "business": "business_seconds",
    "rule": "rule_seconds",
} -%}
with

state_visits as (

    select * from {{ ref("fct_state_visits") }}
    where not ends_case

),

visits_placed as (

    select
        journey,
        state,
        is_open,
        {% for clock, seconds in clocks.items() -%}
        case
            {% for bound in bounds | reverse -%}
            when {{ seconds }} >= {{ bound }} then {{ bound }}
            {% endfor -%}
        end as {{ clock }}_from
        {%- if not loop.last %},{% endif %}
        {% endfor %}
    from state_visits

),

-- All clocks at once: the visits are read one time.
visits_counted as (

    select
        journey,
        state,
        {% for clock in clocks -%}
        {{ clock }}_from,
        {% endfor -%}
        sum(case when is_open then 0 else 1 end) as visit_count,
        sum(case when is_open then 1 else 0 end) as open_count

    from visits_placed
    group by
        journey,
        state,
        {% for clock in clocks -%}
        {{ clock }}_from
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}

),

clocks_unioned as (

    {% for clock in clocks -%}
    select
        journey,
        state,
        '{{ clock }}' as clock,
        {{ clock }}_from as from_seconds,
        visit_count,
        open_count

    from visits_counted
    where {{ clock }}_from is not null
    {% if not loop.last %}
    union all

    {% endif -%}
    {%- endfor %}

),

state_duration_spans as (

    select
        journey,
        state,
        clock,
        cast(from_seconds as bigint) as from_seconds,
        cast(
            case from_seconds
                {% for bound in bounds[:-1] -%}
                when {{ bound }} then {{ bounds[loop.index] }}
                {% endfor -%}
            end as bigint
        ) as to_seconds,
        cast(sum(visit_count) as bigint) as visit_count,
        cast(sum(open_count) as bigint) as open_count

    from clocks_unioned
    group by journey, state, clock, from_seconds

)

select * from state_duration_spans

{#- Who acts is asked of each event and not of the first alone. -#}
{% set cuts = offpath.contract_columns("event", "cut")
    | reject("equalto", "actor") | list %}
{% set columns = ["severity"] + cuts %}
{#- What values are numbered by: none, the 50 most frequent, and all others. -#}
{% set other_number = 51 %}

with

cases as (

    select * from {{ ref("fct_cases") }}

),

first_versions as (

    select * from {{ ref("int_case_versions") }}
    where known_from = cast('1000-01-01' as timestamp)

),

first_events as (

    select * from {{ ref("fct_case_events") }}
    where event_number = 1

),

-- What was known when the case began: an urgency that it was given because it was late
-- is no cause.
begun as (

    select
        cases.journey,
        cases.case_id,
        row_number() over (partition by cases.journey order by cases.case_id)
            as case_number,
        cases.variant_id,
        {%- for column in ["severity", "value_amount"] %}
        case
            when first_versions.case_id is not null then first_versions.{{ column }}
            else cases.{{ column }}
        end as {{ column }},
        {%- endfor %}
        {%- for column in cuts %}
        first_events.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}

    from cases
    inner join first_events
        on
            cases.journey = first_events.journey
            and cases.case_id = first_events.case_id
    left join first_versions
        on
            cases.journey = first_versions.journey
            and cases.case_id = first_versions.case_id

),

-- Cases of the same value are in the same quarter.
valued as (

    select
        journey,
        case_id,
        rank() over (partition by journey order by value_amount) as value_rank,
        cast(count(*) over (partition by journey) as double) as valued_count

    from begun
    where value_amount is not null

),

{% for column in columns -%}
{{ column }}_ranked as (

    select
        journey,
        {{ column }},
        row_number() over (
            partition by journey
            order by count(*) desc, {{ column }}
        ) as value_rank

    from begun
    where {{ column }} is not null
    group by journey, {{ column }}
    having count(*) >= 20

),

{% endfor -%}

-- What few cases have is told together.
cases_described as (

    select
        begun.journey,
        begun.case_id,
        begun.case_number,
        begun.variant_id,
        {%- for column in columns %}
        case
            when begun.{{ column }} is null then '[none]'
            when {{ column }}_ranked.value_rank <= 50 then begun.{{ column }}
            else '[other]'
        end as {{ column }},
        {%- endfor %}
        cast(
            {%- for column in columns %}
            {{ (other_number + 1) ** loop.index0 }} * case
                when begun.{{ column }} is null then 0
                when {{ column }}_ranked.value_rank <= 50
                    then {{ column }}_ranked.value_rank
                else {{ other_number }}
            end
            {{- " +" if not loop.last }}
            {%- endfor %} as bigint
        ) as strata_number,
        cast(
            floor(1 + 4 * (valued.value_rank - 1) / valued.valued_count) as integer
        ) as value_quarter

    from begun
    left join valued
        on
            begun.journey = valued.journey
            and begun.case_id = valued.case_id
    {%- for column in columns %}
    left join {{ column }}_ranked
        on
            begun.journey = {{ column }}_ranked.journey
            and begun.{{ column }} = {{ column }}_ranked.{{ column }}
    {%- endfor %}

)

select * from cases_described

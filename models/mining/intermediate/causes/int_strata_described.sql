{%- set strata = ["severity"] + (
    offpath.contract_columns("event", "cut") | reject("equalto", "actor") | list
) -%}

with

described as (

    select distinct
        journey,
        strata_number,
        {%- for column in strata %}
        {{ column }}{{ "," if not loop.last }}
        {%- endfor %}

    from {{ ref("int_cases_described") }}

),

strata_described as (

    {% for column in strata %}
    select
        journey,
        strata_number,
        '{{ column }}' as stratum_kind,
        {{ column }} as stratum

    from described
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from strata_described

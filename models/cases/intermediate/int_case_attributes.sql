{{ config(materialized="view") }}

with

classified as (

    select * from {{ ref("int_cases_classified") }}

),

case_attributes as (

    select
        {%- for column in offpath.contract_columns("case") %}
        {{ "coalesce(is_excluded, false) as is_excluded" if column == "is_excluded"
            else column }}{{ "," if not loop.last }}
        {%- endfor %}

    from classified
    where disposition = 'accepted'

)

select * from case_attributes

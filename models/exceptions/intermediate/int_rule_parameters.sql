{{ config(materialized="view") }}

with

rule_parameters as (

    {% for name, family in offpath.exception_families().items() if family.parameters %}
    {% set fields = {} %}
    {% for column in family.parameters %}
    {# A decimal would come with as many zeros as it has places. #}
    {% do fields.update({
        column: "cast(" ~ column ~ " as double)" if column == "threshold_share"
            else column
    }) %}
    {% endfor %}
    select
        rule_id,
        {{ offpath.json_object(fields) }} as parameters

    from {{ ref(name ~ "_rules") }}
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from rule_parameters

{#-
    Every value of the column is one of `values`; null passes. Fails with the seed, the
    row (its value of `row_key`) and the value to mend.
-#}
{% test one_of(model, column_name, values, row_key) %}

{% do offpath.with_own_ref() %}

with

unknown as (

    select
        'seed {{ model.identifier }}, row ' || coalesce({{ row_key }}, '(blank)')
        || ': {{ column_name }} '''
        || cast({{ column_name }} as {{ dbt.type_string() }})
        || ''' is not one of {{ values | join(", ") }}' as message

    from {{ model }}
    where
        cast({{ column_name }} as {{ dbt.type_string() }})
        not in ('{{ values | join("', '") }}')

)

{{ offpath.named_violations("unknown") }}

{% endtest %}

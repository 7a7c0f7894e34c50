{#-
    The column is filled in every row of the seed. Fails with the seed and the row (its
    value of `row_key`) to mend.
-#}
{% test present(model, column_name, row_key) %}

{% do offpath.with_own_ref() %}

with

blank as (

    select
        'seed {{ model.identifier }}, row '
        || coalesce(cast({{ row_key }} as {{ dbt.type_string() }}), '(blank)')
        || ': {{ column_name }} is blank' as message

    from {{ model }}
    where
        {{ column_name }} is null
        or trim(cast({{ column_name }} as {{ dbt.type_string() }})) = ''

)

{{ offpath.named_violations("blank") }}

{% endtest %}

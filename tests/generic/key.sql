{#-
    The column is filled and different in every row of the seed. Fails with the seed and
    the value to mend.
-#}
{% test key(model, column_name) %}

{% do offpath.with_own_ref() %}

with

repeated as (

    select
        'seed {{ model.identifier }}, row '
        || coalesce(cast({{ column_name }} as {{ dbt.type_string() }}), '(blank)')
        || ': {{ column_name }} '
        || case
            when {{ column_name }} is null then 'is blank'
            else
                'stands in ' || cast(count(*) as {{ dbt.type_string() }}) || ' rows'
        end as message

    from {{ model }}
    group by {{ column_name }}
    having count(*) > 1 or {{ column_name }} is null

)

{{ offpath.named_violations("repeated") }}

{% endtest %}

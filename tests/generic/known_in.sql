{#-
    Every value of the column is a value of `field` in the relation `to`; null passes.
    Fails with the seed, the row (its value of `row_key`) and the value to mend. `match`
    names a column that both share and that must agree; `also` lists further values.
-#}
{% test known_in(model, column_name, to, field, row_key, match=none, also=[]) %}

{% do offpath.with_own_ref() %}

with

unknown as (

    select
        'seed {{ model.identifier }}, row '
        || coalesce(cast(checked.{{ row_key }} as {{ dbt.type_string() }}), '(blank)')
        || ': {{ column_name }} '''
        || cast(checked.{{ column_name }} as {{ dbt.type_string() }})
        || ''' is not in {{ to.identifier or "a seed not there, by" }}.{{ field }}'
        {%- if match %}
        || ' of {{ match }} ''' || checked.{{ match }} || ''''
        {%- endif %}
            as message

    from {{ model }} as checked
    left join {{ to }} as known
        on
            checked.{{ column_name }} = known.{{ field }}
            {% if match -%} and checked.{{ match }} = known.{{ match }} {%- endif %}
    where
        checked.{{ column_name }} is not null
        and known.{{ field }} is null
        {% if also -%}
        and checked.{{ column_name }} not in ('{{ also | join("', '") }}')
        {%- endif %}

)

{{ offpath.named_violations("unknown") }}

{% endtest %}

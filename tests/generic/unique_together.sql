{#- No two rows share the values of `columns`. -#}
{% test unique_together(model, columns) %}

{% do offpath.with_own_ref() %}

select
    {{ columns | join(",\n    ") }},
    count(*) as row_count

from {{ model }}
group by
    {{ columns | join(",\n    ") }}
having count(*) > 1

{% endtest %}

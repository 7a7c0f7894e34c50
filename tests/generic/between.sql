{#-
    Every value of the column is within the bounds, which belong to it; null passes.
    With `row_key` it fails with the seed, the row (its value of `row_key`) and the
    value to mend.
-#}
{% test between(model, column_name, at_least=none, at_most=none, row_key=none) %}

{% do offpath.with_own_ref() %}

{% if at_least is none and at_most is none %}
    {{ exceptions.raise_compiler_error("between: give at_least, at_most, or both") }}
{% endif %}
{% set bounds = [] %}
{% set breaches = [] %}
{% if at_least is not none %}
    {% do bounds.append("at least " ~ at_least) %}
    {% do breaches.append(column_name ~ " < " ~ at_least) %}
{% endif %}
{% if at_most is not none %}
    {% do bounds.append("at most " ~ at_most) %}
    {% do breaches.append(column_name ~ " > " ~ at_most) %}
{% endif %}

with

outside as (

    select
        {% if row_key -%}
        'seed {{ model.identifier }}, row '
        || coalesce(cast({{ row_key }} as {{ dbt.type_string() }}), '(blank)')
        || ': {{ column_name }} '''
        || cast({{ column_name }} as {{ dbt.type_string() }})
        || ''' is not {{ bounds | join(" and ") }}' as message
        {%- else -%}
        {{ column_name }}
        {%- endif %}

    from {{ model }}
    where {{ breaches | join(" or ") }}

)

{% if row_key -%} {{ offpath.named_violations("outside") }}
{%- else -%} select {{ column_name }} from outside
{%- endif %}

{% endtest %}

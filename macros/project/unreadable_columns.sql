{#-
    Names of the contract columns whose raw text is there but could not be read,
    comma-separated; null if all could. `columns` maps a contract column to the
    pair [raw text expression, cast expression].
-#}
{% macro unreadable_columns(columns) -%}
    nullif(concat_ws(', '
    {%- for name, pair in columns.items() -%}
        , case
            when {{ offpath.trimmed(pair[0]) }} is not null and {{ pair[1] }} is null
                then '{{ name }}'
        end
    {%- endfor -%}
    ), '')
{%- endmacro %}

{#-
    A condition: whether two rows of a kind, relations or aliases, differ in what they
    say.
-#}
{% macro says_otherwise(kind, one, other) -%}
    (
        {%- for column in offpath.contract_columns(kind, "content") %}
        {{ one }}.{{ column }} is distinct from {{ other }}.{{ column }}
        {{- " or" if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

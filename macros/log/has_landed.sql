{#-
    A condition: whether a raw row is there by the clock. One that does not say when it
    landed is, and goes to quarantine.
-#}
{% macro has_landed(loaded_at) -%}
    coalesce({{ loaded_at }} <= {{ offpath.as_of() }}, true)
{%- endmacro %}

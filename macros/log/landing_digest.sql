{#-
    An aggregate that is another for other rows of a kind, or the same at other
    instants.
-#}
{% macro landing_digest(kind) -%}
    {{ offpath.digest_of_rows(offpath.contract_columns(kind, "key") + ["loaded_at"]) }}
{%- endmacro %}

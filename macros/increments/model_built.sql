{#- Runs after each model is built: notes an incremental one, with its rows or not at all. -#}
{% macro model_built() -%}
    {%- if execute and offpath.is_increment(model) -%}
        {{ offpath.note_built([model.unique_id]) }}
    {%- endif -%}
{%- endmacro %}

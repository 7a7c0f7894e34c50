{#- The raw row as a JSON object of texts, for a reader of the quarantine. -#}
{% macro raw_record(columns) -%}
    {%- set fields = {} -%}
    {%- for column in columns -%}
        {%- do fields.update({column: "cast(" ~ column ~ " as " ~ dbt.type_string() ~ ")"}) -%}
    {%- endfor -%}
    {{ offpath.json_object(fields) }}
{%- endmacro %}

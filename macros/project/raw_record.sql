{#- The raw row as a JSON object of texts, for a reader of the quarantine. -#}
{% macro raw_record(columns) -%}
    {%- set fields = {} -%}
    {%- for column in columns -%}
        {%- set text = "cast(" ~ column ~ " as " ~ dbt.type_string() ~ ")" -%}
        {%- do fields.update({column: text}) -%}
    {%- endfor -%}
    {{ offpath.json_object(fields) }}
{%- endmacro %}

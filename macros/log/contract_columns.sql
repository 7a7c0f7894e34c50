{#-
    Names of the columns of a contract, in their order: those that play a part, or all
    of them but what is there for the quarantine alone.
-#}
{% macro contract_columns(kind, part=none) -%}
    {%- set names = [] -%}
    {%- for name, column in offpath.contract(kind).items() -%}
        {%- if part in column.parts
            or (part is none and name not in ("unreadable", "raw_record")) -%}
            {%- do names.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

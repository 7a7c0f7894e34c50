{#-
    A UTC timestamp literal of the value of a var, YYYY-MM-DD HH:MM:SS; fails by the
    name of the var where it is no such instant.
-#}
{% macro instant_literal(var_name, value) -%}
    {%- set day = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])" -%}
    {%- set clock = "([01][0-9]|2[0-3])(:[0-5][0-9]){2}([.][0-9]{1,6})?" -%}
    {%- if not modules.re.fullmatch(day ~ "([ T]" ~ clock ~ ")?", value | string) -%}
        {{ exceptions.raise_compiler_error(
            "var " ~ var_name ~ " is '" ~ value ~ "', which is no instant of the form "
            ~ "YYYY-MM-DD HH:MM:SS (UTC)"
        ) }}
    {%- endif -%}
    cast('{{ value }}' as timestamp)
{%- endmacro %}

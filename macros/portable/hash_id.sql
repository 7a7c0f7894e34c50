{#-
    A text id of 32 hexadecimal digits from text expressions: the same texts give the
    same id on every engine. A null differs from the empty text, and ('a', 'bc')
    from ('ab', 'c').
-#}
{% macro hash_id(expressions) -%}
    md5(concat(
    {%- for expression in expressions -%}
        coalesce(
            replace(cast({{ expression }} as {{ dbt.type_string() }}), '|', '||'), '|0'
        ), '|1'{{ ", " if not loop.last }}
    {%- endfor -%}
    ))
{%- endmacro %}

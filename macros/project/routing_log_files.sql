{#-
    The router's exported rows of one kind, as a relation of the given columns (name:
    type); no rows before its first export, so that a first build has a closed loop too.
    A column that the files of an older router lack is null, since that one exports anew
    only on marts of its own version.
-#}
{% macro routing_log_files(kind, columns) %}
    {%- set exported = offpath.exported_rows(kind) -%}
    select
    {%- for name, type in columns.items() %}
        cast({{ name if name in exported.columns else "null" }} as {{ type }})
            as {{ name }}
        {{- "," if not loop.last }}
    {%- endfor %}
    {% if exported.columns %}
    from {{ exported.relation }}
    {% else %}
    where 1 = 0
    {% endif %}
{% endmacro %}

{#-
    Runs as a build or a run begins: says by an empty `marker`, the relation of
    `dim_build`, that the marts are unfinished until its turn comes, after all others.
-#}
{% macro build_begun(marker) -%}
    {%- if execute and flags.WHICH in ("build", "run") -%}
        {%- if load_relation(marker) is not none -%}
            delete from {{ marker }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

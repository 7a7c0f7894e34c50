{#-
    Runs as a build begins: plans it where the engine keeps increments, and empties
    `marker`, the relation of `dim_build`, so that the marts count as unfinished until
    its turn comes, after all others.
-#}
{% macro build_begun(marker) -%}
    {%- if execute and flags.WHICH in ("build", "run", "seed", "snapshot") -%}
        {%- if offpath.keeps_increments() -%}
            {%- do offpath.note_planned() -%}
        {%- endif -%}
        {%- if flags.WHICH in ("build", "run") and load_relation(marker) is not none -%}
            truncate table {{ marker.render() }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Runs as a run ends: notes what else was built. -#}
{% macro build_ended(results) -%}
    {%- if execute and flags.WHICH in ("build", "run", "seed", "snapshot") -%}
        {%- set built = [] -%}
        {%- for result in results -%}
            {%- if result.status == "success" and not offpath.is_increment(result.node) -%}
                {%- do built.append(result.node.unique_id) -%}
            {%- endif -%}
        {%- endfor -%}
        {{ offpath.note_built(built) }}
    {%- endif -%}
{%- endmacro %}

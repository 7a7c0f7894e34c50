{#-
    Notes in `offpath_builds` what was built as planned: after each model an incremental
    one, with its rows or not at all, and as a run ends, from its `results`, what else
    was. What is built without rows (`--empty`) is not noted, so that it is built again.
-#}
{% macro note_built(results=none) -%}
    {%- set built = [] -%}
    {%- if not offpath.keeps_increments() -%}
    {%- elif execute and results is none and offpath.is_increment(model) -%}
        {%- do built.append(model.unique_id) -%}
    {%- elif execute and results is not none
        and flags.WHICH in ("build", "run", "seed", "snapshot") -%}
        {%- for result in results
            if result.status == "success" and not offpath.is_increment(result.node) -%}
            {%- do built.append(result.node.unique_id) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if built and not flags.EMPTY -%}
        {%- set nodes = "('" ~ built | join("', '") ~ "')" %}
        delete from {{ offpath.state_table("builds") }}
        where node in {{ nodes }};
        insert into {{ offpath.state_table("builds") }}
        select * from {{ offpath.state_table("plan") }}
        where node in {{ nodes }}
    {%- endif -%}
{%- endmacro %}

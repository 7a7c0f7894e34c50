{#-
    Notes nodes as built, as planned. What is built without rows (`--empty`) is not noted,
    so that it is built again.
-#}
{% macro note_built(unique_ids) -%}
    {%- if not flags.EMPTY %}
    {%- set nodes = "('" ~ unique_ids | join("', '") ~ "')" %}
    delete from {{ offpath.state_table("builds") }} where node in {{ nodes }};
    insert into {{ offpath.state_table("builds") }}
    select * from {{ offpath.state_table("plan") }} where node in {{ nodes }}
    {%- endif -%}
{%- endmacro %}

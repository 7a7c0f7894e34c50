{#-
    Fails where this run would lose what a classified table alone has left: raw rows may
    be gone that landed before the `raw_kept_from` of its last build, `before`.
-#}
{% macro archive_kept(node, before) -%}
    {%- set was = fromjson(before.mark or "{}").get("var raw_kept_from", "None") -%}
    {%- set is_known = node.config.meta.row_kind and before -%}
    {%- if is_known and (was != "None" or offpath.raw_kept_from()) -%}
        {%- set never = "cast('0001-01-01' as timestamp)" -%}
        {%- set was_kept_from = offpath.instant_literal("raw_kept_from", was)
            if was != "None" else never -%}
        {%- set kept_from = offpath.raw_kept_from() or never -%}
        {%- set found = run_query(
            "select " ~ kept_from ~ " < " ~ was_kept_from ~ ", " ~ offpath.as_of()
            ~ " < greatest(" ~ kept_from ~ ", " ~ was_kept_from ~ ")"
        ).rows[0] -%}
        {%- if found[0] -%}
            {{ exceptions.raise_compiler_error(
                "var raw_kept_from was " ~ was ~ " in this warehouse, and is "
                ~ var("raw_kept_from", none) ~ ": what landed before is archived in"
                ~ " it and would be lost. Set the var to that instant or a later one,"
                ~ " or begin a warehouse anew"
            ) }}
        {%- elif found[1] -%}
            {{ exceptions.raise_compiler_error(
                "as_of is before var raw_kept_from: this build would lose what landed"
                ~ " between them. Replay a day since then"
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

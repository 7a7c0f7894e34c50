{#-
    Whether a classified table has what landed before `raw_kept_from`: it has such rows,
    and none that it once set aside because their beginning was lost. `archive` is the
    relation; none where there is no table yet.
-#}
{% macro is_archived(archive) -%}
    {%- if not archive -%}{{ return(false) }}{%- endif -%}
    {%- set counts = run_query(
        "select count(case when loaded_at < " ~ offpath.raw_kept_from()
        ~ " then 1 end), count(case when disposition = 'began_before' then 1 end)"
        ~ " from " ~ archive ~ " where disposition <> 'withdrawn'"
    ).rows[0] -%}
    {{ return(counts[0] > 0 and counts[1] == 0) }}
{%- endmacro %}

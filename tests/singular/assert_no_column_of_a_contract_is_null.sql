-- DuckDB sees to what a contract says is not null; other engines do not. The marker of a
-- build comes after all marts.
-- depends_on: {{ ref("dim_build") }}
{{ config(enabled=target.type != "duckdb") }}

{% set selects = [] %}
{% for node in graph.get("nodes", {}).values()
    if node.resource_type == "model" and node.package_name == "offpath"
    and node.config.contract.enforced %}
{% set names, are_null = [], [] %}
{% for column in node.columns.values()
    if "not_null" in column.constraints | map(attribute="type") %}
{% do names.append(
    "case when " ~ column.name ~ " is null then '" ~ column.name ~ " ' else '' end"
) %}
{% do are_null.append(column.name ~ " is null") %}
{% endfor %}
{% if names %}
{% do selects.append(
    "select '" ~ node.name ~ "' as mart, concat(" ~ names | join(", ")
    ~ ") as null_columns from " ~ node.relation_name
    ~ " where " ~ are_null | join(" or ")
) %}
{% endif %}
{% endfor %}

with

null_rows as (

    {{ selects | join(" union all ") or "select 1 as mart" }}

)

select * from null_rows

-- Each is told by name and count, since dbt itself tells how many there are.
{{ config(severity="warn") }}

{% if execute and flags.WHICH in ("build", "test") %}
{% for row in run_query(
    "select message from " ~ ref("fct_warnings") ~ " order by message"
).rows %}
{% do exceptions.warn(row.message) %}
{% endfor %}
{% endif %}

select * from {{ ref("fct_warnings") }}

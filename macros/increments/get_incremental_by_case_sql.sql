{#-
    The incremental strategy of the tables with rows per case: the rows of the cases
    that are computed anew take the place of all that they had.
-#}
{% macro get_incremental_by_case_sql(arguments) -%}
    {%- set columns = (
        arguments["dest_columns"] | map(attribute="quoted") | join(", ")
    ) -%}
    delete from {{ arguments["target_relation"] }}
    where {{ offpath.is_due("journey", "case_id") }};
    insert into {{ arguments["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arguments["temp_relation"] }}
{%- endmacro %}

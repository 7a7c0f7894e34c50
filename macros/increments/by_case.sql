{#-
    The incremental strategy of the tables with rows per case: the rows of the cases
    that an increment computes anew take the place of all that they had.
-#}
{% macro get_incremental_by_case_sql(arguments) -%}
    {%- set target = arguments["target_relation"] -%}
    {%- set columns = arguments["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    delete from {{ target }}
    where {{ offpath.is_due("journey", "case_id") }};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arguments["temp_relation"] }}
{%- endmacro %}


{#-
    A condition: whether this incremental model computes a case anew. An increment does
    where rows of the case have landed or come into their time since the model was
    built, and where a row that the model has of it is `moved_by_clock` (a condition on
    its columns, in the meta of its configuration); a full build computes every case.
-#}
{% macro is_due(journey, case_id) -%}
    {%- set reads_after = offpath.reads_after() -%}
    {%- if reads_after is none -%}
        1 = 1
    {%- else -%}
        ({{ journey }}, {{ case_id }}) in (
            {{ offpath.cases_landed_after(reads_after, model) }}
            {%- if model.config.meta.moved_by_clock %}
            union all
            select
                journey,
                case_id

            from {{ this }}
            where {{ model.config.meta.moved_by_clock }}
            {%- endif %}
        )
    {%- endif -%}
{%- endmacro %}


{#- A subquery: the rows of a relation whose cases `is_due`. -#}
{% macro due_rows(relation) -%}
    (select * from {{ relation }} where {{ offpath.is_due("journey", "case_id") }})
{%- endmacro %}


{#-
    The same for a Python model, by its name, in a view that it reads. The view asks
    when it is read what is due, for it may be older than the run.
-#}
{% macro is_due_when_read(model_name, journey, case_id) -%}
    {%- if execute and this is not none -%}
        {%- set node = graph.nodes["model.offpath." ~ model_name] -%}
        {%- set reads_after -%}
            (
                select reads_after from {{ offpath.builds() }}
                where node = '{{ node.unique_id }}'
                order by run_number desc
                limit 1
            )
        {%- endset -%}
        {{ reads_after }} is null
        or ({{ journey }}, {{ case_id }}) in (
            {{ offpath.cases_landed_after(reads_after, node) }}
        )
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}


{#- Cases of rows that were classified in runs after one, of what a node comes from. -#}
{% macro cases_landed_after(run_number, node) -%}
    {%- set upstream = {} -%}
    {%- do offpath.add_upstream_first(node, upstream) -%}
    {%- set classified = upstream.values()
        | selectattr("config.incremental_strategy", "equalto", "by_landing") -%}
    {%- for parent in classified %}
            select
                journey,
                case_id

            from {{ adapter.get_relation(parent.database, parent.schema, parent.alias) }}
            where run_number > {{ run_number }} and quarantine_reason is null
            {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}

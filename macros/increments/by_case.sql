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
    A condition: whether the incremental model `model_name` (this one by default)
    computes a case anew. An increment does where rows of the case have landed or come
    into their time since the model was built, and where a row that the model has of it
    is `moved_by_clock` (a condition on its columns, in the meta of its configuration);
    a full build computes every case.
-#}
{% macro is_due(journey, case_id, model_name=none) -%}
    {%- if model_name and execute -%}
        {%- set node = graph.nodes["model.offpath." ~ model_name] -%}
        {%- set as_increment = offpath.relation_of(node) and not flags.FULL_REFRESH -%}
    {%- else -%}
        {%- set node = model -%}
        {%- set as_increment = offpath.as_increment() -%}
    {%- endif -%}
    {%- set built = offpath.built(node) if as_increment else none -%}
    {%- if built is none -%}
        1 = 1
    {%- else -%}
        ({{ journey }}, {{ case_id }}) in (
            {%- for unique_id in offpath.upstream_of(node) -%}
            {%- set upstream = graph.nodes.get(unique_id) -%}
            {%- if upstream and upstream.config.incremental_strategy == "by_landing" %}
            select
                journey,
                case_id

            from {{ offpath.relation_of(upstream) }}
            where revision > {{ built.revision }} and quarantine_reason is null
            union
            {%- endif %}
            {%- endfor %}
            select
                journey,
                case_id

            from {{ offpath.relation_of(node) }}
            where {{ node.config.meta.get("moved_by_clock", "1 = 0") }}
        )
    {%- endif -%}
{%- endmacro %}


{#- A subquery: the rows of a relation whose cases `is_due`. -#}
{% macro due_rows(relation) -%}
    (select * from {{ relation }} where {{ offpath.is_due("journey", "case_id") }})
{%- endmacro %}


{#- Whether this model adds to rows that it has; a unit test has none. -#}
{% macro as_increment() -%}
    {{ return(this is not none and is_incremental()) }}
{%- endmacro %}

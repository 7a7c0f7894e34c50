{#-
    Fills the table of a seed, of which dbt has made no row yet. As dbt-spark has it,
    with what its session method does not do: a text with a quote or a backslash in it
    is itself, and an empty field is null.
-#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model.config.get("column_types", {}) -%}
    {%- set statements = [] -%}
    {%- for rows in agate_table.rows | batch(get_batch_size()) -%}
        {%- set records = [] -%}
        {%- for row in rows -%}
            {%- set fields = [] -%}
            {%- for field in row -%}
                {%- do fields.append(none if field is none else field | string) -%}
            {%- endfor -%}
            {%- do records.append(fields) -%}
        {%- endfor -%}
        {%- set document = tojson(records) | replace("\\", "\\\\")
            | replace("'", "\\'") -%}
        {%- set statement -%}
            insert into {{ this.render() }}
            select
            {%- for name in agate_table.column_names %}
                cast(fields[{{ loop.index0 }}] as {{
                    types.get(name, adapter.convert_type(agate_table, loop.index0))
                }}){{ "," if not loop.last }}
            {%- endfor %}
            from (
                select explode(from_json('{{ document }}', 'array<array<string>>'))
                    as fields
            )
        {%- endset -%}
        {%- do adapter.add_query(statement, abridge_sql_log=True) -%}
        {%- do statements.append(statement) -%}
    {%- endfor -%}
    {{ return(statements | first) }}
{% endmacro %}

{#-
    The columns that a staging model of a kind (`event`, `case` or `promise`) yields, in
    their order, each with its type. All must be there; what a source does not have is
    null. `unreadable` names what could not be cast (see `unreadable_columns`), and
    `raw_record` is the raw row (see `raw_record`); both are for the quarantine.
-#}
{% macro staging_contract(kind) -%}
    {%- set text = dbt.type_string() -%}
    {%- set amount = "decimal(18, 2)" -%}
    {%- set own_columns = {
        "event": {
            "event_id": text,
            "event_name": text,
            "occurred_at": "timestamp",
            "actor": text,
            "channel": text,
            "location": text,
            "reason_code": text,
            "amount": amount,
            "source_sequence": "bigint",
            "attributes": text,
        },
        "case": {
            "severity": text,
            "due_at": "timestamp",
            "value_amount": amount,
            "is_excluded": "boolean",
        },
        "promise": {"promise": text, "due_at": "timestamp"},
    } -%}
    {%- set columns = {"journey": text, "case_id": text} -%}
    {%- do columns.update(own_columns[kind]) -%}
    {%- do columns.update({
        "loaded_at": "timestamp", "unreadable": text, "raw_record": text
    }) -%}
    {{ return(columns) }}
{%- endmacro %}

{#-
    The columns that a staging model of a kind (`event`, `case` or `promise`) yields,
    each with its type and the parts that it plays. All that reads a contract is made
    from this one declaration.

    - key: rows that share these are deliveries of one thing
    - id: is compared in one normal form (`normal_id`)
    - required: a row without it goes to quarantine; a model without it fails the build
    - content: what the row says. A later delivery that says otherwise is a correction.
      Of deliveries that landed at once, the one with the greatest content counts, in
      the order of the columns here: the last by the sequence of its source
    - segment: rules of quality and volume may judge its values apart
    - gate: completeness rules may ask for it
    - cut: budgets are attributed to its values

    A model that lacks a column without the part required has null there. `unreadable`
    names what could not be cast (see `unreadable_columns`), and `raw_record` is the raw
    row (see `raw_record`); both are for the quarantine, and every model has them.
-#}
{% macro contract(kind) -%}
    {%- set text = dbt.type_string() -%}
    {%- set amount = "decimal(18, 2)" -%}
    {%- set key = ["key", "required"] -%}
    {%- set id = ["id", "key", "required"] -%}
    {%- set sequence = {"type": "bigint", "parts": ["content"]} -%}
    {%- set named = ["content", "segment", "gate", "cut"] -%}
    {%- set contracts = {
        "event": {
            "journey": {"type": text, "parts": key},
            "event_id": {"type": text, "parts": id},
            "source_sequence": sequence,
            "occurred_at": {"type": "timestamp", "parts": ["required", "content"]},
            "case_id": {"type": text, "parts": ["id", "required", "content"]},
            "event_name": {"type": text, "parts": ["required", "content"]},
            "actor": {"type": text, "parts": named},
            "channel": {"type": text, "parts": named},
            "location": {"type": text, "parts": named},
            "reason_code": {"type": text, "parts": ["content", "segment", "gate"]},
            "amount": {"type": amount, "parts": ["content", "gate"]},
            "attributes": {"type": text, "parts": ["content"]},
        },
        "case": {
            "journey": {"type": text, "parts": key},
            "case_id": {"type": text, "parts": id},
            "source_sequence": sequence,
            "severity": {"type": text, "parts": ["content", "gate"]},
            "due_at": {"type": "timestamp", "parts": ["content", "gate"]},
            "value_amount": {"type": amount, "parts": ["content", "gate"]},
            "is_excluded": {"type": "boolean", "parts": ["content"]},
        },
        "promise": {
            "journey": {"type": text, "parts": key},
            "case_id": {"type": text, "parts": id},
            "promise": {"type": text, "parts": key},
            "source_sequence": sequence,
            "due_at": {"type": "timestamp", "parts": ["content"]},
        },
    } -%}
    {%- set columns = contracts[kind] -%}
    {%- do columns.update({
        "loaded_at": {"type": "timestamp", "parts": ["required"]},
        "unreadable": {"type": text, "parts": []},
        "raw_record": {"type": text, "parts": []},
    }) -%}
    {{ return(columns) }}
{%- endmacro %}

with

messages as (

    {{ offpath.routing_log_files("messages", {
        "intent_id": dbt.type_string(),
        "message_id": dbt.type_string(),
        "exception_id": dbt.type_string(),
        "rule_id": dbt.type_string(),
        "journey": dbt.type_string(),
        "kind": dbt.type_string(),
        "step": "integer",
        "owner_role": dbt.type_string(),
        "channel": dbt.type_string(),
        "state": dbt.type_string(),
        "reason": dbt.type_string(),
        "decided_at": "timestamp",
        "delivered_at": "timestamp",
        "attempts": "integer",
        "is_possible_duplicate": "boolean",
    }) }}

)

select * from messages

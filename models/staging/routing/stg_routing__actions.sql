with

actions as (

    {{ offpath.routing_log_files("actions", {
        "action_number": "bigint",
        "action": dbt.type_string(),
        "exception_id": dbt.type_string(),
        "actor": dbt.type_string(),
        "note": dbt.type_string(),
        "close_code": dbt.type_string(),
        "acted_at": "timestamp",
    }) }}

)

select * from actions

with

states as (

    {{ offpath.routing_log_files("states", {
        "exception_id": dbt.type_string(),
        "told_at": "timestamp",
        "acknowledged_at": "timestamp",
        "acknowledged_by": dbt.type_string(),
        "resolved_at": "timestamp",
        "resolved_by": dbt.type_string(),
    }) }}

)

select * from states

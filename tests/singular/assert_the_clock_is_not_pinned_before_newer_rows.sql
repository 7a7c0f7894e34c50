{#-
    A clock that the project pins must not stand before rows that have landed: they would
    be ignored from now on without a word. A clock given on the command line is a replay
    and may; a project that installs this one may mean it, and is warned.
-#}
{{ config(
    enabled=(not (invocation_args_dict.get("vars") or {}).get("as_of")),
    severity=("error" if project_name == "offpath" else "warn"),
) }}

select
    source_model,
    count(*) as newer_count,
    max(loaded_at) as newest_loaded_at

from {{ ref("int_raw_events_unioned") }}
where loaded_at > {{ offpath.as_of() }}
group by source_model

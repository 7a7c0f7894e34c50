{#-
    A clock that the project pins must not stand before rows that have landed: they would
    be ignored from now on without a word. A clock given on the command line is a replay
    and may; a project that installs this one may mean it, and is warned.
-#}
{% set is_error = project_name == "offpath" %}
{{ config(
    enabled=(not (invocation_args_dict.get("vars") or {}).get("as_of")),
    severity=("error" if is_error else "warn"),
) }}

with

newer as (

    select
        source_model,
        count(*) as newer_count,
        max_by(event_id, loaded_at) as newest_event_id,
        max(loaded_at) as newest_loaded_at

    from {{ ref("int_raw_events_unioned") }}
    where loaded_at > {{ offpath.as_of() }}
    group by source_model

),

described as (

    select
        source_model || ': rows that landed after the clock of the build: '
        || cast(newer_count as {{ dbt.type_string() }}) || ', the newest '
        || coalesce(newest_event_id, '[no event_id]') || ' at '
        || cast(newest_loaded_at as {{ dbt.type_string() }})
        || '; move demo_as_of or as_of' as message

    from newer

)

{% if is_error %}
{{ offpath.named_violations("described") }}
{% else %}
select * from described
{% endif %}

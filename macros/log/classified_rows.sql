{#-
    The rows of a kind (`event`, `case` or `promise`) with what became of them:
    `quarantined` where something is wrong with them, else `redelivered` where a newer
    row of the same key has its place, else `not_yet` where it happens after the clock,
    else `accepted`. Of the rows of one key the last to land is kept, whenever it says
    that the event happened: a correction that moves an event past the clock hides what
    the older row said.

    `judged` is the relation of the landed rows with their `quarantine_reason`. An
    increment yields the rows of the hours that changed and what the clock has reached,
    each with the older rows of the same keys; and once more, as `withdrawn`, the rows
    that are gone from those hours, for their cases to be computed without them.
-#}
{% macro classified_rows(kind, judged) %}
    {%- set key = offpath.contract_columns(kind, "key") -%}
    {%- set content = offpath.contract_columns(kind, "content") -%}
    {%- set columns = ["source_model"] + offpath.contract_columns(kind) -%}
    {%- if not execute %}{% do ref("int_landings_changed") %}{% endif -%}
    {%- set is_increment = offpath.this_plan("reads_after") is not none -%}
    {%- set known_key -%} known.{{ key | join(", known.") }} {%- endset -%}
    {%- set is_read_again = offpath.landed_in_changed_hours(
        kind, "known.source_model", "known.loaded_at"
    ) if is_increment -%}
    {%- set came_again = "quarantine_reason is null and coalesce((" ~ key | join(", ")
        ~ ") in (select * from keys_that_came_again), false)" -%}
    {%- set after_clock = "occurred_at > " ~ offpath.as_of() -%}
    with

    landed as (

        select *
        from {{ judged }}
        {%- if is_increment %}
        where {{ offpath.landed_in_changed_hours(kind, "source_model", "loaded_at") }}
        {%- endif %}

    ),

    {% if is_increment -%}
    withdrawn as (

        select known.*
        from {{ this }} as known
        where
            {{ is_read_again }}
            and known.quarantine_reason is null
            and known.disposition <> 'withdrawn'
            and (known.source_model, known.case_id, {{ known_key }}) not in (
                select
                    source_model,
                    case_id,
                    {{ key | join(", ") }}

                from landed
                where quarantine_reason is null
            )

    ),

    {% endif -%}
    deliveries as (

        select
            {{ columns | join(",\n            ") }},
            quarantine_reason,
            case when quarantine_reason is not null then raw_record end as raw_record

        from landed
        {% if is_increment -%}
        union all
        select
            known.{{ columns | join(",\n            known.") }},
            known.quarantine_reason,
            known.raw_record

        from {{ this }} as known
        where
            known.quarantine_reason is null
            and known.disposition <> 'withdrawn'
            and not ({{ is_read_again }})
            -- Not as a semi join, which may build its table of all that is known.
            and coalesce(({{ known_key }}) in (
                select {{ key | join(", ") }} from landed
                where quarantine_reason is null
                union all
                select {{ key | join(", ") }} from withdrawn
                {%- if kind == "event" %}
                union all
                select {{ key | join(", ") }} from {{ this }}
                where disposition = 'not_yet' and not {{ after_clock }}
                {%- endif %}
            ), false)
        {%- endif %}

    ),

    keys_that_came_again as (

        select {{ key | join(", ") }}
        from deliveries
        where quarantine_reason is null
        group by {{ key | join(", ") }}
        having count(*) > 1

    ),

    -- Few keys come more than once: to sort their rows alone is worth to have all
    -- deliveries written down between.
    ranked as (

        select
            *,
            1 as delivery_rank

        from deliveries
        where not ({{ came_again }})
        union all
        select
            *,
            row_number() over (
                partition by {{ key | join(", ") }}
                order by
                    {%- for column in ["loaded_at"] + content %}
                    {{ column }} desc,
                    {%- endfor %}
                    source_model desc
            ) as delivery_rank

        from deliveries
        where {{ came_again }}

    ),

    classified as (

        select
            *,
            case
                when quarantine_reason is not null then 'quarantined'
                when delivery_rank > 1 then 'redelivered'
                {%- if kind == "event" %}
                when {{ after_clock }} then 'not_yet'
                {%- endif %}
                else 'accepted'
            end as disposition

        from ranked

    )

    {% for relation in ["classified"] + (["withdrawn"] if is_increment else []) %}
    {% set is_gone = relation == "withdrawn" %}
    select
        {{ columns | join(",\n        ") }},
        {{ "'withdrawn' as disposition" if is_gone else "disposition" }},
        quarantine_reason,
        raw_record,
        {{ offpath.this_plan("run_number") or 0 }} as run_number

    from {{ relation }}
    {{ "union all" if not loop.last }}
    {% endfor %}
{% endmacro %}

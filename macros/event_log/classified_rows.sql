{#-
    The landed rows of a kind (`event`, `case` or `promise`) with what became of them:
    `quarantined` with the first reason, else `redelivered` where a newer row of the
    same key has its place, else `not_yet` where it happens after the clock, else
    `accepted`. Of the rows of one key the last to land is kept, whenever it says that the
    event happened: a correction that moves an event past the clock hides
    what the older row said.

    `own_reason` is what may be wrong besides with a row of this kind, an SQL expression on
    `raw_rows`. The other arguments are relations. An increment yields the rows of the hours that changed and what the clock
    has reached, each with the older rows of the same keys; and once more, as
    `withdrawn`, the rows that are gone from those hours, for their cases to be
    computed without them.
-#}
{% macro classified_rows(kind, raw_rows, journeys, landings, own_reason="null") %}
    {%- set key = offpath.contract_columns(kind, "key") -%}
    {%- set columns = ["source_model"] + offpath.contract_columns(kind) -%}
    {%- set run_number = offpath.run_number() -%}
    {%- set as_increment = offpath.reads_after() is not none -%}
    {%- set known_key -%} known.{{ key | join(", known.") }} {%- endset -%}
    {%- set after_clock = "occurred_at > " ~ offpath.as_of() -%}
    with

    {% if as_increment -%}
    changed_hours as (

        {{ offpath.changed_landing_hours(kind, landings) }}

    ),

    {% endif -%}
    landed as (

        select
            {%- for column in columns %}
            raw_rows.{{ column }},
            {%- endfor %}
            raw_rows.raw_record,
            coalesce(
                {{ offpath.quarantine_reason("raw_rows", kind) }}, {{ own_reason }}
            ) as quarantine_reason

        from {{ raw_rows }} as raw_rows
        left join {{ journeys }} as journeys
            on raw_rows.journey = journeys.journey
        {% if as_increment -%}
        inner join changed_hours
            on
                raw_rows.source_model = changed_hours.source_model
                and {{ offpath.landing_hour("raw_rows.loaded_at") }}
                = changed_hours.landed_hour
        {% endif -%}
        where
            coalesce(raw_rows.loaded_at <= {{ offpath.as_of() }}, true)
            {%- if as_increment %}
            and {{ offpath.landed_since_first(kind, landings, "raw_rows.loaded_at") }}
            {%- endif %}

    ),

    {% if as_increment -%}
    withdrawn as (

        select known.*

        from {{ this }} as known
        inner join changed_hours
            on
                known.source_model = changed_hours.source_model
                and {{ offpath.landing_hour("known.loaded_at") }}
                = changed_hours.landed_hour
        where
            {{ offpath.landed_since_first(kind, landings, "known.loaded_at") }}
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
            {%- for column in columns %}
            {{ column }},
            {%- endfor %}
            quarantine_reason,
            case when quarantine_reason is not null then raw_record end as raw_record

        from landed
        {% if as_increment -%}
        union all
        select
            {%- for column in columns %}
            known.{{ column }},
            {%- endfor %}
            known.quarantine_reason,
            known.raw_record

        from {{ this }} as known
        where
            known.quarantine_reason is null
            and known.disposition <> 'withdrawn'
            and (known.source_model, {{ offpath.landing_hour("known.loaded_at") }})
            not in (
                select
                    source_model,
                    landed_hour

                from changed_hours
            )
            and ({{ known_key }}) in (
                select {{ key | join(", ") }} from landed
                where quarantine_reason is null
                union all
                select {{ key | join(", ") }} from withdrawn
                {%- if kind == "event" %}
                union all
                select {{ key | join(", ") }} from {{ this }}
                where disposition = 'not_yet' and not {{ after_clock }}
                {%- endif %}
            )
        {%- endif %}

    ),

    ranked as (

        select
            *,
            row_number() over (
                partition by quarantine_reason, {{ key | join(", ") }}
                order by
                    {%- for column in ["loaded_at"] + offpath.contract_columns(kind, "content") %}
                    {{ column }} desc,
                    {%- endfor %}
                    source_model desc
            ) as delivery_rank

        from deliveries

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

    {% for relation in ["classified"] + (["withdrawn"] if as_increment else []) %}
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        {{ "'withdrawn' as disposition" if relation == "withdrawn" else "disposition" }},
        quarantine_reason,
        raw_record,
        {{ run_number }} as run_number

    from {{ relation }}
    {{ "union all" if not loop.last }}
    {% endfor %}
{% endmacro %}

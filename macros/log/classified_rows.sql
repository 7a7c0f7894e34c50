{#-
    The rows of a kind (`event`, `case` or `promise`) with what became of them:
    `quarantined` where something is wrong with them, else `redelivered` where a newer
    row of the same key has its place, else `not_yet` where it happens after the clock,
    else `accepted`. Of the rows of one key the last to land is kept, whenever it says
    that the event happened: a correction that moves an event past the clock hides what
    the older row said.

    Where raw rows are deleted (var `raw_kept_from`), those that landed before are
    archived: they stay as they are known when their raw row is gone, in a full build
    too. Where the archive is lost, an event whose case has no start among all that is
    known is `began_before`: the rest of a case whose beginning nobody has any more
    opens no new one.

    `judged` is the relation of the landed rows with their `quarantine_reason`. An
    increment yields the rows of the hours that changed and what the clock has reached,
    each with the older rows of the same keys; and once more, as `withdrawn`, the rows
    that are gone from those hours, for their cases to be computed without them.
-#}
{% macro classified_rows(kind, judged) %}
    {%- set key = offpath.contract_columns(kind, "key") -%}
    {%- set columns = ["source_model"] + offpath.contract_columns(kind) -%}
    {%- if not execute %}{% do ref("int_" ~ kind ~ "_landings") %}{% endif -%}
    {%- set is_increment = offpath.this_plan("reads_after") is not none -%}
    {%- set known_key -%} known.{{ key | join(", known.") }} {%- endset -%}
    {%- set is_read_again = offpath.landed_in_changed_hours(
        kind, "known.source_model", "known.loaded_at"
    ) if is_increment -%}
    {%- set came_again = "quarantine_reason is null and coalesce((" ~ key | join(", ")
        ~ ") in (select * from keys_that_came_again), false)" -%}
    {%- set after_clock = "occurred_at > " ~ offpath.as_of() -%}
    {%- set kept_from = offpath.raw_kept_from() -%}
    {%- set archive = load_relation(this)
        if execute and kept_from and this is not none -%}
    {%- set is_archived = offpath.is_archived(archive) -%}
    {%- set needs_start = kept_from and kind == "event" and not is_archived -%}
    {%- set known_columns = adapter.get_columns_in_relation(archive)
        | map(attribute="name") | list if archive -%}
    with

    landed as (

        select *
        from {{ judged }}
        {%- if is_increment %}
        where {{ offpath.landed_in_changed_hours(kind, "source_model", "loaded_at") }}
        {%- endif %}

    ),

    {% if archive -%}
    archived as (

        select known.*
        from {{ archive }} as known
        where
            known.loaded_at < {{ kept_from }}
            and {{ offpath.has_landed("known.loaded_at") }}
            and known.disposition <> 'withdrawn'
            {%- if is_increment %}
            and {{ is_read_again }}
            {%- endif %}
            and not exists (
                select 1
                from landed
                where {{ offpath.is_same_delivery(kind, "landed", "known") }}
            )

    ),

    {% endif -%}
    {% if is_increment -%}
    withdrawn as (

        select known.*
        from {{ this }} as known
        where
            {{ is_read_again }}
            and known.quarantine_reason is null
            and known.disposition <> 'withdrawn'
            {%- if kept_from %}
            and known.loaded_at >= {{ kept_from }}
            {%- endif %}
            and (known.source_model, known.case_id, {{ known_key }}) not in (
                select
                    source_model,
                    case_id,
                    {{ key | join(", ") }}

                from landed
                where quarantine_reason is null
            )

    ),

    {% if needs_start -%}
    -- Whether a case has a start is asked of all its events.
    keys_touched as (

        select {{ key | join(", ") }} from landed where quarantine_reason is null
        union
        select {{ key | join(", ") }} from withdrawn

    ),

    cases_touched as (

        select
            journey,
            case_id

        from landed
        where quarantine_reason is null
        union
        select
            journey,
            case_id

        from {{ this }}
        where ({{ key | join(", ") }}) in (select * from keys_touched)

    ),

    {% endif -%}
    {% endif -%}
    deliveries as (

        select
            {{ columns | join(",\n            ") }},
            quarantine_reason,
            case when quarantine_reason is not null then raw_record end as raw_record

        from landed
        {% if archive -%}
        union all
        select
            {%- for column in columns %}
            {{ column if column in known_columns else "null" }} as {{ column }},
            {%- endfor %}
            quarantine_reason,
            raw_record

        from archived
        {% endif -%}
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
                {%- if archive %}
                union all
                select {{ key | join(", ") }} from archived
                where quarantine_reason is null
                {%- endif %}
                {%- if kind == "event" %}
                union all
                select {{ key | join(", ") }} from {{ this }}
                where disposition = 'not_yet' and not {{ after_clock }}
                {%- endif %}
                {%- if needs_start %}
                union all
                select {{ key | join(", ") }} from {{ this }}
                where (journey, case_id) in (select * from cases_touched)
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
                order by loaded_at desc, {{ offpath.newest_first(kind) }}
            ) as delivery_rank

        from deliveries
        where {{ came_again }}

    ),

    {% if needs_start -%}
    starts as (

        select
            journey,
            event_name

        from {{ ref("journey_events") }}
        where starts_case

    ),

    cases_with_start as (

        select distinct
            ranked.journey,
            ranked.case_id

        from ranked
        inner join starts
            on
                ranked.journey = starts.journey
                and ranked.event_name = starts.event_name
        where ranked.delivery_rank = 1 and ranked.quarantine_reason is null

    ),

    {% endif -%}
    classified as (

        select
            *,
            case
                when quarantine_reason is not null then 'quarantined'
                when delivery_rank > 1 then 'redelivered'
                {%- if kind == "event" %}
                when {{ after_clock }} then 'not_yet'
                {%- endif %}
                {%- if needs_start %}
                when
                    journey in (select starts.journey from starts)
                    and (journey, case_id) not in (select * from cases_with_start)
                    then 'began_before'
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

{#-
    From so many cases of a journey it is learnt at an instant, and so many are asked at
    a past one: more move no figure, and cost as the log grows.
-#}
{%- set most_learnt = 10000 -%}
{%- set most_asked = 2000 -%}

with

cases as (

    select * from {{ ref("fct_cases") }}
    where not is_excluded

),

open_spells as (

    select * from {{ ref("int_open_spells") }}

),

prediction_instants as (

    select * from {{ ref("int_prediction_instants") }}

),

-- Drawn by a lot in which nothing of a case has a say but its name, so that a case that
-- comes later moves none of them.
lots as (

    select
        journey,
        case_id,
        started_at,
        {{ offpath.lot_of(["journey", "case_id"]) }} as lot

    from cases

),

histories as (

    select
        journey,
        instant_number,
        predicted_at,
        {{ offpath.add_seconds(
            "predicted_at", "-86400 * " ~ var("prediction_history_days")
        ) }} as begins_at

    from prediction_instants

),

shares as (

    select
        histories.journey,
        histories.instant_number,
        histories.predicted_at,
        histories.begins_at,
        least(1, {{ most_learnt }} / cast(count(*) as double)) as share_learnt,
        least({{ most_learnt }}, count(*)) as learnt_count

    from histories
    inner join cases
        on
            histories.journey = cases.journey
            and histories.begins_at <= cases.started_at
            and histories.predicted_at > cases.started_at
    group by
        histories.journey,
        histories.instant_number,
        histories.predicted_at,
        histories.begins_at

),

learnt as (

    select
        lots.journey,
        lots.case_id,
        shares.instant_number,
        true as is_learnt,
        lots.lot / shares.share_learnt as lot_share,
        lots.lot / shares.share_learnt * shares.learnt_count as lot_place

    from lots
    inner join shares
        on
            lots.journey = shares.journey
            and lots.started_at >= shares.begins_at
            and lots.started_at < shares.predicted_at
            and lots.lot < shares.share_learnt

),

open_then as (

    select
        open_spells.journey,
        open_spells.case_id,
        prediction_instants.instant_number,
        prediction_instants.is_now,
        row_number() over (
            partition by open_spells.journey, prediction_instants.instant_number
            order by lots.lot, open_spells.case_id
        ) as asked_number

    from open_spells
    inner join prediction_instants
        on
            open_spells.journey = prediction_instants.journey
            and open_spells.opened_at <= prediction_instants.predicted_at
            and coalesce(open_spells.closed_at, cast('9999-12-31' as timestamp))
            > prediction_instants.predicted_at
    inner join lots
        on
            open_spells.journey = lots.journey
            and open_spells.case_id = lots.case_id

),

asked as (

    select
        journey,
        case_id,
        instant_number,
        false as is_learnt,
        cast(null as double) as lot_share,
        cast(null as double) as lot_place

    from open_then
    where is_now or asked_number <= {{ most_asked }}

),

drawn as (

    select * from learnt
    union all
    select * from asked

),

numbered as (

    select
        journey,
        case_id,
        row_number() over (order by journey, case_id) as case_number

    from drawn
    group by journey, case_id

),

cases_drawn as (

    select
        drawn.*,
        numbered.case_number

    from drawn
    inner join numbered
        on
            drawn.journey = numbered.journey
            and drawn.case_id = numbered.case_id

)

select * from cases_drawn

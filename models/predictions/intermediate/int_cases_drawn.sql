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
        row_number() over (order by journey, case_id) as case_number,
        {{ offpath.lot_of(["journey", "case_id"]) }} as lot

    from cases

),

eligible as (

    select
        prediction_instants.journey,
        prediction_instants.instant_number,
        lots.case_id,
        lots.case_number,
        lots.lot,
        lots.lot
        / least(
            1,
            {{ most_learnt }} / cast(
                count(*) over (
                    partition by
                        prediction_instants.journey, prediction_instants.instant_number
                ) as double
            )
        ) as lot_share

    from lots
    inner join prediction_instants
        on
            lots.journey = prediction_instants.journey
            and lots.started_at < prediction_instants.predicted_at
            and lots.started_at
            >= {{ offpath.add_seconds(
                "prediction_instants.predicted_at",
                "-86400 * " ~ var("prediction_history_days"),
            ) }}

),

learnt as (

    select
        journey,
        case_id,
        case_number,
        instant_number,
        true as is_learnt,
        lot_share,
        cast(null as timestamp) as opened_at,
        cast(null as timestamp) as closed_at

    from eligible
    where lot_share < 1

),

open_then as (

    select
        open_spells.journey,
        open_spells.case_id,
        lots.case_number,
        prediction_instants.instant_number,
        prediction_instants.is_now,
        open_spells.opened_at,
        open_spells.closed_at,
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
        case_number,
        instant_number,
        false as is_learnt,
        cast(null as double) as lot_share,
        opened_at,
        closed_at

    from open_then
    where is_now or asked_number <= {{ most_asked }}

),

cases_drawn as (

    select * from learnt
    union all
    select * from asked

)

select * from cases_drawn

{{ config(enabled=(project_name == "offpath" and not var("as_of", none))) }}

with

exceptions as (

    select * from {{ ref("fct_exceptions") }}

),

planted_exceptions as (

    select * from {{ ref("planted_exceptions") }}

),

-- A rule of one's own, or another budget, is not the demo's: only the rules that were
-- planted are held to what was planted.
raised as (

    select
        rule_id,
        subject_type,
        subject_id,
        date_trunc('second', onset_at) as onset_at,
        is_open

    from exceptions
    where rule_id in (select planted_exceptions.rule_id from planted_exceptions)

),

compared as (

    select
        coalesce(raised.rule_id, planted_exceptions.rule_id) as rule_id,
        coalesce(raised.subject_id, planted_exceptions.subject_id) as subject_id,
        coalesce(raised.onset_at, planted_exceptions.onset_at) as onset_at,
        case
            when planted_exceptions.rule_id is null then 'raised and not planted'
            when raised.rule_id is null then 'planted and not raised'
            when raised.is_open then 'open and not cleared'
            else 'cleared and not open'
        end as difference

    from raised
    full outer join planted_exceptions
        on
            raised.rule_id = planted_exceptions.rule_id
            and raised.subject_type = planted_exceptions.subject_type
            and raised.subject_id = planted_exceptions.subject_id
            and raised.onset_at = planted_exceptions.onset_at
    where
        raised.rule_id is null
        or planted_exceptions.rule_id is null
        or raised.is_open <> planted_exceptions.is_open

),

differences as (

    select
        rule_id || ' of ' || subject_id || ' from '
        || cast(onset_at as {{ dbt.type_string() }}) || ' is ' || difference
            as message

    from compared

)

{{ offpath.named_violations("differences") }}

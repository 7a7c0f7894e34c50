{{ config(materialized="view") }}

with

declared_attributes as (

    select * from {{ ref("int_declared_attributes") }}

),

ranked as (

    select
        journey,
        attribute,
        attribute_value,
        row_number() over (
            partition by journey, attribute
            order by count(distinct case_id) desc, attribute_value
        ) as value_rank

    from declared_attributes
    group by journey, attribute, attribute_value
    having count(distinct case_id) >= 20

),

-- What a number or an id says, hardly another case says too: where no value is shared,
-- there is nothing to ask. What few cases have is told together.
shared as (

    select
        declared_attributes.journey,
        declared_attributes.attribute,
        2 * count(case when declared_attributes.event_number = 1 then 1 end)
        >= count(case when declared_attributes.is_last then 1 end) as is_of_start

    from declared_attributes
    where
        (declared_attributes.journey, declared_attributes.attribute) in (
            select
                ranked.journey,
                ranked.attribute

            from ranked
        )
    group by declared_attributes.journey, declared_attributes.attribute

),

attributes_told as (

    select
        declared_attributes.journey,
        declared_attributes.case_id,
        declared_attributes.event_number,
        declared_attributes.occurred_at,
        declared_attributes.attribute,
        shared.is_of_start,
        case
            when ranked.value_rank <= 50 then declared_attributes.attribute_value
            else '[other]'
        end as attribute_value

    from declared_attributes
    inner join shared
        on
            declared_attributes.journey = shared.journey
            and declared_attributes.attribute = shared.attribute
    left join ranked
        on
            declared_attributes.journey = ranked.journey
            and declared_attributes.attribute = ranked.attribute
            and declared_attributes.attribute_value = ranked.attribute_value

)

select * from attributes_told

with

valid_cases as (

    select * from {{ ref("int_valid_cases") }}

),

journey_attributes as (

    select * from {{ ref("journey_attributes") }}

),

declared_attributes as (

    select * from {{ ref("int_declared_attributes") }}

),

last_told as (

    select
        valid_cases.slo_id,
        valid_cases.journey,
        valid_cases.case_id,
        declared_attributes.attribute,
        max_by(declared_attributes.attribute_value, declared_attributes.event_number)
            as attribute_value

    from valid_cases
    inner join declared_attributes
        on
            valid_cases.journey = declared_attributes.journey
            and valid_cases.case_id = declared_attributes.case_id
            and valid_cases.described_until_at >= declared_attributes.occurred_at
    group by
        valid_cases.slo_id,
        valid_cases.journey,
        valid_cases.case_id,
        declared_attributes.attribute

),

valid_case_attributes as (

    select
        valid_cases.slo_id,
        valid_cases.journey,
        valid_cases.case_id,
        valid_cases.is_bad,
        valid_cases.counted_date,
        journey_attributes.attribute,
        last_told.attribute_value

    from valid_cases
    inner join journey_attributes
        on valid_cases.journey = journey_attributes.journey
    left join last_told
        on
            valid_cases.slo_id = last_told.slo_id
            and valid_cases.journey = last_told.journey
            and valid_cases.case_id = last_told.case_id
            and journey_attributes.attribute = last_told.attribute

)

select * from valid_case_attributes

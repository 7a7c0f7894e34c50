-- A number from 0 to sides - 1 that depends on the subject and the salt alone. Hashed
-- twice: once would only flip the same bits of each subject for each salt.
create macro draw(subject, salt, sides) as
    cast(hash(hash(subject, salt)) % sides as bigint);

create macro step(number, event_name, times, least_minutes, most_minutes) as {
    'number': number,
    'event_name': event_name,
    'times': cast(times as integer),
    'least_minutes': least_minutes,
    'most_minutes': most_minutes
};

-- One row per order with what will become of it. Orders before `settled_before` have
-- ended when the log ends; a few of them get a row in the day after.
create macro orders(first_case, end_case) as table
with

numbered as (

    select
        case_number,
        format('SO-{:09d}', case_number) as case_id,
        date_trunc(
            'second',
            getvariable('starts_at')
            + to_microseconds(case_number * getvariable('microseconds_apart'))
        ) as placed_at,
        draw(case_number, 'fate', 1000) as fate,
        draw(case_number, 'trouble', 1000) as trouble,
        draw(case_number, 'flaw', 1000) as flaw,
        draw(case_number, 'mispack', 1000) < 30 as is_mispacked,
        -- None for half of them.
        greatest(draw(case_number, 'label', 6) - 2, 0) as failed_print_count,
        draw(case_number, 'lines', 3) as further_line_count,
        case_number < getvariable('settled_before')
        and draw(case_number, 'late', 10000) < 18 as is_late

    from range(first_case, end_case) as numbers (case_number)

),

orders as (

    select
        *,
        fate < 15 as is_cancelled_unpaid,
        fate between 15 and 29 as is_cancelled,
        fate = 30 as is_failed,
        fate >= 30 as is_packed,
        trouble < 10 as has_slow_payment,
        trouble between 10 and 19 as has_slow_stock,
        trouble between 20 and 29 as is_off_path,
        ['web', 'web', 'marketplace', 'phone'][1 + draw(case_number, 'channel', 4)]
            as channel,
        ['hamburg', 'leipzig', 'kiel'][1 + draw(case_number, 'site', 3)] as location,
        ['dhl', 'gls', 'ups'][1 + draw(case_number, 'carrier', 3)] as carrier,
        cast(5 + draw(case_number, 'value', 40000) / 100 as decimal(18, 2))
            as value_amount

    from numbered

)

select * from orders;

-- One row per order that landed in the time given.
create macro landed_orders(first_case, end_case, landed_after, landed_by) as table
with

orders as (

    select
        case_id,
        if(draw(case_number, 'severity', 10) = 0, 'express', 'standard') as severity,
        placed_at + interval 3 days as due_at,
        value_amount,
        draw(case_number, 'test order', 1000) < 2 as is_excluded,
        placed_at + interval 2 minutes as loaded_at

    from orders(first_case, end_case)

)

select * from orders
where loaded_at > landed_after and loaded_at <= landed_by
order by case_id;

-- One row per delivery of an event that landed in the time given; `only_late` looks at
-- the few settled orders alone that get a row after the end of the log.
create macro landed_events(
    first_case, end_case, landed_after, landed_by, only_late
) as table
with

chosen as (

    select * from orders(first_case, end_case)
    where is_late or not only_late

),

planned as (

    select
        *,
        unnest([
            step(1, 'order_placed', 1, 0, 0),
            step(2, 'order_cancelled', is_cancelled_unpaid, 2, 9),
            step(
                3,
                'payment_captured',
                not is_cancelled_unpaid,
                if(has_slow_payment, 20, 1),
                if(has_slow_payment, 90, 9)
            ),
            step(4, 'order_cancelled', is_cancelled, 5, 100),
            -- Three days are longer than any weekend.
            step(
                5,
                'inventory_allocated',
                is_packed,
                if(has_slow_stock, 4320, 10),
                if(has_slow_stock, 5760, 90)
            ),
            step(
                6,
                'inventory_allocated',
                if(is_packed, further_line_count, 0),
                5,
                60
            ),
            step(7, 'packed', is_packed, 30, 400),
            step(8, 'mispack_found', is_packed and is_mispacked, 5, 20),
            step(9, 'packed', is_packed and is_mispacked, 10, 25),
            -- The reference path lets only a failed print be escalated.
            step(10, 'fulfilment_escalated', is_packed and is_off_path, 2, 8),
            step(
                11,
                'label_print_failed',
                if(is_packed and not is_off_path, failed_print_count, 0),
                2,
                8
            ),
            step(12, 'label_printed', is_packed, 3, 20),
            step(13, 'fulfilment_failed', is_failed, 60, 1200),
            step(14, 'shipped', is_packed and not is_failed, 60, 1200)
        ]) as step

    from chosen

),

repeated as (

    select
        *,
        step.event_name as event_name,
        unnest(range(step.times)) as repetition

    from planned

),

waited as (

    select
        *,
        60 * step.least_minutes
        + draw(
            case_number,
            100 * step.number + repetition,
            60 * (step.most_minutes - step.least_minutes) + 1
        ) as waited_seconds

    from repeated

),

happened as (

    select
        *,
        row_number() over timeline as event_number,
        placed_at + to_seconds(sum(waited_seconds) over timeline) as occurred_at

    from waited

    window timeline as (
        partition by case_number
        order by step.number, repetition
        rows between unbounded preceding and current row
    )

),

described as (

    select
        *,
        format('{:09d}-{:02d}', case_number, event_number) as event_id,
        100 * case_number + event_number as event_key,
        case event_name
            when 'packed'
                then json_object(
                    'weight_kg',
                    if(
                        flaw < 3,
                        99,
                        cast(draw(case_number, 'weight', 2900) / 100 + 1 as decimal(4, 2))
                    )
                )
            when 'shipped'
                then json_object(
                    'carrier',
                    if(flaw between 3 and 5, 'by hand', carrier),
                    'tracking_number',
                    if(flaw between 6 and 9, null, format('{:012d}', case_number))
                )
        end as attributes

    from happened

),

-- Late is a line of the order that is noted, or a row that is put right, long after.
delivered as (

    select
        *,
        unnest(
            ['once']
            || if(draw(event_key, 'copy', 10000) < 50, ['again'], [])
            || if(draw(event_key, 'correction', 10000) < 10, ['corrected'], [])
            || if(draw(event_key, 'loss', 10000) < 1, ['without case'], [])
            || if(
                is_late and step.number = 5,
                [['late line', 'late correction'][1 + draw(case_number, 'which', 2)]],
                []
            )
        ) as delivery

    from described

),

events as (

    select
        if(delivery <> 'without case', case_id, null) as case_id,
        event_id || if(delivery in ('late line', 'without case'), 'b', '') as event_id,
        event_name,
        occurred_at
        + case
            when delivery = 'late line' then interval 1 minute
            when delivery in ('corrected', 'late correction')
                then interval '-20 seconds'
            else interval 0 seconds
        end as occurred_at,
        format('{}-{:02d}', event_name, draw(event_key, 'actor', 20)) as actor,
        channel,
        location,
        if(delivery in ('corrected', 'late correction'), 'corrected', null)
            as reason_code,
        if(event_name = 'order_placed', value_amount, null) as amount,
        event_number as source_sequence,
        cast(attributes as varchar) as attributes,
        case
            when delivery in ('once', 'without case')
                then
                    occurred_at
                    + to_seconds(60 + draw(event_key, 'landing', 840))
            when delivery in ('again', 'corrected')
                then
                    occurred_at
                    + to_seconds(3600 + draw(event_key, delivery, 169200))
            else
                getvariable('ends_at')
                + to_seconds(1 + draw(event_key, delivery, 86400))
        end as loaded_at

    from delivered

)

select * from events
where loaded_at > landed_after and loaded_at <= landed_by
order by loaded_at, event_id;

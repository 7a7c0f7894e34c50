with

defects_counted as (

    select * from {{ ref("int_defects_counted") }}

),

defect_days_compared as (

    select * from {{ ref("int_defect_days_compared") }}

),

quality_rules as (

    select * from {{ ref("quality_rules") }}

),

-- An hour counts from its end on, until it is older than the window, and in the recent
-- part until it is older than a quarter of that. Days are compared over twelve weeks.
changes as (

    {% for sign, recent_sign, lasts in [
        (1, 1, "3600"),
        (0, -1, "3600 + quality_rules.window_days * 21600"),
        (-1, 0, "3600 + quality_rules.window_days * 86400"),
    ] %}
    select
        defects_counted.rule_id,
        defects_counted.segment,
        {{ offpath.add_seconds("defects_counted.hour_at", lasts) }} as judged_at,
        {{ sign }} * defects_counted.defect_count as defect_count,
        {{ sign }} * defects_counted.opportunity_count as opportunity_count,
        {{ recent_sign }} * defects_counted.defect_count as recent_defect_count,
        {{ recent_sign }} * defects_counted.opportunity_count
            as recent_opportunity_count,
        0 as pair_count,
        0 as pair_defect_count,
        0 as pair_opportunity_count,
        0.0e0 as squared_difference

    from defects_counted
    inner join quality_rules
        on defects_counted.rule_id = quality_rules.rule_id
    union all
    {% endfor %}
    {% for sign in [1, -1] %}
    select
        rule_id,
        segment,
        {{ offpath.add_seconds("ended_at", "0" if sign == 1 else "84 * 86400") }}
            as judged_at,
        0 as defect_count,
        0 as opportunity_count,
        0 as recent_defect_count,
        0 as recent_opportunity_count,
        {{ sign }} as pair_count,
        {{ sign }} * defect_count as pair_defect_count,
        {{ sign }} * opportunity_count as pair_opportunity_count,
        {{ sign }} * squared_difference as squared_difference

    from defect_days_compared
    {{ "union all" if not loop.last }}
    {% endfor %}

),

{%- set summed = [
    "defect_count",
    "opportunity_count",
    "recent_defect_count",
    "recent_opportunity_count",
    "pair_count",
    "pair_defect_count",
    "pair_opportunity_count",
    "squared_difference",
] %}

changed as (

    select
        rule_id,
        segment,
        judged_at,
        {%- for column in summed %}
        sum({{ column }}) as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}

    from changes
    where judged_at <= {{ offpath.as_of() }}
    group by rule_id, segment, judged_at

),

rolled as (

    select
        rule_id,
        segment,
        judged_at,
        {%- for column in summed %}
        sum({{ column }}) over so_far as {{ column }}{{ "," if not loop.last }}
        {%- endfor %}

    from changed

    window so_far as (
        partition by rule_id, segment
        order by judged_at
        rows between unbounded preceding and current row
    )

),

shared as (

    select
        *,
        pair_defect_count * 1.0e0 / nullif(pair_opportunity_count, 0) as pair_share

    from rolled

),

-- The mean square of the differences of neighbouring days (von Neumann and others 1941,
-- Annals of Mathematical Statistics 12, 153-162), over what luck alone would make them.
-- A step between two days is one difference, so that a change of the share is none of
-- the spread of days. Fewer than fourteen differences say nothing.
defects_rolled as (

    select
        rule_id,
        segment,
        judged_at,
        defect_count,
        opportunity_count,
        recent_defect_count,
        recent_opportunity_count,
        case
            when pair_count >= 14 and pair_defect_count > 0
                then
                    greatest(
                        1.0e0,
                        {{ offpath.without_noise(
                            "squared_difference"
                            ~ " / nullif(pair_count * pair_share * (1 - pair_share), 0)"
                        ) }}
                    )
            else 1.0e0
        end as design_effect

    from shared

)

select * from defects_rolled

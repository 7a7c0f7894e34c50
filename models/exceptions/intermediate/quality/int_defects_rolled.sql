with

defects_counted as (

    select * from {{ ref("int_defects_counted") }}

),

quality_rules as (

    select * from {{ ref("quality_rules") }}

),

-- An hour counts from its end on, until it is older than the window.
changes as (

    {% for sign in [1, -1] %}
    select
        defects_counted.rule_id,
        defects_counted.segment,
        {{ offpath.add_seconds(
            "defects_counted.hour_at",
            "3600" if sign == 1 else "3600 + quality_rules.window_days * 86400",
        ) }} as judged_at,
        {{ sign }} * defects_counted.defect_count as defect_change,
        {{ sign }} * defects_counted.opportunity_count as opportunity_change

    from defects_counted
    inner join quality_rules
        on defects_counted.rule_id = quality_rules.rule_id
    {{ "union all" if not loop.last }}
    {% endfor %}

),

changed as (

    select
        rule_id,
        segment,
        judged_at,
        sum(defect_change) as defect_change,
        sum(opportunity_change) as opportunity_change

    from changes
    where judged_at <= {{ offpath.as_of() }}
    group by rule_id, segment, judged_at

),

defects_rolled as (

    select
        rule_id,
        segment,
        judged_at,
        sum(defect_change) over so_far as defect_count,
        sum(opportunity_change) over so_far as opportunity_count

    from changed

    window so_far as (
        partition by rule_id, segment
        order by judged_at
        rows between unbounded preceding and current row
    )

)

select * from defects_rolled

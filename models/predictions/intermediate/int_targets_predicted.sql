{#-
    A quantile is told while so many are still at risk, for the
    last few that are left move a curve by chance; and what lies beyond all that was
    watched, where so many were open to the end of the curve, is told by nobody.
-#}
{%- set fewest_at_risk = 3 -%}
{%- set most_open = "0.1e0" -%}

with

targets_alike as (

    select * from {{ ref("int_targets_alike") }}

),

targets_asked as (

    select * from {{ ref("int_targets_asked") }}

),

targets_learnt as (

    select * from {{ ref("int_targets_learnt") }}

),

compared as (

    select
        targets_alike.asked_number,
        targets_alike.likeness_number,
        targets_alike.learnt_number,
        targets_learnt.case_number,
        targets_learnt.is_ended,
        targets_learnt.is_kept,
        targets_learnt.seconds_to_end - targets_alike.waited_seconds as rest_seconds,
        targets_asked.deadline_at is not null as has_deadline,
        targets_asked.seconds_left

    from targets_alike
    inner join targets_asked
        on targets_alike.asked_number = targets_asked.asked_number
    inner join targets_learnt
        on targets_alike.learnt_number = targets_learnt.learnt_number

),

weighed as (

    {{ offpath.ended_weights(
        "compared",
        ["asked_number"],
        "rest_seconds",
        "is_ended",
        "learnt_number",
    ) }}

),

reached as (

    select
        *,
        case when is_kept then ended_weight else 0.0e0 end as kept_weight,
        sum(case when is_kept then ended_weight else 0.0e0 end) over (
            partition by asked_number
            order by at_risk_count desc
            rows between unbounded preceding and current row
        ) as kept_share

    from weighed

),

summed as (

    select
        asked_number,
        min(likeness_number) as likeness_number,
        max(has_deadline) as has_deadline,
        count(distinct case_number) as support_count,
        sum(case when is_ended then 1 else 0 end) as ended_count,
        {%- for name, share in [("p10", "0.1e0"), ("median", "0.5e0"), ("p90", "0.9e0")] %}
        min(
            case
                when
                    kept_share >= {{ share }} - 1e-9
                    and at_risk_count >= {{ fewest_at_risk }}
                    then rest_seconds
            end
        ) as {{ name }}_seconds,
        {%- endfor %}
        min(surviving_share) as open_share,
        sum(kept_weight) as kept_share,
        sum(case when rest_seconds <= seconds_left then kept_weight else 0.0e0 end)
            as in_time_share,
        -- Of how many it is known whether they came too late: for what is left to this
        -- one, or at all where nothing has a deadline.
        sum(
            case
                when not has_deadline and is_ended then 1
                when seconds_left is null then 0
                when is_ended or rest_seconds > seconds_left then 1
                else 0
            end
        ) as known_count,
        sum(
            case
                when not has_deadline and is_ended and not is_kept then 1
                when seconds_left is null then 0
                when is_ended and not is_kept then 1
                when rest_seconds > seconds_left then 1
                else 0
            end
        ) as late_count,
        max(rest_seconds) as longest_seconds,
        max(seconds_left) as seconds_left

    from reached
    group by asked_number

),

figured as (

    select
        targets_asked.asked_number,
        targets_asked.journey,
        targets_asked.case_id,
        targets_asked.instant_number,
        targets_asked.is_now,
        targets_asked.predicted_at,
        targets_asked.state,
        targets_asked.target,
        targets_asked.from_at,
        targets_asked.deadline_at,
        targets_asked.seconds_left,
        targets_asked.seconds_to_end,
        targets_asked.ended_at,
        targets_asked.is_kept,
        targets_asked.verdict,
        summed.likeness_number,
        coalesce(summed.support_count, 0) as support_count,
        coalesce(summed.known_count, 0) as known_count,
        coalesce(summed.late_count, 0) as late_count,
        coalesce(summed.support_count >= {{ offpath.fewest_alike() }}, false) as is_supported,
        summed.p10_seconds,
        summed.median_seconds,
        summed.p90_seconds,
        summed.open_share,
        -- What is left may be longer than anything that was watched.
        coalesce(
            summed.seconds_left > summed.longest_seconds
            and summed.open_share > {{ most_open }},
            false
        ) as is_out_of_sight,
        case
            when targets_asked.target = '[end]' then null
            when summed.has_deadline
                then {{ offpath.without_noise("1 - summed.in_time_share") }}
            when summed.open_share < 1
                then
                    {{ offpath.without_noise(
                        "1 - summed.kept_share / (1 - summed.open_share)"
                    ) }}
        end as breach_share

    from targets_asked
    left join summed
        on targets_asked.asked_number = summed.asked_number

),

targets_predicted as (

    select
        asked_number,
        journey,
        case_id,
        instant_number,
        is_now,
        predicted_at,
        state,
        target,
        from_at,
        deadline_at,
        seconds_left,
        seconds_to_end,
        ended_at,
        is_kept,
        verdict,
        likeness_number,
        support_count,
        known_count,
        late_count,
        {%- for name in ["p10", "median", "p90"] %}
        case when is_supported then {{ name }}_seconds end as {{ name }}_seconds,
        {%- endfor %}
        case
            when deadline_at is not null and seconds_left is null then null
            when
                is_supported
                and not is_out_of_sight
                and (deadline_at is not null or open_share <= 0.5e0)
                then breach_share
        end as breach_probability,
        case
            when not is_supported then 'too few alike'
            when target = '[end]' and median_seconds is null
                then 'most alike are still open'
            when target = '[end]' then null
            when deadline_at is not null and seconds_left is null
                then 'beyond the calendars'
            when is_out_of_sight then 'longer than any was watched'
            when deadline_at is null and open_share > 0.5e0
                then 'most alike are still open'
        end as reason

    from figured

)

select * from targets_predicted

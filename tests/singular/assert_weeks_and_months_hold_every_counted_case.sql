with

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}

),

counted as (

    select
        slo_id,
        {%- for verdict in ["good", "bad", "pending", "excluded"] %}
        sum(
            case
                when
                    verdict = '{{ verdict }}'
                    {%- if verdict == "excluded" %}
                    and counted_at <= {{ offpath.as_of() }}
                    {%- else %}
                    and counted_at is not null
                    {%- endif %}
                    then 1
                else 0
            end
        ) as {{ verdict }}_count
        {{- "," if not loop.last }}
        {%- endfor %}

    from sli_cases
    group by slo_id

),

{% for period in ["weekly", "monthly"] -%}
{{ period }} as (

    select
        slo_id,
        sum(good_count) as good_count,
        sum(bad_count) as bad_count,
        sum(pending_count) as pending_count,
        sum(excluded_count) as excluded_count,
        sum(valid_count) as valid_count

    from {{ ref("fct_sli_" ~ period) }}
    group by slo_id

),

{% endfor -%}
violations as (

    {% for period in ["weekly", "monthly"] %}
    select
        counted.slo_id || ' {{ period }}: '
        {%- for verdict in ["good", "bad", "pending", "excluded"] %}
        || cast(
            coalesce({{ period }}.{{ verdict }}_count, 0) as {{ dbt.type_string() }}
        )
        || ' of '
        || cast(counted.{{ verdict }}_count as {{ dbt.type_string() }})
        || ' {{ verdict }} '
        {%- endfor %} as message

    from counted
    left join {{ period }}
        on counted.slo_id = {{ period }}.slo_id
    where
        {%- for verdict in ["good", "bad", "pending", "excluded"] %}
        counted.{{ verdict }}_count <> coalesce({{ period }}.{{ verdict }}_count, 0) or
        {%- endfor %}
        coalesce({{ period }}.valid_count, 0) <> counted.good_count + counted.bad_count
    {{ "union all" if not loop.last }}
    {% endfor %}

)

{{ offpath.named_violations("violations") }}

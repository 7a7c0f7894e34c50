{#-
    Severities come with the cases, so that no definition can show a misspelt one; one
    that no case ever had is a warning.
-#}
{{ config(severity="warn") }}

select
    slo_thresholds.slo_id,
    slo_thresholds.severity

from {{ ref("slo_thresholds") }} as slo_thresholds
inner join {{ ref("slos") }} as slos
    on slo_thresholds.slo_id = slos.slo_id
left join {{ ref("int_raw_cases_unioned") }} as raw_cases
    on
        slos.journey = raw_cases.journey
        and slo_thresholds.severity = raw_cases.severity
where slo_thresholds.severity <> '*' and raw_cases.journey is null

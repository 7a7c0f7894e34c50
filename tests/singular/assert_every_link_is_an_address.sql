-- A link that a person cannot follow, or that leads to no case, is worse than none.
{% set playbook_base_url = var("playbook_base_url") %}

with

violations as (

    select
        'seed journeys, row ' || journey || ': case_url ''' || case_url
        || ''' is no address of the form https://desk.example.com/{case_id}' as message

    from {{ ref("journeys") }}
    where
        case_url not like 'http%://_%'
        or replace(case_url, '{case_id}', '') = case_url
        or replace(case_url, '{case_id}', '') like '%' || '{' || '%'
    {% if playbook_base_url %}
    union all
    select
        'var playbook_base_url is {{ dbt.escape_single_quotes(playbook_base_url) }},'
        || ' which is no address of the form https://wiki.example.com/' as message

    from (select 1 as only_row) as given
    where '{{ dbt.escape_single_quotes(playbook_base_url) }}' not like 'http%://_%/'
    {% endif %}

)

{{ offpath.named_violations("violations") }}

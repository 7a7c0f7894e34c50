{#-
    A likeness is taken where so many cases of it are known to have waited longer, and
    so many of them are compared with: more move no figure.
-#}
{%- set most = 200 -%}

with

targets_learnt as (

    select * from {{ ref("int_targets_learnt") }}

),

targets_asked as (

    select * from {{ ref("int_targets_asked") }}

),

{% for columns in offpath.likenesses().values() -%}
{%- set keys = ["journey", "instant_number", "target"] + columns -%}
likenesses_{{ loop.index }} as (

    select
        {{ keys | join(", ") }},
        row_number() over (order by {{ keys | join(", ") }}) as likeness

    from targets_asked
    group by {{ keys | join(", ") }}

),

{% endfor -%}

{% for relation in ["learnt", "asked"] -%}
{{ relation }}_keyed as (

    {% for columns in offpath.likenesses().values() %}
    {%- set likenesses = "likenesses_" ~ loop.index %}
    select
        {{ loop.index }} as likeness_number,
        {{ likenesses }}.likeness,
        {%- if relation == "learnt" %}
        targets_learnt.learnt_number,
        targets_learnt.case_number,
        targets_learnt.spell_seconds,
        targets_learnt.spell_class,
        targets_learnt.lot_share
        {%- else %}
        targets_asked.asked_number,
        targets_asked.case_number,
        targets_asked.waited_seconds,
        targets_asked.waited_class
        {%- endif %}

    from targets_{{ relation }}
    inner join {{ likenesses }}
        on
            {%- for key in ["journey", "instant_number", "target"] + columns %}
            {{ "and " if not loop.first -}}
            targets_{{ relation }}.{{ key }} = {{ likenesses }}.{{ key }}
            {%- endfor %}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

{% endfor -%}

spells_counted as (

    select
        likeness_number,
        likeness,
        spell_class,
        count(*) as spell_count

    from learnt_keyed
    group by likeness_number, likeness, spell_class

),

asked_of as (

    select distinct
        likeness_number,
        likeness,
        waited_class

    from asked_keyed

),

-- Of a class of times, those of the classes above it lasted longer for sure.
counted as (

    select
        asked_of.likeness_number,
        asked_of.likeness,
        asked_of.waited_class,
        sum(
            case
                when spells_counted.spell_class > asked_of.waited_class
                    then spells_counted.spell_count
                else 0
            end
        ) as longer_count

    from asked_of
    inner join spells_counted
        on
            asked_of.likeness_number = spells_counted.likeness_number
            and asked_of.likeness = spells_counted.likeness
            and asked_of.waited_class <= spells_counted.spell_class
    group by asked_of.likeness_number, asked_of.likeness, asked_of.waited_class

),

chosen as (

    select
        asked_keyed.asked_number,
        asked_keyed.case_number,
        asked_keyed.waited_seconds,
        asked_keyed.waited_class,
        asked_keyed.likeness_number,
        asked_keyed.likeness,
        row_number() over (
            partition by asked_keyed.asked_number
            order by asked_keyed.likeness_number
        ) as choice

    from asked_keyed
    inner join counted
        on
            asked_keyed.likeness_number = counted.likeness_number
            and asked_keyed.likeness = counted.likeness
            and asked_keyed.waited_class = counted.waited_class
    where
        counted.longer_count >= {{ offpath.fewest_alike() }}
        or asked_keyed.likeness_number = {{ offpath.likenesses() | length }}

),

-- Where there are many, the cases whose lots are low.
comparable as (

    select
        counted.likeness_number,
        counted.likeness,
        counted.waited_class,
        learnt_keyed.learnt_number,
        learnt_keyed.case_number,
        learnt_keyed.spell_seconds

    from counted
    inner join learnt_keyed
        on
            counted.likeness_number = learnt_keyed.likeness_number
            and counted.likeness = learnt_keyed.likeness
            and counted.waited_class <= learnt_keyed.spell_class
            and {{ most }} >= learnt_keyed.lot_share * counted.longer_count

),

targets_alike as (

    select
        chosen.asked_number,
        chosen.likeness_number,
        chosen.waited_seconds,
        comparable.learnt_number

    from chosen
    inner join comparable
        on
            chosen.likeness_number = comparable.likeness_number
            and chosen.likeness = comparable.likeness
            and chosen.waited_class = comparable.waited_class
            and chosen.waited_seconds < comparable.spell_seconds
            and chosen.case_number <> comparable.case_number
    where chosen.choice = 1

)

select * from targets_alike

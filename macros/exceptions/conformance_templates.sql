{#-
    The register of the templates of conformance rules, by name. Of each:

    - needs: columns of `conformance_rules` that it needs
    - asks: kinds of what it asks of an activation, its `activation_event`, with the
      `target_event`; a second one asks the same of the target event, the other way
      round
    - is_of_case: whether every case is asked once, and not each activation
    - is_of_two: whether it says nothing where both events are the same
    - is_bounded: whether `within_minutes` bounds how long the target may take
    - is_owed: whether what it asks may be given later, and is missed where the case
      ends without it
    - is_conditional: whether a row of `conformance_conditions` may narrow its
      activations
-#}
{% macro conformance_templates() -%}
    {%- set both = ["activation_event", "target_event"] -%}
    {%- set templates = {
        "existence": ["is_of_case", "is_conditional"],
        "absence": ["is_of_case", "is_conditional"],
        "exactly_once": ["is_of_case", "is_conditional"],
        "init": ["is_of_case"],
        "reference_path": ["is_of_case"],
        "response": ["is_bounded", "is_owed", "is_conditional"],
        "alternate_response": ["is_of_two", "is_bounded", "is_owed", "is_conditional"],
        "chain_response": ["is_bounded", "is_owed", "is_conditional"],
        "precedence": ["is_conditional"],
        "alternate_precedence": ["is_of_two", "is_conditional"],
        "chain_precedence": ["is_conditional"],
        "responded_existence": ["is_of_two", "is_owed", "is_conditional"],
        "succession": ["is_of_two", "is_bounded"],
        "alternate_succession": ["is_of_two", "is_bounded"],
        "chain_succession": ["is_of_two", "is_bounded"],
        "co_existence": ["is_of_two"],
        "not_co_existence": ["is_of_two"],
        "not_succession": ["is_conditional"],
        "not_chain_succession": ["is_conditional"],
        "four_eyes": [],
    } -%}
    {%- set asks = {
        "succession": ["response", "precedence"],
        "alternate_succession": ["alternate_response", "alternate_precedence"],
        "chain_succession": ["chain_response", "chain_precedence"],
        "co_existence": ["responded_existence", "responded_existence"],
        "not_co_existence": ["not_co_existence", "not_co_existence"],
        "four_eyes": ["four_eyes", "four_eyes"],
    } -%}
    {%- set register = {} -%}
    {%- for name, traits in templates.items() -%}
        {%- set needed = {"reference_path": []}.get(
            name, both[:1] if "is_of_case" in traits else both
        ) -%}
        {%- do register.update({name: {
            "needs": needed,
            "asks": asks.get(name, [name]),
            "is_of_case": "is_of_case" in traits,
            "is_of_two": "is_of_two" in traits,
            "is_bounded": "is_bounded" in traits,
            "is_owed": "is_owed" in traits,
            "is_conditional": "is_conditional" in traits,
        }}) -%}
    {%- endfor -%}
    {{ return(register) }}
{%- endmacro %}

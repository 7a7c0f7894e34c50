{#-
    A text with every character but those of ASCII that one can see as its code point:
    `HD1<U+00A0>`.
-#}
{% macro visible_text(text_expression) -%}
    {{ return(adapter.dispatch("visible_text", "offpath")(text_expression)) }}
{%- endmacro %}

{% macro default__visible_text(text_expression) -%}
    array_to_string(
        list_transform(
            string_split({{ text_expression }}, ''),
            lambda sign: case
                when sign between '!' and '~' then sign
                else '<U+' || printf('%04X', unicode(sign)) || '>'
            end
        ), ''
    )
{%- endmacro %}

{% macro spark__visible_text(text_expression) -%}
    array_join(
        transform(
            split({{ text_expression }}, ''),
            sign -> case
                when sign between '!' and '~' then sign
                else concat(
                    '<U+',
                    regexp_replace(hex(encode(sign, 'UTF-32')), '^0{1,4}', ''),
                    '>'
                )
            end
        ), ''
    )
{%- endmacro %}

"""Text of the data, and durations, as people read them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offpath.text import LONGEST, duration, in_chat, one_line
from searches import search


@search(gate=200, deep=20_000)
@given(text=st.text())
def test_any_text_is_one_line_that_steers_nothing(text: str) -> None:
    shown = one_line(text)
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Zl", "Zp", "Cs"}
    assert one_line(shown) == shown


@search(gate=200, deep=20_000)
@given(text=st.text(st.sampled_from("@<>[](:/!w. ahtps\u200b\n"), max_size=40))
def test_no_text_calls_anybody_or_makes_a_link(text: str) -> None:
    shown = in_chat(text)
    for call in ("@a", "@h", "@[", "<", ">", "](", "][", "s://", "www."):
        assert call not in shown


def test_what_is_harmless_stays_as_it_is() -> None:
    name = "Größe 7, नमस्ते, می‌خواهم (50 %): a@ b / [c]"
    assert in_chat(name) == name


def test_an_overlong_id_is_cut() -> None:
    assert in_chat("z" * 500) == "z" * (LONGEST - 1) + "…"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (1, "1 minute"),
        (0, "0 minutes"),
        (119.5, "119.5 minutes"),
        (120, "2 hours"),
        (-300, "-5 hours"),
        (71 * 60, "71 hours"),
        (72 * 60, "3 days of 24 hours"),
        (1_215_480, "844.1 days of 24 hours"),
        (1_215_480_000, "844,083 days of 24 hours"),
    ],
)
def test_a_duration_can_be_read(minutes: float, said: str) -> None:
    assert duration(minutes) == said

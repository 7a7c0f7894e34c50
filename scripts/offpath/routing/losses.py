"""Tell rows that are gone from conditions that are over."""

from collections import defaultdict
from collections.abc import Iterable

from offpath.routing.intents import ExceptionRecord
from offpath.warehouse.marts import Case, Mart, count_events


def losses_among(
    absent: Iterable[ExceptionRecord], mart: Mart
) -> list[ExceptionRecord]:
    """Return those of which the marts lack rows that they once had.

    They were told as open and are not in the marts. One is over where its rule was
    withdrawn, where another of its rule, subject and episode is there, whose onset has
    moved, and where no event is missing of its case, or else of its journey.
    """
    present: dict[tuple[str, str], int] = defaultdict(int)
    for each in mart.exceptions:
        key = (each.rule_id, each.subject_id)
        present[key] = max(present[key], each.episode)
    in_doubt = [
        each
        for each in absent
        if each.rule_id in mart.rules
        and present[each.rule_id, each.subject_id] < each.episode
    ]
    counts = count_events(mart, (_case(each) for each in in_doubt if _is_of_case(each)))
    return [each for each in in_doubt if _has_lost(each, mart, counts)]


def _is_of_case(exception: ExceptionRecord) -> bool:
    return exception.subject_type == "case"


def _case(exception: ExceptionRecord) -> Case:
    return exception.journey, exception.subject_id


def _has_lost(exception: ExceptionRecord, mart: Mart, counts: dict[Case, int]) -> bool:
    """Tell whether events are missing that were there when it was seen last."""
    if _is_of_case(exception):
        count = counts.get(_case(exception))
    else:
        journey = mart.journeys.get(exception.journey)
        count = None if journey is None else journey.event_count
    return count is None or count < (exception.known_event_count or 0)

"""How things stand, and how one exception came about."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import click

from offpath.commands import options, output
from offpath.home import Home
from offpath.instants import instant, instant_text, minute_text
from offpath.routing import inquiries
from offpath.routing.messages import comparison
from offpath.text import LONGEST, one_line
from offpath.warehouse.predictions import predictions_of

MOST_EXCEPTIONS = 20
ANSWERS = {
    "awaited": "answer awaited",
    "not asked for": "no answer asked for",
    "not told": "owner not told yet",
    "known": "known before anybody was to be told",
}
GIVEN = frozenset({"acknowledged", "resolved"})
ROUTES = {
    "page": "A page to",
    "task": "A task of",
    "digest": "For the digest of",
    "record": "Only recorded for",
}


@click.command()
@options.as_of
@options.as_json
@options.home
def status(*, as_of: datetime | str | None, as_json: bool, home: Home) -> None:
    """Show what is undelivered, and what is open, by urgency.

    \b
    Examples:
      offpath status
      offpath status --json
    """  # noqa: D301 - click wants the character itself
    found = inquiries.routing_status(home, options.clock_of_home(as_of, home)())
    output.show(found if as_json else _status_lines(found))


@click.command()
@options.exception
@options.as_json
@options.home
def why(*, exception: str, as_json: bool, home: Home) -> None:
    """Tell the story of one exception, or what is predicted of one open case.

    Of an exception its evidence, each decision with its reason, each message and each
    answer. Of a case when it will end, which promise it may break, and how many past
    cases say so.

    EXCEPTION is the exception's id or the first characters of it, at least six; or the
    whole id of a case.

    \b
    Examples:
      offpath why 4f0c2a91
      offpath why 4f0c2a91 --json
      offpath why HD8111
    """  # noqa: D301 - click wants the character itself
    if cases := predictions_of(home.marts, exception):
        output.show({"cases": _dated(cases)} if as_json else _case_lines(cases))
        return
    account = inquiries.account_of(home, inquiries.find_exception(home, exception))
    output.show(account if as_json else _account_lines(account))


def _status_lines(status: Mapping[str, Any]) -> Iterable[str]:
    """Say how routing stands."""
    counts = ", ".join(
        f"{count} {state}" for state, count in status["messages"].items()
    )
    now, built = (minute_text(instant(status[key])) for key in ("now", "mart_as_of"))
    yield f"At {now}, marts as of {built}"
    yield f"Messages: {counts or 'none'}"
    if "refused" in status["messages"]:
        yield "  offpath letters list shows what was refused and why"
    yield from (f"  {output.undelivered(message)}" for message in status["undelivered"])
    exceptions = status["exceptions"]
    answers = Counter(each["answer"] for each in exceptions)
    told = ", ".join(
        f"{ANSWERS.get(answer, answer)}: {count}"
        for answer, count in sorted(answers.items())
    )
    yield f"Open exceptions: {len(exceptions)}" + (f" ({told})" if told else "")
    if waiting := sum(each["waits"] is not None for each in exceptions):
        yield f"Waiting for a digest: {waiting}"
    for each in exceptions[:MOST_EXCEPTIONS]:
        due = minute_text(each["respond_by_at"] and instant(each["respond_by_at"]))
        yield (
            f"  {each['exception_id'][:12]}  {each['route_class']:<6} "
            f" due {due}{' (overdue)' if each['is_overdue'] else ''}"
            f"  {each['owner_role']}: {each['rule_id']} of"
            f" {one_line(each['subject_id'], LONGEST)}"
            + (f" [{each['answer']}]" if each["answer"] in GIVEN else "")
            + (f" [waits: {each['waits']}]" if each["waits"] else "")
        )
    if len(exceptions) > MOST_EXCEPTIONS:
        yield f"  and {len(exceptions) - MOST_EXCEPTIONS:,} more; --json has all"


def _account_lines(account: Mapping[str, Any]) -> Iterable[str]:
    """Tell the story of one exception: in a sentence, then in full."""
    yield f"Exception {account['exception_id']}"
    if account["exception"] is None:
        yield f"  {account['trouble'] or 'no longer in the marts'}"
    else:
        exception = account["exception"]
        onset, due = (
            minute_text(exception[name] and instant(exception[name]))
            for name in ("onset_at", "respond_by_at")
        )
        yield (
            f"{exception['rule_title']}: {exception['subject_type']}"
            f" {one_line(exception['subject_id'], LONGEST)}, since {onset}."
        )
        yield comparison(
            *(exception[name] for name in ("observed_value", "threshold_value", "unit"))
        )
        yield (
            f"{ROUTES[exception['route_class']]} {exception['owner_role']}, because"
            f" {exception['route_reason']}. Respond by {due}."
        )
        for name, value in exception.items():
            if name != "exception_id" and value is not None:
                yield f"  {name}: {_plain(value)}"
    yield from _section("Escalations", account["escalations"])
    yield from _section("Decisions", account["decisions"])
    yield from _section("Messages", account["messages"])
    yield from _section("Answers", account["actions"])


def _case_lines(cases: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Say what is predicted of cases, and what it is known from."""
    for case in cases:
        yield (
            f"Case {one_line(case['case_id'], LONGEST)} of {case['journey']}, state"
            f" {case['state'] or 'unknown'}, as of {minute_text(case['predicted_at'])}"
        )
        if case["reason"]:
            yield f"Its end: nobody can tell ({case['reason']})."
        else:
            until = (
                case["p90_end_at"] and f", nine of ten by {_minute(case, 'p90_end_at')}"
            )
            yield (
                f"Its end: half of {case['support_count']:,} alike (same"
                f" {case['alike_in']}) had ended by"
                f" {_minute(case, 'expected_end_at')}{until or ''}"
                f"{_doubt(is_better=case['time_has_skill'])}."
            )
        if case["next_event_1"]:
            yield (
                f"Next: {case['next_event_1']} with probability"
                f" {case['next_event_1_probability']:.2f}."
            )
        if case["slowest_state"]:
            yield f"Most of what is left is usually spent in {case['slowest_state']}."
        for promise in case["promises"]:
            due = promise["deadline_at"] and f", due {_minute(promise, 'deadline_at')}"
            yield f"{promise['slo_id']}{due or ''}:"
            if promise["breach_probability"] is None:
                yield f"  nobody can tell ({promise['reason']})"
            else:
                yield (
                    f"  missed with probability {promise['breach_probability']:.2f}: of"
                    f" {promise['known_count']:,} that waited as long (same"
                    f" {promise['alike_in']}) {promise['late_count']:,} came too late"
                    f"{_doubt(is_better=promise['has_skill'])}"
                )


def _minute(row: Mapping[str, Any], name: str) -> str:
    """Write an instant of a row, to the minute."""
    return minute_text(row[name])


def _doubt(*, is_better: bool) -> str:
    """Say so where predictions of a kind were no better than one figure for all."""
    return "" if is_better else "; such figures have shown no skill so far"


def _dated(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold, and instants
    """Write the instants in a result as texts."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, list):
        return [_dated(each) for each in value]
    if isinstance(value, dict):
        return {name: _dated(each) for name, each in value.items()}
    return value


def _section(title: str, rows: list[dict[str, Any]]) -> Iterable[str]:
    """List rows under a title."""
    yield f"{title}:" if rows else f"{title}: none"
    for row in rows:
        values = (f"{name} {_plain(value)}" for name, value in row.items() if value)
        yield "  " + ", ".join(values)


def _plain(value: object) -> str:
    """Write a value on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

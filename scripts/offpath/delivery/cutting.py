"""Cut a message to what its receiver takes: the most urgent of it, and how much it is.

The exceptions of a message stand in the order of their urgency.
"""

import json
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from offpath.routing.messages import DIGEST_LINES
from offpath.text import cut


def fit_body(payload: Mapping[str, Any], limit: int) -> str:
    """Return the body in at most ``limit`` characters, where one line fits at least.

    A bundle keeps the lines of its most urgent exceptions and the lines after the
    list, a message of one exception, or of none, its first lines; each says how much
    is left out or where it is.
    """
    body = str(payload["body"])
    if len(body) <= limit:
        return body
    lines = body.split("\n")
    exceptions = payload["exceptions"]
    count = len(exceptions)
    if count <= 1:
        listed, last = lines, []
    else:
        listed, last = lines[: min(count, DIGEST_LINES)], lines[count:]
        if count > DIGEST_LINES:
            # The line that says how many more there are is written anew.
            last = lines[DIGEST_LINES + 1 :]
    for ending in (last, []):
        for kept in range(len(listed) - 1, 0, -1):
            if count == 0:
                more = f"and {len(lines) - kept:,} more lines"
            elif count == 1:
                more = f"All of it: offpath why {exceptions[0]['exception_id'][:12]}"
            else:
                more = f"and {count - kept:,} more, less urgent: offpath status"
            text = "\n".join([*listed[:kept], more, *ending])
            if len(text) <= limit:
                return text
    return f"{count:,} in all: offpath status" if count else cut(body, limit)


def fit_payload(payload: Mapping[str, Any], limit: int) -> bytes:
    """Return the message as JSON in about ``limit`` bytes.

    ``exception_count`` says how many exceptions it stands for, and ``is_cut`` whether
    the least urgent of them, or lines of its body, are left out.
    """
    exceptions = payload["exceptions"]
    whole = {**payload, "exception_count": len(exceptions), "is_cut": False}
    text = json.dumps(whole).encode()
    if len(text) <= limit:
        return text
    shortened = {
        **whole,
        "is_cut": True,
        "body": fit_body(payload, limit // 4),
        "exceptions": [],
    }
    room = limit - len(json.dumps(shortened))
    sizes = accumulate(len(json.dumps(each)) + 2 for each in exceptions)
    kept = sum(size <= room for size in sizes)
    return json.dumps({**shortened, "exceptions": exceptions[:kept]}).encode()

"""Tell a watchdog that all is well; it raises the alarm when nobody does."""

import threading

import requests

from offpath.delivery.channels import SUCCESSES
from offpath.delivery.wire import watched

DEADLINE_SECONDS = 10.0


def ping(address: str, deadline: float = DEADLINE_SECONDS) -> str | None:
    """Ask for the address, and return what went wrong; None if nothing did.

    The body is not read, redirects are not followed, and the text does not hold the
    address. However slow the answer, it returns after so many seconds.
    """
    said: list[str | None] = []
    # A thread, since the time-outs of requests begin anew with each byte.
    asking = threading.Thread(
        target=lambda: said.append(_ask(address, deadline)), daemon=True
    )
    asking.start()
    asking.join(deadline)
    return said[0] if said else f"it gave no answer within {deadline:g} seconds"


def _ask(address: str, deadline: float) -> str | None:
    with watched() as exchange:
        exchange.longest_body = 0
        try:
            status = requests.get(address, timeout=deadline).status_code
        except Exception as error:  # noqa: BLE001 - the error's text holds the address
            return f"it gave no answer ({type(error).__name__})"
    return None if status in SUCCESSES else f"it answered {status}"

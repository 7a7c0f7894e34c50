"""Tell a watchdog that all is well; it raises the alarm when nobody does."""

import threading

import requests
from requests.auth import AuthBase

DEADLINE_SECONDS = 10.0
SUCCESSES = range(200, 300)


class _NoCredentials(AuthBase):
    """Keeps requests from taking credentials out of ``~/.netrc``."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


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
    try:
        with requests.get(
            address,
            timeout=deadline,
            allow_redirects=False,
            stream=True,
            auth=_NoCredentials(),
        ) as answer:
            if answer.status_code in SUCCESSES:
                return None
            return f"it answered {answer.status_code}"
    except Exception as error:  # noqa: BLE001 - the error's text holds the address
        return f"it gave no answer ({type(error).__name__})"

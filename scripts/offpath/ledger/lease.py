"""The right to send, which one run has at a time, also among machines."""

import os
import socket
import sqlite3
import time
import uuid
from datetime import UTC, datetime

from offpath.errors import LeaseHeldError

LEASE_SECONDS = 300.0


class Lease:
    """The right to send, with an owner and an end, written in the ledger.

    Among processes of one machine the lock of `only_one` is enough. The lease also
    keeps apart machines that share a folder whose locks do not reach across.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take the lease, or raise LeaseHeldError."""
        self._connection = connection
        self._host = socket.gethostname()
        self._owner = f"{self._host}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
        self._expires_at = time.time() + LEASE_SECONDS
        taken = connection.execute(
            "insert into lease (only_row, host, owner, expires_at) values (1, ?, ?, ?)"
            " on conflict (only_row) do update set host = excluded.host,"
            " owner = excluded.owner, expires_at = excluded.expires_at"
            # On the same host the lock has shown that the former owner is gone.
            " where lease.host = excluded.host or lease.expires_at < ?",
            [self._host, self._owner, self._expires_at, time.time()],
        ).rowcount
        if not taken:
            raise LeaseHeldError(self._held_by())

    def _held_by(self) -> str:
        """Say which machine holds the lease, and until when."""
        held = self._connection.execute(
            "select host, expires_at from lease where only_row = 1"
        ).fetchone()
        if held is None:
            return "a run on another machine held the lease; try again"
        end = datetime.fromtimestamp(held["expires_at"], UTC)
        return (
            f"a run on {held['host']} holds the lease until {end:%Y-%m-%d %H:%M:%SZ},"
            " if it does not put that off; try again then"
        )

    def renew(self) -> None:
        """Put off the end once half the time is over.

        Raise LeaseHeldError if it was too late and somebody else took the lease.
        """
        if self._expires_at - time.time() > LEASE_SECONDS / 2:
            return
        self._expires_at = time.time() + LEASE_SECONDS
        kept = self._connection.execute(
            "update lease set expires_at = ? where owner = ?",
            [self._expires_at, self._owner],
        ).rowcount
        if not kept:
            message = "the lease ran out and another run took it; sending stopped"
            raise LeaseHeldError(message)

    def release(self) -> None:
        """Give the lease back."""
        self._connection.execute("delete from lease where owner = ?", [self._owner])

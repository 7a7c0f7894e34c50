"""Logs of other tools: read into the event contract, and written from the marts."""

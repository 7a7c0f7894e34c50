"""What was decided, sent and done, and all that is kept of it."""

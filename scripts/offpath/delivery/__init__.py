"""How a message leaves, and what becomes of it."""

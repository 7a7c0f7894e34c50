"""A made-up shop and service desk whose logs the demo reads."""

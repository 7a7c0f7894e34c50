"""What is to be told to whom, and why."""

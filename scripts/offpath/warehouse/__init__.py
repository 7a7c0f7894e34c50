"""What is read from the file that dbt builds; nothing here writes to it."""

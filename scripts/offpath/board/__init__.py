"""The board: what a lead looks at every morning, as one page that needs no network."""

"""Route exceptions of a business process to the roles that own them."""

__version__ = "0.1.0"

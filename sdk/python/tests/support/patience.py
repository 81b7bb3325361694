"""How long anything may take that a test waits for."""

PATIENCE_S = 20.0

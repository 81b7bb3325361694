"""Ways to an engine: WebSocket, and memory for tests."""

"""Real parts for tests: a browser, a PostgreSQL, a running server."""

"""Tasks of the demo firm."""


def fill(demo):
    """A few tasks."""

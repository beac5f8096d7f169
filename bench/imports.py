"""Import beside its floor: `executemany` of the rows that the import wrote, into all the tables that it filled."""


def measure(size: int, quick: bool) -> dict | None:
    """Rows per second of the importer and of its floor; None while there is no importer."""
    return None

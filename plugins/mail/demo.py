def fill(demo):
    """x"""

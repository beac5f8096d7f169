"""The bundled plugins, each the very shape that a vendor's has."""

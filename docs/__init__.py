"""The documentation; `python -m docs` writes the generated parts anew."""

"""The pytest plugin for us and for vendors."""

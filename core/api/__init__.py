"""JSON for any Resource at /api/v1, its OpenAPI document, and the tokens that open it."""

from .pages import blueprint as pages
from .views import blueprint

__all__ = ["blueprint", "pages"]

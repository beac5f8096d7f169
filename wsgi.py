"""The WSGI entry point, for any server: `wsgi:app`."""

from core.serve import switch_for
from core.settings import Settings

app = switch_for(Settings.from_env())

"""The pytest plugin, for us and for vendors: it is there wherever Guanxi is installed.

```python
import pytest

@pytest.fixture
def guanxi_plugins():
    return ["wine"]

def test_a_cellar_is_listed(guanxi):
    guanxi.make("wine_cellar", name="Yantai")
    assert "Yantai" in guanxi.client("bo").get("/wine/cellar/").text
```

Fixtures that you may override: `guanxi_plugins` (names to switch on), `guanxi_folders` (where to look for plugins
beside the installed ones), `guanxi_url` (an empty database; default SQLite, or a fresh database on the PostgreSQL
server of `GUANXI_TEST_DATABASE_URL`). Nothing of Guanxi is imported before a test asks for it.
"""

import os

import pytest


@pytest.fixture
def guanxi_plugins() -> list[str]:
    """Names of the plugins that are on in `guanxi`; override it."""
    return []


@pytest.fixture
def guanxi_folders() -> list:
    """Folders that are searched for plugins beside the installed ones; override it."""
    return []


@pytest.fixture
def guanxi_url():
    """The database's URL, or "" for SQLite in a fresh folder."""
    server = os.environ.get("GUANXI_TEST_DATABASE_URL", "")
    if not server:
        yield ""
        return
    from .trial import fresh_database

    with fresh_database(server) as url:
        yield url


@pytest.fixture
def guanxi(tmp_path, guanxi_plugins, guanxi_folders, guanxi_url):
    """A `core.trial.Trial`: a built app over a fresh database, with the cast Ann, Mei, Bo, Li and Ro."""
    from .trial import Trial

    with Trial(tmp_path / "guanxi", *guanxi_plugins, url=guanxi_url, folders=guanxi_folders) as trial:
        yield trial


def check_plugin(name: str, **options) -> None:
    """Run every conformance check of a plugin (see `core.checks`). Raises AssertionError with a line for each fault."""
    from .checks import run

    faults = [f"{result.title}: {result.said}" for result in run(name, **options) if result.ok is False]
    assert not faults, "\n".join(["The plugin does not conform:", *faults])

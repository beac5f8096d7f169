"""Every hook that a plugin may implement: the whole extension surface on one page.

Declarations are asked for once per build; pages ask while they are drawn; data hooks run inside the write
transaction, once per batch, and must not do I/O. What comes back is an object (`Panel`, `NavItem`, `Card` …), sorted
by its own `order`.
An implementation takes only the arguments that it wants.
"""

import pluggy

hookspec = pluggy.HookspecMarker("guanxi")
#: Where a module keeps its implementations by name.
KEPT = "__guanxi_hooks__"


class _Hookimpl(pluggy.HookimplMarker):
    """Marks an implementation and keeps it where nothing replaces it.

    A function `resources` in a package that has a `resources.py` is replaced in the package's namespace as soon as that
    submodule is imported, and the next build would find no hook there.
    """

    def __call__(self, function=None, **options):
        if function is None:
            return lambda f: self(f, **options)
        function.__globals__.setdefault(KEPT, {})[function.__name__] = function
        return super().__call__(function, **options)


hookimpl = _Hookimpl("guanxi")


# Declare, once per build


@hookspec
def resources() -> list[type]:
    """The Resource classes that this plugin adds."""


@hookspec
def blueprints() -> list:
    """Flask blueprints for screens that are not list, page or form; their name is the plugin's, below `/<plugin>`."""


@hookspec
def commands() -> list:
    """click commands that join the `guanxi` command."""


@hookspec
def jobs() -> list:
    """Functions marked with `@job`, to be run by the worker."""


@hookspec
def settings_form():
    """A WTForms form class; its fields are this plugin's settings, edited on the Modules page."""


@hookspec
def timeline_kinds() -> list:
    """`TimelineKind` objects: kinds of entry that this plugin writes."""


@hookspec
def demo_data(demo) -> None:
    """Add this plugin's part of the demo firm. `demo` has the cast, the contacts, a seeded `random` and `at(days)`."""


# Pages


@hookspec
def nav_items(user) -> list:
    """`NavItem` objects for the menu, beside those that resources declare by `nav`."""


@hookspec
def home_cards(user) -> list:
    """`Card` objects for the home page."""


@hookspec
def worklist_items(user, until) -> list:
    """`WorkItem` objects: what the user should do up to the instant `until`, for the one list on the home page."""


@hookspec
def record_panels(resource, record, user) -> list:
    """`Panel` objects for the side of a record's page."""


@hookspec
def record_actions(resource, record, user) -> list:
    """`ActionLink` objects for the buttons of a record's page."""


@hookspec
def quick_actions(user) -> list:
    """`ActionLink` objects for the New menu."""


@hookspec
def contact_columns(user) -> list:
    """`Column` objects for the contact list: each loads its values for the page's contacts in one query."""


# Data: who sees what


@hookspec
def grant_query(resource, user):
    """A peewee expression of rows that the user may see beyond the role's scope, or None. OR-ed with the others."""


@hookspec
def limit_query(resource, user):
    """A peewee expression that rows must also satisfy, or None. AND-ed with the others; a failure closes the door."""


# Data: inside the write transaction


@hookspec
def validate_records(resource, records, user) -> list:
    """`(record, field, Problem)` triples for what must not be saved."""


@hookspec
def records_changed(resource, records, change, user) -> None:
    """Records were written; `change` is create, update or delete. Same transaction, no I/O."""


@hookspec
def contacts_merged(survivor, merged, user) -> None:
    """Contacts were merged into `survivor`; rows that point to them by a Link were moved already."""


@hookspec
def contact_refusals(contact_ids, channel, purpose) -> dict:
    """`{contact id: Problem}` for those among these contacts that must not be reached so; see `core.refusals()`."""


# Data: after commit


@hookspec
def committed(resource, ids, change, user) -> None:
    """A write has been committed: the place for webhooks and notices. A failure is logged and stops nothing."""


@hookspec
def contacts_erased(ids, told) -> None:
    """Contacts were erased: remove what you keep of them in files. `told(text)` says whether a text tells of them."""


@hookspec
def mail_received(message, contact) -> None:
    """A mail was fetched. `message` is an `email.message.EmailMessage`, `contact` whose it is, or None.

    Called once for each contact that it was filed under, else once: also for a mail that is kept nowhere, such as a
    colleague's, which may come again.
    """


# Life


@hookspec
def plugin_enabled(name) -> None:
    """This plugin was switched on: the place to seed its first rows. Called again after each switch-on."""

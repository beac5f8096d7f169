"""`Build`: one finished combination of plugins. What was module-level state elsewhere hangs here, and goes with it."""

import sys
import time

from . import fields
from .contacts import Contacts, Relationships
from .custom import stamp
from .custom.resource import CustomFields
from .db import Base, plugin_of
from .files import Attachments
from .options import FIRM, Options, Setting
from .plugins import Loaded, PluginError, pins
from .resource import DeclarationError, Resource
from .settings import Settings
from .staff import Roles, Teams, Users
from .timeline import Entries, Timeline
from .touches import Feed
from .users import Share, User

CORE_RESOURCES = (Contacts, Entries, Relationships, Attachments, Users, Teams, Roles, CustomFields)


class Build:
    """The plugins that are on, their resources by name, model and table, their hooks, and the way back along Links."""

    def __init__(self, settings: Settings, loaded: list[Loaded], manager):
        self.settings, self.loaded, self.manager = settings, loaded, manager
        #: Core's own background work, which create_app hands over.
        self.core_jobs: tuple = ()
        #: `create_app`, for the switch: a new set is built whole before it is written down.
        self.create_app = None
        #: Records that are shown to somebody beyond the scope of their role.
        self.shares = Share
        self.hook = manager.hook
        #: Plugins that are listed but left out, with the reason of each; and why the newest plugins.toml is not in use.
        self.broken: dict[str, Exception] = {}
        self.problem: Exception | None = None
        #: Settings that plugins.toml pins, as they were when this was built: a file that breaks later harms no page.
        try:
            self.pins = pins(settings.plugins_file)
        except PluginError:
            self.pins = {}
        self.resources: dict[str, Resource] = {}
        self.by_model: dict[type, Resource] = {}
        self.by_table: dict[str, Resource] = {}
        for declared in CORE_RESOURCES:
            self._add(declared(self))
        for classes in self.hook.resources():
            for declared in classes:
                self._add(declared(self))
        self._related = self._ways_back()
        self._check_links()
        self.timeline = Timeline(self)
        #: What this process knows of the newest writes, for pages that are open.
        self.live = Feed(self)
        #: HTML that is drawn once per build, under all that it depends on.
        self.drawn: dict = {}
        self._firm: tuple[float, dict] = (0, {})
        self._alone = False
        #: The stamp of the custom fields that this build knows; None until they were read.
        self.fields_stamp: str | None = None
        self.settings_forms = self._forms()

    @property
    def names(self) -> list[str]:
        """The names of the plugins that are on, in order."""
        return [plugin.name for plugin in self.loaded]

    def _add(self, resource: Resource) -> None:
        other = self.resources.get(resource.name) or self.by_model.get(resource.model)
        if other is not None:
            raise DeclarationError(
                f"{type(resource).__name__}: {type(other).__name__} is the Resource of {resource.name} already"
            )
        self.resources[resource.name] = self.by_model[resource.model] = self.by_table[resource.table] = resource

    def _ways_back(self) -> dict:
        ways: dict = {}
        for resource in self.resources.values():
            for name, link in resource.links.items():
                if not link.related_name:
                    continue
                key = (link.rel_model, link.related_name)
                if key in ways:
                    other, taken = ways[key]
                    raise DeclarationError(
                        f"{resource.model.__name__}.{name} of {resource.plugin}:"
                        f" {link.rel_model.__name__} has a backref"
                        f" {link.related_name!r} from {other.model.__name__}.{taken.name} of {other.plugin} already"
                    )
                ways[key] = (resource, link)
        return ways

    def _check_links(self) -> None:
        for resource in self.resources.values():
            for name, link in resource.links.items():
                if link.rel_model not in self.by_model:
                    raise DeclarationError(
                        f"{resource.model.__name__}.{name}: {link.rel_model.__name__} has no Resource;"
                        " return one from resources()"
                    )

    def _forms(self) -> dict:
        forms = {}
        for implementation in self.hook.settings_form.get_hookimpls():
            forms[implementation.plugin_name] = implementation.function()
        return forms

    def related(self, record, name: str):
        """The records that point to `record` through a Link of this backref, without the trash. Raises LookupError."""
        way = self._related.get((type(record), name))
        if way is None:
            raise LookupError(f"No module that is on gives {type(record).__name__} a backref {name!r}")
        resource, link = way
        return resource.model.select().where(link == record.id, resource.model.deleted_batch.is_null())

    def related_to(self, model) -> list:
        """`(resource, link)` of every Link with a backref to this model, core's own included."""
        return [way for (target, _), way in self._related.items() if target is model]

    def options(self, plugin: str) -> Options:
        """The settings of a plugin."""
        return Options(self, plugin, self.settings_forms.get(plugin))

    @property
    def firm(self) -> dict:
        """The firm's own settings (name, currency, region, language, timezone), read at most every ten seconds."""
        read_at, values = self._firm
        if time.monotonic() - read_at > 10 or not values:
            rows = Setting.select(Setting.key, Setting.value).where(Setting.plugin == "core")
            values = FIRM | {row.key: row.value for row in rows}
            self._alone = User.select().where(User.active, User.deleted_batch.is_null()).limit(2).count() < 2
            stamp.compare(self, values)
            self._firm = (time.monotonic(), values)
        return values

    @property
    def alone(self) -> bool:
        """Whether one person works here, who needs nothing that is for colleagues; as old as `firm` is."""
        return self.firm and self._alone

    def forget_firm(self) -> None:
        self._firm = (0, {})

    def context(self, user) -> fields.Context:
        """What parsing needs to know beside the text."""
        firm = self.firm
        return fields.Context(user, self, firm["currency"], firm["region"])

    def manifest(self, name: str):
        """A plugin's manifest, or None when it is not on."""
        return next((p.manifest for p in self.loaded if p.name == name), None)

    def models(self, plugin: str) -> list:
        """Every table of a plugin: of its Resources, and of its other Record and Base classes.

        A class from which others are derived only says what these have in common, and is no table.
        """

        def below(cls):
            for child in cls.__subclasses__():
                yield child
                yield from below(child)

        def current(cls):
            # A module whose import failed half-way is imported again once it is mended: its first classes are dead.
            module = sys.modules.get(cls.__module__)
            return module is not None and getattr(module, cls.__name__, cls) is cls

        leaves = [m for m in below(Base) if not any(map(current, m.__subclasses__()))]
        found = [m for m in leaves if plugin_of(m.__module__) == plugin and m.__name__ != "Record" and current(m)]
        return sorted(dict.fromkeys(found), key=lambda m: m._meta.table_name)


__all__ = ["Build", "PluginError"]

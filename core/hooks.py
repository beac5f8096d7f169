"""What modules answer to a hook: put in order, and asked so that a broken one never takes the page down."""

from . import i18n


def in_order(items) -> list:
    """Objects of hooks, flattened and sorted by their own order, never by who came first."""
    flat = [item for group in items for item in (group or ())]
    return sorted(flat, key=lambda item: (item.order, str(getattr(item, "title", "") or getattr(item, "label", ""))))


def safely(hookimpls, log, **arguments) -> list:
    """Call every implementation; one that raises is logged and left out, and never takes the page down."""
    found = []
    for implementation in hookimpls:
        try:
            found.append(implementation.function(**{name: arguments[name] for name in implementation.argnames}))
        except Exception:
            log.exception("%s: a hook failed", implementation.plugin_name)
            found.append([_broken(implementation.plugin_name)])
    return found


class _broken:
    """One sentence in place of what a broken hook would have given."""

    order, url, icon, hue, count, primary, width, id, due = 99, "", "alert-triangle", "red", None, False, 5, "", None

    def __init__(self, plugin):
        self.plugin, self.name = plugin, f"broken-{plugin}"

    @property
    def title(self):
        return self.plugin.capitalize()

    label = title

    @property
    def body(self):
        return i18n.gettext(
            "This part of the module %(name)s failed. The rest of the page is not affected.", name=self.title
        )

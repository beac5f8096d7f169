"""What surrounds every page: menu, top bar, bell. The menu is drawn once per language and role, not once per page."""

import logging
import re

from flask import current_app, g, get_flashed_messages, render_template, request, session
from flask_babel import format_date
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from . import feed, fields, forms, html, i18n, notices
from .contacts import RELATIONS
from .hooks import in_order, safely
from .i18n import N_
from .pages import ActionLink, NavItem
from .points import ROLE_WORDS
from .users import Team, User

log = logging.getLogger("guanxi")

#: The groups of the menu, in order; a new one that a plugin names comes after them.
GROUPS = {
    "": "",
    "Customers": N_("Customers"),
    "Sales": N_("Sales"),
    "Marketing": N_("Marketing"),
    "Service": N_("Service"),
    "Insight": N_("Insight"),
    "Work": N_("Work"),
}
SHOWN_PER_PLUGIN = 4


def init_app(app, build) -> None:
    """Give templates the shell, and the macros that blocks rendered alone could not import."""
    env = app.jinja_env
    app.context_processor(lambda: {"user": g.get("user"), "firm": build.firm["firm"] if g.get("user") else ""})
    env.globals.update(
        shell_globals=shell_globals,
        translate=i18n.translate,
        role_words=ROLE_WORDS,
        date_presets=fields.DATE_PRESETS,
        shown_value=shown_value,
        rows_of=rows_of,
        value_of=value_of,
        property_of=property_of,
        days_of=feed.days_of,
        entry_of=feed.entry_of,
        kinds_of=kinds_of,
        relate_form=relate_form,
        composer_of=composer_of,
        bulk_input=bulk_input,
        filters_of=filters_of,
        colleagues=colleagues,
        teams=teams,
    )
    env.filters["full_date"] = lambda day: format_date(day, "full")
    for name in MACROS:
        env.globals[name] = _macro(env, name)


#: The macros of core/_macros.html.
MACROS = (
    "errors_of",
    "field_of",
    "summary_of",
    "questions_of",
    "card_of",
    "panel_of",
    "action_buttons",
    "link_buttons",
)


def _macro(env, name: str):
    """A macro as a plain function. It knows the globals of templates and its arguments, and nothing of the page."""

    def call(*args, **kwargs):
        return getattr(env.get_template("core/_macros.html").module, name)(*args, **kwargs)

    return call


def shown_value(resource, record, name: str):
    """A field of a record as people see it on its page."""
    kind = resource.kinds[name]
    if name in resource.hidden(g.user):
        return ""
    if isinstance(kind, fields.Link):
        return kind.cell()(record)
    return kind.show(kind.get(record))


def property_of(resource, record, name: str, editable: bool) -> Markup:
    """A field's label and value on its record's page; with a pencil when it may be edited. In Python, for speed."""
    value = value_of(resource, record, name, editable)
    return Markup(f'<dt>{escape(resource.field_title(name))}</dt><dd id="field-{name}">{value}</dd>')


def value_of(resource, record, name: str, editable: bool, saved: bool = False) -> Markup:
    """A field's value on its record's page; `saved` shows that it was saved just now."""
    value = escape(shown_value(resource, record, name) or "—")
    if not editable or resource.kinds[name].control == "checkbox":
        return Markup(f'<span class="gx-value">{value}</span>')
    form = f"{resource.url('field', record, name=name)}?edit=1"
    label = escape(i18n.gettext("Edit %(field)s", field=resource.field_title(name)))
    return Markup(
        f'<div class="gx-edit{" gx-saved" if saved else ""}"><span class="gx-ell gx-value">{value}</span>'
        f'<a class="btn btn-ghost btn-icon btn-sm gx-pencil" href="{form}" hx-get="{form}" hx-target="#field-{name}"'
        f' hx-swap="innerHTML" aria-label="{label}">{html.icon("pencil")}</a></div>'
    )


def rows_of(listing, selectable: bool) -> Markup:
    """The rows of a list, with a box to select each; the first cell is the link to the record. In Python, for speed."""
    last, cells = len(listing.shown) - 1, []
    for i, head in enumerate(listing.shown):
        classes = ("gx-num " if head.numeric else "") + ("gx-hide-sm" if 0 < i < last else "")
        cells.append((f'<td class="{classes}">' if classes else "<td>", head.cell))
    name = i18n.gettext("Select %(name)s")
    box = (
        '<td><input class="form-check-input m-0" type="checkbox" name="id" value="{}" data-gx-row aria-label="{}"></td>'
    )
    parts = []
    for record in listing.page.rows:
        parts.append(f'<tr id="row-{record.id}">')
        if selectable:
            parts.append(box.format(record.id, escape(name % {"name": record})))
        for i, (start, cell) in enumerate(cells):
            drawn = escape(cell(record))
            parts += (start, drawn if i else _first_cell(listing, record, drawn), "</td>")
        parts.append("</tr>\n")
    return Markup("".join(parts))


def _first_cell(listing, record, cell) -> str:
    url = f"{listing.resource.base}{record.id}"
    if listing.resource.name == "contacts":
        below = "" if "job_title" in listing.hidden else escape(record.job_title)
        return (
            f'<div class="gx-row">{html.avatar(record.name, firm=record.is_organisation)}<div class="gx-ell">'
            f'<a class="text-reset fw-semibold" href="{url}">{cell}</a>'
            f'<div class="gx-2 small gx-ell">{below}</div></div></div>'
        )
    plain = re.sub("</?a[^>]*>", "", str(cell)) or f"#{record.id}"
    return f'<a class="text-reset fw-semibold" href="{url}">{plain}</a>'


def composer_of(contact, kinds, typed: dict, errors: list) -> Markup:
    """The form that logs on a contact's timeline; an empty one is drawn once."""
    build, url = current_app.extensions["guanxi"], f"/contacts/{contact.id}/timeline"

    def draw(url="-url-", token="-token-"):
        return render_part("core/_composer.html", url=url, token=token, kinds=kinds, typed=typed, errors=errors)

    if typed or errors:  # what was typed may hold anything
        return Markup(draw(url, generate_csrf()))
    return filled(once(build, draw, "composer"), url=url, token=generate_csrf())


def kinds_of(contact, kinds, modules, chosen) -> Markup:
    """The choice of what the feed shows; the one of everything is drawn once."""

    def draw():
        return render_part("core/_kinds.html", kinds=kinds, modules=modules, chosen=chosen)

    form = draw() if any(chosen) else once(current_app.extensions["guanxi"], draw, "kinds")
    return filled(form, url=f"/contacts/{contact.id}")


def relate_form(contact) -> Markup:
    """The form of a new relationship, drawn once: the choices are `kind>` and `kind<`, from either side."""

    def draw():
        option, found = Markup('<option value="{}">{}</option>'), []
        for kind, (there, back) in RELATIONS.items():
            found.append(option.format(f"{kind}>", i18n.gettext(there)))
            if back != there:
                found.append(option.format(f"{kind}<", i18n.gettext(back)))
        return render_part("core/_relate.html", options=Markup("").join(found))

    form = once(current_app.extensions["guanxi"], draw, "relate")
    return filled(form, url=f"/contacts/{contact.id}", token=generate_csrf())


def bulk_input(resource, name: str):
    """The input of a field in a bulk dialog, always empty."""

    def draw():
        form = forms.bind(resource, g.user, resource.model(), names=[name])
        field = form[name]
        field.name, field.id = "value", f"bulk-value-{name}"
        return field(disabled=True, **{"aria-label": field.label.text})

    return once(resource.build, draw, "bulk", resource.name, name)


def teams() -> list[tuple[int, str]]:
    """All teams: id and name."""
    return list(Team.select(Team.id, Team.name).where(Team.deleted_batch.is_null()).order_by(Team.name).tuples())


def colleagues() -> list[tuple[int, str]]:
    """Users who may own something: id and name."""
    if "colleagues" not in g:
        query = (
            User.select(User.id, User.name)
            .where(User.active, User.deleted_batch.is_null())
            .order_by(User.name)
            .limit(60)
        )
        g.colleagues = list(query.tuples())
    return g.colleagues


def once(build, draw, *depends):
    """What `draw()` gives, drawn once per build, language and whatever else it depends on."""
    key = (i18n.language(), *depends)
    if key not in build.drawn:
        build.drawn[key] = draw()
    return build.drawn[key]


def filled(drawn: str, **values) -> Markup:
    """What was drawn once, with `-name-` replaced by the values of this request."""
    for name, value in values.items():
        drawn = drawn.replace(f"-{name}-", escape(value))
    return Markup(drawn)


def filters_of(listing) -> Markup:
    """The menu of filters; the one of a list without any is drawn once for each user."""

    def draw():
        return Markup(render_part("core/_filters.html", listing=listing, resource=listing.resource))

    if set(request.args) - {"after", "before"}:
        return draw()
    resource, user = listing.resource, listing.user
    depends = (user.id, user.role_id, user.role.version, tuple(colleagues()))
    return once(resource.build, draw, "filters", resource.name, *depends)


def render(template: str, **context) -> str:
    """A whole page, in the shell when somebody is signed in."""
    return render_template(template, **context)


def render_part(template: str, **context) -> str:
    """A small template of its own, without the shell."""
    return render_template(template, **context)


def items(build, user) -> list[NavItem]:
    """The links that this user's role may follow."""
    found = [NavItem(N_("Today"), "/", "home", "", 0)]
    for resource in build.resources.values():
        if resource.nav and resource.can(user, "view"):
            found.append(
                NavItem(
                    resource.plural, resource.url(), resource.icon, resource.nav, resource.nav_order, resource.plugin
                )
            )
    found += [i for group in safely(build.hook.nav_items.get_hookimpls(), log, user=user) for i in group if i.url]
    return sorted(found, key=lambda i: (i.order, i.label))


def menu(build, user) -> tuple[Markup, Markup]:
    """The side menu and the phone's tab bar as HTML, with `data-nav` where the current page is marked."""

    def draw():
        links = items(build, user)
        groups: dict[str, list[NavItem]] = {name: [] for name in GROUPS}
        for link in links:
            groups.setdefault(link.group, []).append(link)
        return (
            render_part("core/_menu.html", groups=groups, titles=GROUPS, shown=SHOWN_PER_PLUGIN),
            render_part("core/_tabs.html", links=_tabs(links)),
        )

    side, tabs = once(build, draw, "menu", user.role_id, user.role.version, build.alone)
    return Markup(_current(side)), Markup(_current(tabs))


def _tabs(links):
    """The phone's four: today, contacts, and the first of other groups."""
    chosen, groups = [], set()
    for link in links:
        if link.group not in groups:
            chosen.append(link)
            groups.add(link.group)
    order = list(GROUPS)
    chosen.sort(key=lambda i: order.index(i.group) if i.group in order else 99)
    return chosen[:4]


def _current(markup: str) -> str:
    """Mark the link that the present address begins with; the longest one wins."""
    path, best = request.path, ""
    for part in str(markup).split('data-nav="')[1:]:
        url = part.partition('"')[0]
        if (path == url or (url != "/" and path.startswith(url))) and len(url) > len(best):
            best = url
    return str(markup).replace(f'data-nav="{escape(best)}"', 'aria-current="page"') if best else str(markup)


def quick_actions(build, user) -> list[ActionLink]:
    """The New menu."""
    found = [
        ActionLink(r.label, r.url("new"), r.icon, r.nav_order, r.plugin)
        for r in build.resources.values()
        if r.nav and r.writable and r.name != "entries" and r.can(user, "create")
    ]
    hooked = list(safely(build.hook.quick_actions.get_hookimpls(), log, user=user))
    return in_order([found, *hooked])


def top_bar(build, user) -> Markup:
    """The bar above every page; one query, for the number of unread notices."""

    def draw():
        return render_part("core/_top.html", quick=quick_actions(build, user))

    mine = (user.id, user.name, user.email, user.role_id, user.role.version)
    bar = once(build, draw, "top", *mine, build.alone)
    unread = notices.unread(build, user)
    return filled(bar, token=generate_csrf(), here=request.full_path, unread=unread, dot=" gx-dot" if unread else "")


def shell_globals() -> dict:
    """Everything of the shell, for the base template."""
    build, user = current_app.extensions["guanxi"], g.user
    side, tabs = menu(build, user)
    dialogs = once(build, lambda: Markup(render_part("core/_palette.html")), "dialogs")
    bar, messages = top_bar(build, user), get_flashed_messages(True)
    return {"side": side, "tabs": tabs, "dialogs": dialogs, "top": bar, "messages": messages}


def flash(text: str, tone: str = "ok", undo: int | None = None) -> None:
    """A toast on the next page."""
    session.setdefault("_flashes", [])
    session["_flashes"] = [*session["_flashes"], (tone, [text, undo])]


__all__ = ["flash", "html", "menu", "render", "shell_globals"]

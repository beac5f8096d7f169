"""The rows of the editor as HTML. In Python, for there are hundreds of them on one page."""

from markupsafe import Markup, escape

from core import html

from .. import plugin
from ..resources.writing import TypedLine

_ = plugin.gettext

BUTTON = (
    '<button class="btn btn-ghost btn-icon btn-sm" name="op" value="{}-{}" tabindex="-1" {} aria-label="{}">{}</button>'
)


class Rows:
    """Draws rows; what does not change from row to row is made once."""

    def __init__(self):
        self.icons = {name: html.icon(name) for name in ("chevron-up", "chevron-down", "x")}
        said = {
            "up": _("Move the line up"),
            "down": _("Move the line down"),
            "drop": _("Take the line out"),
            "text": _("Text"),
            "heading": _("Heading"),
            "what": _("Product or text"),
            "hint": _("Name, SKU or pinyin …"),
            "quantity": _("Quantity"),
            "unit": _("Unit"),
            "price": _("Price"),
            "discount": _("Discount (%)"),
            "tax": _("Tax (%)"),
            "bundled": _("in the bundle's price"),
        }
        self.said = {name: escape(text) for name, text in said.items()}

    def draw(self, rows: list[TypedLine], amounts: dict[str, str]) -> Markup:
        """Rows of the table; `amounts` are texts by key."""
        return Markup("\n".join(self._row(row, amounts.get(row.key, "")) for row in rows))

    def _row(self, row: TypedLine, amount: str) -> str:
        kind, key = escape(row.kind), escape(row.key)
        words = row.kind in ("heading", "text")
        per = f' data-per="{escape(row.per)}"' if row.per else ""
        wrong = " is-wrong" if row.errors else ""
        parts = [
            f'<tr id="line-{key}" data-orders-line="{kind}"{per} class="orders-{kind}{wrong}">'
            f'<td class="orders-what"{" colspan=6" if words else ""}>',
            self._hidden(row, key),
            self._text(row, key),
        ]
        if row.errors:
            faults = " ".join(dict.fromkeys(str(escape(problem)) for problem in row.errors.values()))
            parts.append(f'<div class="invalid-feedback d-block" id="line-{key}-fault">{faults}</div>')
        parts.append("</td>")
        if not words:
            parts.append(self._figures(row, key))
        parts.append(f'<td class="gx-num orders-amount"><output id="amount-{key}">{_safe(amount)}</output></td>')
        parts.append(self._tools(key))
        return "".join(parts)

    def _hidden(self, row, key) -> str:
        begins, raw = f'<input type="hidden" name="lines-{key}-', row.raw
        stored = f'{begins}id" value="{row.id}">{begins}version" value="{row.version}">' if row.id else ""
        return (
            f'{begins}kind" value="{escape(row.kind)}">{begins}product" value="{_safe(raw.get("product"))}">{stored}'
            f'{begins}why" value="{_safe(raw.get("why"))}">'
        )

    def _text(self, row, key) -> str:
        text, said, name = escape(row.raw.get("text", "")), self.said, f"lines-{key}-text"
        if row.kind == "text" or "\n" in text:
            return (
                f'<textarea class="form-control" name="{name}" rows="2" aria-label="{said["text"]}"'
                f' placeholder="{said["text"]}">\n{text}</textarea>'
            )
        if row.kind == "heading":
            return (
                f'<input class="form-control fw-semibold" name="{name}" value="{text}" aria-label="{said["heading"]}"'
                f' placeholder="{said["heading"]}" autocomplete="off">'
            )
        bad = " is-invalid" if "text" in row.errors else ""
        why = row.raw.get("why")
        below = f'<div class="gx-2 small gx-ell" data-orders-why>{escape(why)}</div>' if why else ""
        return (
            f'<input class="form-control{bad}" name="{name}" value="{text}" aria-label="{said["what"]}"'
            f' placeholder="{said["hint"]}" autocomplete="off" role="combobox" aria-expanded="false"'
            f' aria-autocomplete="list" aria-controls="orders-options" data-orders-find>{below}'
        )

    def _figures(self, row, key) -> str:
        said = self.said
        parts = [
            self._cell(row, key, "quantity", 6),
            f'<td data-label="{said["unit"]}"><input class="form-control" name="lines-{key}-unit"'
            f' value="{_safe(row.raw.get("unit"))}" autocomplete="off" aria-label="{said["unit"]}" size="5"></td>',
        ]
        if row.kind == "part":
            return "".join([*parts, f'<td colspan="3" class="gx-2 small">{said["bundled"]}</td>'])
        return "".join(parts + [self._cell(row, key, *one) for one in (("price", 10), ("discount", 5), ("tax", 5))])

    def _cell(self, row, key, name: str, width: int) -> str:
        label, bad, told = self.said[name], "", ""
        if name in row.errors:
            bad, told = " is-invalid", f' aria-invalid="true" aria-describedby="line-{key}-fault"'
        return (
            f'<td data-label="{label}"><input class="form-control gx-num{bad}" name="lines-{key}-{name}"'
            f' value="{_safe(row.raw.get(name))}" inputmode="decimal" autocomplete="off" aria-label="{label}"'
            f' size="{width}"{told}></td>'
        )

    def _tools(self, key) -> str:
        tools = (
            ("up", 'data-orders-move="-1"', "chevron-up"),
            ("down", 'data-orders-move="1"', "chevron-down"),
            ("drop", "data-orders-drop", "x"),
        )
        drawn = "".join(BUTTON.format(op, key, data, self.said[op], self.icons[icon]) for op, data, icon in tools)
        return f'<td class="orders-tools">{drawn}</td></tr>'


def _safe(text: str | None) -> str:
    """Escaped; most of what a row holds is empty, or a number, and needs none."""
    if not text:
        return ""
    return text if text.isalnum() else escape(text)


def drawn(rows: list[TypedLine], amounts: dict[str, str]) -> Markup:
    """The rows of the editor."""
    return Rows().draw(rows, amounts)

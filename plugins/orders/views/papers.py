"""Documents for the printer and as PDF."""

from flask import Blueprint, Response, g, render_template, url_for
from markupsafe import Markup, escape

from core import SYSTEM, html, speaking

from .. import pdf, plugin
from ..paper import Paper
from .editor import PARTS, heads_of

_ = plugin.gettext


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    for part in PARTS:
        bp.add_url_rule(f"/orders/{part}/<int:id>/print", "printed", printed, defaults={"part": part})
        bp.add_url_rule(f"/orders/{part}/<int:id>/pdf", "pdf", as_pdf, defaults={"part": part})
    bp.add_app_template_global(drawn, "orders_paper")


def drawn(heads, record, reader=None) -> Markup:
    """The document as HTML, in its own language; for a reader of ours, or (SYSTEM) for the customer."""
    with speaking(record.language or "zh"):
        paper = Paper(heads, record, reader or g.user)
        shown = {"paper": paper, "record": record, "rows": _rows(paper), "sum_rows": pdf.sum_rows(paper)}
        return Markup(render_template("orders/_paper.html", **shown))


def _rows(paper: Paper) -> Markup:
    """The lines as rows of the table. In Python, for there may be hundreds of them on one page."""
    wide, found = 4 + paper.has_discounts + paper.has_tax, []
    for number, line in paper.rows:
        text = html.paragraphs(line.text)
        if line.kind == "heading":
            cells = f'<td></td><th scope="rowgroup" colspan="{wide}">{escape(line.text)}</th>'
        elif line.kind == "text":
            cells = f'<td></td><td colspan="{wide}">{text}</td>'
        else:
            quantity = f"{paper.number(line.quantity)} {escape(line.unit)}"
            cells = f'<td class="gx-2">{number or ""}</td><td>{text}</td><td class="gx-num">{quantity}</td>'
            cells += f'<td colspan="{wide - 2}"></td>' if line.kind == "part" else _figures(paper, line)
        found.append(f'<tr class="is-{line.kind}">{cells}</tr>')
    if not found:
        found.append(f'<tr><td></td><td colspan="{wide}" class="gx-2">{_("No line yet.")}</td></tr>')
    return Markup("\n".join(found))


def _figures(paper: Paper, line) -> str:
    figures = [paper.money(line.price)]
    if paper.has_discounts:
        figures.append(paper.number(line.discount, "discount") if line.discount else "")
    if paper.has_tax:
        figures.append(paper.number(line.tax, "tax") if line.tax else "")
    return "".join(f'<td class="gx-num">{figure}</td>' for figure in [*figures, paper.money(line.amount)])


def _find(part: str, id: int):
    heads = heads_of(part)
    record = heads.find(g.user, id)
    heads.veil(g.user, [record])
    return heads, record


def printed(part, id):
    """A page with nothing but the document."""
    heads, record = _find(part, id)
    return render_template(
        "orders/print.html",
        record=record,
        paper=drawn(heads, record),
        back=heads.url("page", record),
        pdf=url_for("orders.pdf", part=part, id=id),
    )


def as_pdf(part, id):
    heads, record = _find(part, id)
    return sent_pdf(heads, record, g.user)


def sent_pdf(heads, record, reader) -> Response:
    """The PDF as an answer; named after the document's number."""
    answer = Response(content_of(heads, record, reader), content_type="application/pdf")
    answer.headers.set("Content-Disposition", "inline", filename=file_name(record))
    return answer


def content_of(heads, record, reader=SYSTEM) -> bytes:
    """The PDF of a document in its own language."""
    with speaking(record.language or "zh"):
        return pdf.render(Paper(heads, record, reader))


def file_name(record) -> str:
    """`Q-2026-0001-v2.pdf`; letters that some systems refuse in names are left out."""
    name = "".join(c for c in record.number if c.isalnum() or c in "-_.") or f"draft-{record.id}"
    revision = getattr(record, "revision", 1) or 1
    return f"{name}-v{revision}.pdf" if revision > 1 else f"{name}.pdf"

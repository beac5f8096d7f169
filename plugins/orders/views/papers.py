"""Documents for the printer and as PDF."""

from flask import Blueprint, Response, g, render_template, url_for
from markupsafe import Markup

from core import SYSTEM, speaking

from .. import pdf
from ..paper import Paper
from .editor import PARTS, heads_of


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
        return Markup(render_template("orders/_paper.html", paper=paper, record=record, sum_rows=pdf.sum_rows(paper)))


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

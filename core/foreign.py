"""HTML that came from outside: cleaned, its remote images held back, shown in a frame where it can do nothing."""

import re
from collections.abc import Callable

import nh3
from flask import Response, current_app


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What may stand in a mail. Scripts, forms, frames, links to style sheets and fonts may not.
TAGS = _words(
    """a abbr address article b big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em
    figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small
    span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var"""
)
LAYOUT = {"align", "bgcolor", "border", "cellpadding", "cellspacing", "color", "dir", "face", "height", "lang", "size"}
LAYOUT |= {"style", "valign", "width", "colspan", "rowspan", "title", "alt"}
STYLES = _words(
    """background-color border border-bottom border-collapse border-color border-left border-radius border-right
    border-spacing border-style border-top border-width color direction display font font-family font-size font-style
    font-weight height letter-spacing line-height list-style list-style-type margin margin-bottom margin-left
    margin-right margin-top max-width min-width padding padding-bottom padding-left padding-right padding-top
    text-align text-decoration text-indent text-transform vertical-align white-space width word-break"""
)
REMOTE = re.compile(r"(?:https?:)?//", re.I)
#: Links open in a tab of their own; the frame may do nothing else.
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
_PAGE = """<!doctype html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><style>
:root {{ color-scheme: light }} body {{ margin: 0; padding: 12px; background: #fff; color: #222;
font: 14px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; overflow-wrap: anywhere }}
img {{ max-width: 100%; height: auto }} blockquote {{ border-left: 3px solid #ccc; margin: 8px 0; padding-left: 12px }}
</style></head><body>{}</body></html>"""


def clean(html: str, images: bool = False, inline: Callable[[str], str] | None = None) -> str:
    """HTML without what could act: no scripts, forms, frames, no styles that leave the frame.

    `images` lets remote images through, which tell their sender that they are looked at. `inline(content id)` gives the
    address of an image that the mail brought along, or "".
    """

    def attribute(tag, name, value):
        if tag == "img" and name == "src":
            if value.startswith("cid:"):
                return (inline(value[4:]) if inline else "") or None
            if REMOTE.match(value):
                return value if images else None
            return value if re.match(r"data:image/(?:png|jpe?g|gif|webp);base64,", value) else None
        return value

    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags={"script", "style", "title", "head", "noscript", "template", "svg", "math"},
        attributes={"*": LAYOUT, "a": {"href"}, "img": {"src"}, "time": {"datetime"}, "blockquote": {"cite"}},
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow",
        filter_style_properties=set(STYLES),
        strip_comments=True,
    )


def has_remote_images(html: str) -> bool:
    """Whether somebody would learn that it is looked at."""
    return re.search(r"<img\b[^>]*\bsrc\s*=\s*[\"']?\s*(?:https?:)?//", html, re.I) is not None


def framed(html: str, images: bool = False, inline: Callable[[str], str] | None = None) -> Response:
    """A page of its own for foreign HTML, to be shown in `<iframe sandbox="…">` (the template global `frame_sandbox`).

    Its own policy holds even if somebody opens its address by itself.
    """
    answer = current_app.make_response(_PAGE.format(clean(html, images, inline)))
    answer.headers["Content-Security-Policy"] = (
        f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self';"
        f" base-uri 'none'; form-action 'none'; img-src 'self' data:{' https: http:' if images else ''}"
    )
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


__all__ = ["SANDBOX", "clean", "framed", "has_remote_images"]

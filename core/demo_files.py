"""Files of the demo firm: contracts, photos of wood and a quote, drawn here so that none ships with the program."""

from io import BytesIO

from . import intake

#: Character, file name, category, and what is in it.
TOLD = (
    (
        "zhang",
        "二期样板房 报价单.csv",
        "quote",
        "品名,木料,数量,单价\n餐桌,黑胡桃,2,18600\n书柜,白橡,4,12400\n床头柜,樱桃木,8,3200\n",
    ),
    ("zhang", "销售合同 2026-118.pdf", "contract", "SALES CONTRACT 2026-118"),
    ("zhang", "胡桃木样.jpg", "", "#5d4030"),
    ("chen", "书柜方案 A.pdf", "proposal", "BOOKCASE, PROPOSAL A"),
    ("chen", "白橡木样.jpg", "", "#c8a878"),
    ("emily", "Hangzhou drawings.pdf", "drawing", "COUNTER 240 x 65 x 92 CM"),
    ("priya", "Safety certificate.pdf", "certificate", "SAFETY CERTIFICATE EN 12520"),
)


def keep(build) -> list[tuple[str, str, intake.Kept]]:
    """Store them; `(character, category, Kept)` each. Outside of transactions."""
    return [(who, kind, intake.keep(build, name, BytesIO(_content(name, what)))) for who, name, kind, what in TOLD]


def fill(demo, kept) -> None:
    """Put them onto their contacts, each by the contact's owner."""
    files, contacts = demo.build.resources["files"], demo.build.resources["contacts"]
    people = {user.id: user for user in demo.cast}
    for who, category, one in kept:
        contact = demo.named.get(who)
        if contact is not None:
            user, options = people[contact.owner_id], {"category": category, "batch": demo.batch}
            files.add(user, contacts, contact, one, **options, tell=False)  # they came over the months, not today


def _content(name: str, what: str) -> bytes:
    if name.endswith(".csv"):
        return what.encode("utf-8-sig")
    out = BytesIO()
    if name.endswith(".jpg"):
        _wood(what).save(out, "JPEG", quality=85)
    else:
        _page(what).save(out, "PDF", resolution=100)
    return out.getvalue()


def _wood(color: str):
    """A board: its grain is noise, stretched along the length."""
    from PIL import Image, ImageOps

    grain = Image.effect_noise((24, 600), 60).resize((900, 600))
    return ImageOps.colorize(grain, "#20140c", color, mid=color)


def _page(title: str):
    """A sheet of paper with a title and lines as of writing."""
    from PIL import Image, ImageDraw, ImageFont

    sheet = Image.new("RGB", (827, 1169), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((90, 110), title, fill="#222222", font=ImageFont.load_default(34))
    draw.line((90, 165, 737, 165), fill="#b8402a", width=3)
    for row in range(24):
        draw.line((90, 220 + row * 34, 737 - (row * 53) % 210, 220 + row * 34), fill="#c9c8cd", width=9)
    return sheet

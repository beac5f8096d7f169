"""What the demo firm sells: fitted kitchens and wardrobes, and what belongs to them."""

import datetime as dt

from core import fields

from .models import Category, Component, Price, PriceList, Product

#: Category → the one that it is part of.
CATEGORIES = {
    "柜体 Cabinets": "",
    "橱柜 Kitchen": "柜体 Cabinets",
    "衣柜 Wardrobe": "柜体 Cabinets",
    "台面 Worktops": "",
    "五金 Fittings": "",
    "服务 Services": "",
    "套餐 Packages": "",
}
#: SKU → name, category, unit, price and cost in yuan, tax.
PRODUCTS = {
    "KC-600": ("橱柜地柜 600 · Base unit 600", "橱柜 Kitchen", "件", 1280, 720, 13),
    "KC-800": ("橱柜地柜 800 · Base unit 800", "橱柜 Kitchen", "件", 1560, 880, 13),
    "KW-600": ("橱柜吊柜 600 · Wall unit 600", "橱柜 Kitchen", "件", 860, 470, 13),
    "KT-220": ("橱柜高柜 2200 · Tall unit 2200", "橱柜 Kitchen", "件", 2980, 1650, 13),
    "WR-200": ("整体衣柜（橡木） · Wardrobe, oak", "衣柜 Wardrobe", "m²", 1180, 640, 13),
    "WR-150": ("整体衣柜（胡桃木） · Wardrobe, walnut", "衣柜 Wardrobe", "m²", 1480, 830, 13),
    "WR-DR": ("移门 · Sliding door", "衣柜 Wardrobe", "扇", 960, 520, 13),
    "TQ-20": ("石英石台面 20mm · Quartz worktop 20 mm", "台面 Worktops", "m", 1150, 610, 13),
    "TS-12": ("岩板台面 12mm · Sintered stone 12 mm", "台面 Worktops", "m", 1980, 1120, 13),
    "FH-01": ("阻尼铰链 · Soft-close hinge", "五金 Fittings", "只", 28, 12, 13),
    "FD-02": ("缓冲抽屉导轨 · Drawer runner", "五金 Fittings", "副", 168, 90, 13),
    "FL-03": ("柜内灯带 · Cabinet light strip", "五金 Fittings", "m", 96, 45, 13),
    "SM-01": ("上门量尺 · Measuring on site", "服务 Services", "次", 200, 120, 6),
    "SI-01": ("安装 · Installation", "服务 Services", "m²", 80, 55, 9),
    "SD-01": ("送货上楼 · Delivery to the floor", "服务 Services", "次", 300, 210, 9),
    "PK-3M": ("三米厨房套餐 · Three-metre kitchen", "套餐 Packages", "套", 12800, None, 13),
}
#: SKU of a bundle → its parts.
BUNDLES = {"PK-3M": (("KC-600", 2), ("KC-800", 2), ("KW-600", 4), ("TQ-20", 3), ("SI-01", 6))}
#: Price list → grade, currency, special, first and last day from today, prices: SKU → ((from quantity, price), …).
LISTS = {
    "渠道价 2026 · Partners": (
        "A",
        "CNY",
        False,
        -200,
        165,
        {"KC-600": ((1, 1090), (50, 980)), "KC-800": ((1, 1330), (50, 1190)), "WR-200": ((1, 1000), (100, 900))},
    ),
    "工程价 · Projects": (
        "",
        "CNY",
        False,
        -300,
        None,
        {"KC-600": ((20, 1180), (100, 1090)), "KW-600": ((20, 790),), "WR-200": ((100, 1050),)},
    ),
    "双旦促销 · Year-end offer": ("", "CNY", True, -5, 40, {"TQ-20": ((1, 990),), "FL-03": ((1, 78),)}),
    "Export USD": ("", "USD", False, None, None, {"KC-600": ((1, 198),), "WR-200": ((1, 175),), "TS-12": ((1, 290),)}),
}


def fill(demo) -> None:
    """Products with categories, a bundle, and price lists."""
    categories: dict[str, int] = {}
    for place, (name, parent) in enumerate(CATEGORIES.items()):
        values = {"name": name, "parent": categories.get(parent), "place": place}
        categories[name] = demo.write(Category, [values])[0].id
    yuan = lambda n: None if n is None else fields.Amount(n * 100, "CNY")  # noqa: E731
    rows = [
        {"sku": sku, "name": name, "category": categories[category], "unit": unit, "tax": tax}
        | {"price": yuan(price), "cost": yuan(cost), "created_at": demo.past(320)}
        for sku, (name, category, unit, price, cost, tax) in PRODUCTS.items()
    ]
    products = {p.sku: p.id for p in demo.write(Product, rows)}
    parts = [
        {"bundle": products[bundle], "product": products[sku], "quantity": n, "place": place}
        for bundle, members in BUNDLES.items()
        for place, (sku, n) in enumerate(members)
    ]
    demo.write(Component, parts)
    today = demo.now.date()
    for name, (grade, currency, special, first, last, prices) in LISTS.items():
        day = lambda days: None if days is None else today + dt.timedelta(days=days)  # noqa: E731
        values = {"name": name, "grade": grade, "currency": currency, "special": special}
        values |= {"valid_from": day(first), "valid_until": day(last)}
        (price_list,) = demo.write(PriceList, [values])
        rows = [
            {"price_list": price_list.id, "product": products[sku], "min_quantity": least}
            | {"price": fields.Amount(price * 100, currency)}
            for sku, steps in prices.items()
            for least, price in steps
        ]
        demo.write(Price, rows)

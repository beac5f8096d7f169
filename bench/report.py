"""The table."""

from rich import box
from rich.console import Console
from rich.table import Table


def report(answer: dict, console: Console) -> None:
    """Print what `bench` measured: one table, memory and import below it, and what misses its target."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("Contacts", "Page"):
        table.add_column(heading, no_wrap=True)
    headings = ("p50 ms", "p95 ms", "floor p50", "× floor", "× smallest", "req/s", "floor req/s", "queries")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    first = {line["page"]: line for line in answer["sizes"][0]["pages"]}
    for result in answer["sizes"]:
        for line in result["pages"]:
            table.add_row(
                f"{result['size']:,}",
                line["page"],
                f"{line['p50']:.1f}",
                f"{line['p95']:.1f}",
                f"{line['floor_p50']:.1f}",
                f"{line['times_floor']:.1f}",
                f"{line['p50'] / first[line['page']]['p50']:.2f}",
                f"{line['rate']:.0f}",
                f"{line['floor_rate']:.0f}",
                str(line["queries"]),
            )
        table.add_section()
    console.print(table)
    for result in answer["sizes"]:
        memory = ", ".join(f"{name} {value:.0f} MB" for name, value in result["memory"].items())
        console.print(f"{result['size']:>9,} contacts: memory (PSS): {memory}")
        one = result["import"]
        console.print(
            f"{'':>19} import: {one['rows_per_second']:,.0f} rows/s, floor {one['floor_rows_per_second']:,.0f} rows/s:"
            f" {one['times_floor']:.1f} × floor"
        )
    report_sales(answer["sales"], console)
    for text in misses(answer):
        console.print(f"[bold]Missed:[/bold] {text}")


def report_sales(lines: list[dict], console: Console) -> None:
    """Print what `bench.sales` measured: medians in milliseconds."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Sales", no_wrap=True)
    for heading in ("ms", "floor ms", "× floor", "wanted"):
        table.add_column(heading, justify="right", no_wrap=True)
    for line in lines:
        numbers = (f"{line['ours']:.1f}", f"{line['floor']:.1f}", f"{line['times_floor']:.1f}", str(line["target"]))
        table.add_row(line["what"], *numbers)
    console.print(table)


def misses(answer: dict) -> list[str]:
    """The targets that were not reached, in words."""
    found = []
    first = {line["page"]: line for line in answer["sizes"][0]["pages"]}
    for result in answer["sizes"]:
        size = f"{result['size']:,}"
        for line in result["pages"]:
            if line["page"] in ("list", "contact") and line["times_floor"] > 4:
                found.append(f"{size} {line['page']}: {line['times_floor']} × floor, wanted 4")
            if line["queries"] > 12 and line["page"] != "create":
                found.append(f"{size} {line['page']}: {line['queries']} queries, wanted 12")
            growth = line["p50"] / first[line["page"]]["p50"]
            if growth > 1.3 and result["size"] >= 100 * answer["sizes"][0]["size"]:
                found.append(f"{size} {line['page']}: {growth:.2f} × the smallest size, wanted 1.3")
        for name, most in (("start", 150), ("a further worker", 75)):
            if result["memory"][name] > most:
                found.append(f"{size} memory, {name}: {result['memory'][name]:.0f} MB, wanted {most}")
        if result["import"]["times_floor"] > 12:
            found.append(f"{size} import: {result['import']['times_floor']} × floor, wanted 12")
    late = [line for line in answer["sales"] if line["times_floor"] > line["target"]]
    return found + [f"{line['what']}: {line['times_floor']} × floor, wanted {line['target']}" for line in late]

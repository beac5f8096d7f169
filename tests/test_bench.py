"""The benchmark works: a tiny run prints its table and writes its numbers, and no page of core asks too much."""

import json

import pytest
from click.testing import CliRunner

from bench import data, sales
from bench.__main__ import Size, main
from bench.record import cells
from bench.watching import main as watching

SIZE = 200


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A quick run over a few contacts: what it printed, and its numbers."""
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "FOLDER", folder)
        patch.setattr(sales, "QUICK", {"board_deals": 40, "deals": 60, "lines": 300, "leads": 80, "rounds": 2})
        target = folder / "numbers.json"
        result = CliRunner().invoke(main, ["--sizes", str(SIZE), "--quick", "--json", str(target)])
        assert result.exit_code == 0, result.output + str(result.exception)
        answer = json.loads(target.read_text("utf-8"))
        yield result.output, answer["sizes"][0] | {"sales": answer["sales"]}
    assert not list(folder.glob("run-*")), "the copies that were measured are gone"


def test_every_page_is_measured_beside_its_floor(run):
    _, numbers = run
    pages = {line["page"]: line for line in numbers["pages"]}
    assert {"list", "list, owner and tag", "list, deep page", "contact", "create"} <= set(pages)
    assert {"search, Chinese", "search, pinyin", "search, e-mail part", "search, phone digits"} <= set(pages)
    for line in pages.values():
        assert 0 < line["p50"] <= line["p95"] and line["rate"] > 0
        assert 0 < line["floor_p50"] <= line["floor_p95"] and line["floor_rate"] > 0


def test_no_page_asks_more_than_twelve_times(run):
    _, numbers = run
    asked = {line["page"]: line["queries"] for line in numbers["pages"] if line["page"] != "create"}
    assert all(0 < count <= 12 for count in asked.values()), asked


def test_memory_and_import_are_measured(run):
    _, numbers = run
    assert 10 < numbers["memory"]["start"] < 150
    assert numbers["memory"]["a further worker"] < 75
    filled = numbers["import"]["tables"]
    assert filled["core_contact"] >= numbers["import"]["rows"]
    assert filled["core_search"] == filled["core_search_fts"] == filled["core_contact"]
    assert filled["core_change"] > 0
    assert numbers["import"]["rows_per_second"] > 0 and numbers["import"]["floor_rows_per_second"] > 0


def test_sales_are_measured(run):
    printed, numbers = run
    asked = " ".join(line["what"] for line in numbers["sales"])
    assert all(what in asked for what in ("board of 40", "by hand", "forecast, 60", "300 lines", "80 leads"))
    assert all(line["floor"] > 0 and line["ours"] > 0 for line in numbers["sales"]) and "by product" in printed


def test_the_table_is_printed(run):
    printed, _ = run
    assert "list" in printed and "floor" in printed and "rows/s" in printed


def test_sizes_are_read():
    assert [Size().convert(text, None, None) for text in ("10k", "1m", "1.5k", "200")] == [10_000, 10**6, 1500, 200]


def test_the_floor_shows_what_the_page_shows():
    page = """<main><table><tbody><tr><td><a>张伟</a></td><td>Buyer</td></tr></tbody></table>
    <dl class="gx-props"><dt>Phone</dt><dd>138</dd></dl></main>"""
    assert cells(page) == [["张伟", "Buyer"], ["Phone", "138"]]


def test_what_open_pages_cost_is_measured(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "FOLDER", tmp_path)
        target = tmp_path / "numbers.json"
        asked = ["--people", "12", "--size", str(SIZE), "--seconds", "0.5", "--rounds", "1", "--json", str(target)]
        result = CliRunner().invoke(watching, asked)
        assert result.exit_code == 0, result.output + str(result.exception)
    quiet, busy = json.loads(target.read_text("utf-8"))["cases"]
    for case in (quiet, busy):
        assert case["polls"] > 0 and case["rate"] > 0 and case["alone"] > 0
    assert "12 people" in result.output

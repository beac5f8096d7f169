"""`guanxi import` and `guanxi export` at the prompt: what they print, and how they end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PEOPLE, OFFICES = HERE / "data" / "legislators.csv", HERE / "data" / "offices.csv"


@pytest.fixture
def guanxi(tmp_path):
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GUANXI_")}
    environment = inherited | {"PYTHONPATH": str(HERE.parent), "GUANXI_DATA": str(tmp_path / "data")}

    def call(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "core.cli", *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return call


def test_the_real_files_come_in_and_again_add_nothing(guanxi, tmp_path):
    people = ("import", "contacts", PEOPLE, "--map", "external_id=bioguide")
    offices = ("import", "contacts", OFFICES, "--map", "external_id=bioguide", "--on-duplicate", "update")
    dry = guanxi(*people, "--dry-run")
    assert dry.returncode == 0 and "Nothing was written. It would be: 25 created" in dry.stdout
    assert "25 created, 0 updated, 0 left as they were, 0 rejected." in guanxi(*people).stdout
    assert "0 created, 116 updated, 0 left as they were, 0 rejected." in guanxi(*offices).stdout
    assert "0 created, 0 updated, 25 left as they were, 0 rejected." in guanxi(*people).stdout
    assert "0 created, 0 updated, 116 left as they were, 0 rejected." in guanxi(*offices).stdout
    for ending in ("csv", "xlsx", "vcf", "json"):
        done = guanxi("export", "contacts", tmp_path / f"out.{ending}")
        assert done.returncode == 0 and "25 records written" in done.stdout
        assert (tmp_path / f"out.{ending}").stat().st_size > 1000


def test_rejected_rows_are_named_and_kept_in_a_file(guanxi, tmp_path):
    (tmp_path / "f.csv").write_text("name,email\nAnn,nonsense\nBo,b@a.example\n")
    done = guanxi("import", "contacts", "f.csv")
    assert done.returncode == 0 and "1 created" in done.stdout and "1 rejected" in done.stdout
    assert "f.csv:2 Ann: email: “nonsense” is not a full e-mail address" in done.stderr
    path = Path(done.stdout.partition("with the reasons: ")[2].splitlines()[0])
    assert "nonsense" in path.read_text("utf-8-sig")


@pytest.mark.parametrize(
    "arguments, status, said",
    [
        (("import", "contacts", "nix.csv"), 2, "There is no file nix.csv"),
        (("import", "nix", PEOPLE), 2, "There is no 'nix'. There are: "),
        (("import", "contacts", PEOPLE, "--map", "bioguide"), 2, "--map takes FIELD=COLUMN"),
        (("import", "contacts", PEOPLE, "--map", "external_id=nix"), 2, "no column “nix”"),
        (("import", "contacts", PEOPLE, "--on-duplicate", "nix"), 2, "--on-duplicate"),
        (("import", "contacts", sys.executable), 1, "is not a table. Choose a CSV, XLSX or vCard file."),
        (("export", "contacts", "out.exe"), 2, "must end in .csv"),
        (("export", "entries", "out.vcf"), 2, "must end in .csv"),
        (("export", "contacts", "nix/out.csv"), 1, "No such file or directory"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(guanxi, arguments, status, said):
    done = guanxi(*arguments)
    assert done.returncode == status and said in done.stderr and "Traceback" not in done.stderr

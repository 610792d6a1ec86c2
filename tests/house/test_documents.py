"""Pages that point at each other must be there, and every decision is found from its index."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = ROOT / "docs" / "decisions"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SECTIONS = ["Status", "Context", "Decision", "Consequences"]


def pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def links(page: Path) -> list[str]:
    """Links to other files of the project, without their anchors."""
    found = (target.partition("#")[0] for target in LINK.findall(page.read_text(encoding="utf-8")))
    return [target for target in found if target and "://" not in target and not target.startswith("mailto:")]


def decisions() -> list[Path]:
    return sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert [target for target in links(page) if not (page.parent / target).exists()] == []


def test_every_decision_is_in_the_index() -> None:
    indexed = {target for target in links(DECISIONS / "README.md") if "/" not in target}

    assert {path.name for path in decisions()} - indexed == set()


def test_decisions_are_numbered_without_a_hole() -> None:
    numbers = [int(path.name[:4]) for path in decisions() if path.name[:4].isdigit()]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("page", decisions(), ids=lambda page: page.name)
def test_a_decision_says_its_state_its_reasons_and_its_price(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert re.search(r"^# \S", text)
    assert [section for section in SECTIONS if f"\n## {section}\n" not in text] == []

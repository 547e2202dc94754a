"""Documents lead where they say, and no text of the project depends on where it was written."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import safemob.errors

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

# Machine paths, hosts of package registries and the options that name them. Written so as not to match themselves.
_LOCAL = re.compile(
    r"(?<![\w.~-])/(?:home|root|work|Users|mnt|opt)/"
    r"|p[y]pi\.org|p[y]thonhosted|registry\.n[p]mjs|(?:index|find)[-_](?:url|links)",
    re.IGNORECASE,
)


def _texts(project: Path) -> Iterator[tuple[Path, str]]:
    """Every text file that is committed or would be."""
    # whoever owns the checkout: continuous integration may run as somebody else
    listing = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=project, capture_output=True, text=True, check=True).stdout.split("\0")
    for path in (project / name for name in names if name):
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                yield path.relative_to(project), content.decode("utf-8", errors="replace")


def _anchors(text: str) -> set[str]:
    """The anchors that a renderer gives to the headings of a document."""
    headings = re.findall(r"^#+ +(.+?) *$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(project: Path) -> list[tuple[str, str]]:
    """Links of Markdown documents to files or headings that are not there; addresses of the web are not followed."""
    broken = []
    documents = {path: text for path, text in _texts(project) if path.suffix == ".md"}
    for path, text in documents.items():
        for link in _LINK.findall(_FENCE.sub("", text)):
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = (project / path.parent / name).resolve() if name else project / path
            known = target.is_relative_to(project) and target.exists()
            if not known or (anchor and anchor not in _anchors(target.read_text(encoding="utf-8"))):
                broken.append((str(path), link))
    return broken


def local_text(project: Path) -> list[tuple[str, str]]:
    """Mentions of this or that machine's folders and of package registries."""
    return [(str(path), found) for path, text in _texts(project) for found in _LOCAL.findall(text)]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small repository with one sound document."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / "README.md").write_text("# The title, here\n[a](#the-title-here) [b](other.md#x)\n", encoding="utf-8")
    (tmp_path / "other.md").write_text("## X\n```\n[not a link](nowhere)\n```\n[web](https://example.org/a)\n")
    return tmp_path


def test_every_link_leads_somewhere(project: Path) -> None:
    assert broken_links(project) == []


def test_every_decision_is_listed_in_the_index(project: Path) -> None:
    index = (project / "docs" / "index.md").read_text(encoding="utf-8")
    numbers = sorted(path.name[:4] for path in (project / "docs" / "adr").glob("*.md"))
    assert re.findall(r"^\| \[(\d{4})\]\(adr/\1-", index, re.MULTILINE) == numbers


def test_no_text_names_a_machine_or_a_registry(project: Path) -> None:
    assert local_text(project) == []


def test_the_readme_lists_every_exit_code(project: Path) -> None:
    codes = [getattr(safemob.errors, name).exit_code for name in safemob.errors.__all__]
    listed = re.findall(r"^\| (\d+) \|", (project / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in listed] == [0, *sorted(codes)]


def test_sound_links_are_left_alone(repository: Path) -> None:
    assert broken_links(repository) == []


@pytest.mark.parametrize("link", ["gone.md", "#gone", "other.md#gone", "../outside.md", "/README.md"])
def test_a_broken_link_is_found(repository: Path, link: str) -> None:
    (repository / "bad.md").write_text(f"see [this]({link})", encoding="utf-8")
    assert broken_links(repository) == [("bad.md", link)]


@pytest.mark.parametrize(
    "text",
    ["see /" + "work/main", "open('/" + "home/me/x')", "https://py" + "pi.org/simple", "--extra-index" + "-url x"],
)
def test_a_local_text_is_found(repository: Path, text: str) -> None:
    (repository / "Makefile").write_text(text, encoding="utf-8")
    assert [name for name, _ in local_text(repository)] == ["Makefile"]

import os
from pathlib import Path

import pytest

from safemob.adapters.whole_files import check_target, move_into_place, replace_file, replace_files
from safemob.errors import OutputError


@pytest.fixture(params=["folder", "pipe", "link", "dangling link"])
def no_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Something that is there and no file, beside nothing else."""
    place = tmp_path / "out" / "place"
    place.parent.mkdir()
    (tmp_path / "other").write_bytes(b"other")
    match request.param:
        case "folder":
            place.mkdir()
        case "pipe":
            os.mkfifo(place)
        case "link":
            place.symlink_to(tmp_path / "other")
        case _:
            place.symlink_to(tmp_path / "nothing")
    return place


def test_what_is_no_file_is_never_replaced(no_file: Path, tmp_path: Path) -> None:
    before = no_file.lstat()
    part = tmp_path / "part"
    part.write_bytes(b"new")
    with pytest.raises(OutputError, match=r"place is a .*: choose another place"):
        replace_file(no_file, b"new")
    with pytest.raises(OutputError, match="place is a"):
        replace_files(no_file.parent, {"first": b"new", no_file.name: b"new"})
    with pytest.raises(OutputError, match="place is a"):
        move_into_place(part, no_file)
    assert no_file.lstat().st_ino == before.st_ino
    assert no_file.lstat().st_mode == before.st_mode
    assert [each.name for each in no_file.parent.iterdir()] == ["place"]
    assert (tmp_path / "other").read_bytes() == b"other"


def test_a_file_is_replaced_whole_and_can_be_read_by_others(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file"
    replace_file(target, b"old")
    replace_file(target, b"new")
    assert target.read_bytes() == b"new"
    umask = os.umask(0)
    os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask
    assert [each.name for each in target.parent.iterdir()] == ["file"]


def test_a_part_moves_onto_an_older_file(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"new")
    (tmp_path / "file").write_bytes(b"old")
    move_into_place(tmp_path / "part", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert not (tmp_path / "part").exists()


@pytest.mark.parametrize("name", ["file/inside", 300 * "x", "nul\0"])
def test_a_place_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        check_target(tmp_path / name)

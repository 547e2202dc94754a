"""Input that is none: one sentence, the documented exit code, and nothing written or lost."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "calibration" / "strudl.toml"
POINTS = ROOT / "calibration" / "strudl.points.csv"

Arguments = list[str | Path]
Prepare = Callable[[Path], object]
Case = tuple[int, str, Prepare, Arguments]


def safemob(*arguments: str | Path, cwd: Path, blocked: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, where one Python package may be missing."""
    start = f"import sys; sys.modules.update(dict.fromkeys({blocked.split()!r})); from safemob.cli import main; main()"
    command = [sys.executable, "-c", start, *map(str, arguments)]
    clean = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return subprocess.run(
        command, cwd=cwd, env=clean | {"COLUMNS": "20"}, capture_output=True, text=True, timeout=60, check=False
    )


def list_files(folder: Path) -> dict[Path, bytes]:
    """Every regular file below a folder, and what it holds."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


def film(path: Path, frames: int = 6, size: tuple[int, int] = (640, 480), step_ms: int = 100) -> bytes:
    """A small video of noise; its bytes."""
    picture = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg2video" if path.suffix == ".ts" else "mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")):
                packet.pts = packet.dts = number * step_ms
                packet.time_base = Fraction(1, 1000)
                container.mux(packet)
    return path.read_bytes()


def sound(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 44100, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


def enlarge_header(path: Path) -> None:
    """Raw pictures whose container says 16k × 16k."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("rawvideo", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((240, 320, 3), np.uint8), format="bgr24")
        container.mux(stream.encode(picture.reformat(format="yuv420p")))
    small, large = (w.to_bytes(4, "little") + h.to_bytes(4, "little") for w, h in ((320, 240), (16000, 16000)))
    path.write_bytes(path.read_bytes().replace(small, large))


def flip_a_byte(source: Path, target: Path) -> None:
    content = bytearray(source.read_bytes())
    content[len(content) // 2] ^= 1
    target.write_bytes(content)


def edit_site(old: str, new: str) -> Prepare:
    text = SITE.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    return lambda folder: (folder / "site.toml").write_text(text.replace(old, new, 1), encoding="utf-8")


def write(name: str, content: str | bytes) -> Prepare:
    def prepare(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return prepare


def grow(folder: Path) -> None:
    """A sparse file of 2 GiB."""
    (folder / "m.onnx").touch()
    os.truncate(folder / "m.onnx", 2**31)


def join_sizes(folder: Path) -> None:
    parts = film(folder / "a.ts"), film(folder / "b.ts", size=(320, 240))
    (folder / "v.ts").write_bytes(b"".join(parts))


def set_clock_back(folder: Path) -> None:
    (folder / "v.ts").write_bytes(film(folder / "a.ts", frames=40) * 2)


def swap_words(text: str, one: int, other: int) -> str:
    rows = [line.split(",") for line in text.split()]
    for row in rows[1:]:
        row[one], row[other] = row[other], row[one]
    return "\n".join(map(",".join, rows))


@dataclass(frozen=True)
class Bad:
    """One thing that is wrong with an otherwise good command."""

    code: int
    says: str
    prepare: Prepare = field(default=lambda _folder: None)
    video: str = "good.mp4"
    site: str | Path = SITE
    model: str = "good.onnx"
    out: str = "results"
    more: tuple[str, ...] = ()

    @property
    def arguments(self) -> Arguments:
        """The command."""
        places: Arguments = ["--site", self.site, "--model", self.model, "--out", self.out]
        return ["analyse", *places, *self.more, "--", self.video]


def video(says: str, prepare: Prepare, name: str = "v.mp4") -> Bad:
    return Bad(3, says, prepare, video=name)


def timed(says: str, prepare: Prepare) -> Bad:
    return Bad(3, says, prepare, more=("--times", "t.csv"))


def site(says: str, prepare: Prepare) -> Bad:
    return Bad(5, says, prepare, site="site.toml")


def calibrate(*more: str, points: str | Path = POINTS, out: str = "new.toml", view: str = "good.mp4") -> Arguments:
    return ["calibrate", view, "--points", points, "--out", out, *more]


def points(says: str, content: str | bytes) -> Case:
    return 6, says, write("p.csv", content), calibrate(points="p.csv")


ANALYSE = {
    "empty video": video("is empty", write("v.mp4", b"")),
    "no moov": video("without a readable index", lambda d: write("v.mp4", film(d / "w.mp4")[:9000])(d)),
    "cut matroska": video("not a video file", lambda d: write("v.mkv", film(d / "w.mkv")[:200])(d), "v.mkv"),
    "sound only": video("no video stream", lambda d: sound(d / "v.mp4")),
    "text": video("not a video file", write("v.mp4", "hello\n" * 999)),
    "noise": video("not a video file", write("v.mp4", np.random.default_rng(0).bytes(99_999))),
    "playlist": video("not a video file", write("v.mp4", "#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n")),
    "picture": video("not a video file", lambda d: cv2.imwrite(str(d / "v.png"), np.zeros((9, 9), np.uint8)), "v.png"),
    "folder without videos": video("holds no video files", lambda d: (d / "v").mkdir(), "v"),
    "pipe": video("not a regular file", lambda d: os.mkfifo(d / "v.mp4")),
    "endless device": video("not a regular file", lambda _: None, "/dev/zero"),
    "long name": video("cannot be read", lambda _: None, "x" * 300),
    "huge header": video("declares", lambda d: enlarge_header(d / "v.avi"), "v.avi"),
    "other frame size": video("calibrate the site for 320x240", lambda d: film(d / "v.mp4", size=(320, 240))),
    "size changes": video("the frame size changes", join_sizes, "v.ts"),
    "clock set back": video("jump back", set_clock_back, "v.ts"),
    "over three years": video("over a year", lambda d: film(d / "v.mkv", frames=2, step_ms=10**11), "v.mkv"),
    "line break in a name": video("a\\nb.mp4 is empty", write("a\nb.mp4", b""), "a\nb.mp4"),
    "times of another video": timed("has times for 2 frames", write("t.csv", "frame,time_s\n0,0\n1,1")),
    "times beyond the calendar": timed("over a year", write("t.csv", "frame,time_s\n0,0\n1,1e300")),
    "times from a pipe": timed("not a regular file", lambda d: os.mkfifo(d / "t.csv")),
    "site without end": Bad(5, "not a regular file", site="/dev/zero"),
    "site in a pipe": site("not a regular file", lambda d: os.mkfifo(d / "site.toml")),
    "site is a folder": site("cannot be read", lambda d: (d / "site.toml").mkdir()),
    "site of noise": site("not UTF-8", write("site.toml", b"\xff\xfe" * 99)),
    "site of brackets": site("nests", write("site.toml", "x = " + "[" * 50_000)),
    "site of 1 MB": site("64 KiB", write("site.toml", "x = " + "[" * 1_000_000)),
    "number of 5000 digits": site("not TOML", edit_site("width_px = 640", "width_px = " + "9" * 5000)),
    "NaN": site("finite number", edit_site("focal_px = 603.382033045", "focal_px = nan")),
    "infinity": site("finite number", edit_site("position_m = [3.634517973", "position_m = [inf")),
    "unknown key": site("'foo': is unknown", edit_site("[camera]", "foo = 1\n[camera]")),
    "escape in a key": site("'\\x1b[31m': is unknown", edit_site("[camera]", '"\\u001b[31m" = 1\n[camera]')),
    "millimetres": site("pixels of the frame", edit_site("focal_px = 603.382033045", "focal_px = 4.2")),
    "centimetres": site("it takes metres", edit_site("8.545898876]", "854.5898876]")),
    "mirrored point": site("near-02-fr", edit_site("ground_m = [-2.0, ", "ground_m = [2.0, ")),
    "absurd lens": site("site.toml: camera.", edit_site("[-0.3607, 0.0", "[1e300, -1e300")),
    "no such model": Bad(4, "there is no model file", model="none.onnx"),
    "long name of a model": Bad(4, "cannot be read", model="x" * 300),
    "damaged model": Bad(4, "is in no manifest", lambda d: flip_a_byte(d / "good.onnx", d / "m.onnx"), model="m.onnx"),
    "pickle": Bad(4, "PyTorch pickle", write("m.pt", b"PK"), model="m.pt"),
    "sparse model": Bad(4, "larger than 512 MiB", grow, model="m.onnx"),
    "no interval": Bad(2, "'--interval'", more=("--interval", "0")),
    "odd interval": Bad(2, "divide an hour", more=("--interval", "7")),
    "German date": Bad(2, "is no time", more=("--start", "17.05.2024 08:00")),
    "year 9999": Bad(2, "no likely year", more=("--start", "9999-12-31")),
    "unknown option": Bad(2, "--fast", more=("--fast",)),
    "overlay over a video": Bad(2, "another place", more=("--overlay", "good.mp4", "--overwrite")),
    "overlay nowhere": Bad(7, "does not exist", more=("--overlay", "none/o.mp4")),
    "overlay onto a folder": Bad(7, "is a folder", lambda d: (d / "o.mp4").mkdir(), more=("--overlay", "o.mp4")),
    "results in a file": Bad(7, "is not a folder", write("results", "mine")),
    "results on a device": Bad(7, "is not a folder", out="/dev/null"),
    "results in the kernel": Bad(7, "cannot be written to", out="/proc/results"),
    "long name of results": Bad(7, "cannot be written to", out="x" * 300),
    "nothing to resume": Bad(7, "nothing to resume", write("results/report.html", ""), more=("--resume",)),
    "parts of a stopped job": Bad(7, "--resume", write("results/.parts/000000.json", "{}")),
    "damaged part": Bad(7, "is damaged", write("results/.parts/000000.json", '{"settings": 1}'), more=("--resume",)),
}  # fmt: skip

_TABLE = POINTS.read_text(encoding="utf-8")
_LINE = "u_px,v_px,x_m,y_m\n" + "".join(f"{9 * i},{9 * i},{i},{i}\n" for i in range(8))
_GERMAN = _TABLE.replace(",", ";").replace(".", ",")
CALIBRATE: dict[str, Case] = {
    "Windows letters": points("CSV UTF-8", (_GERMAN + "Straße;1;2;3;4\n").encode("cp1252")),
    "a workbook": points("CSV UTF-8", b"PK\x03\x04" + bytes(range(256))),
    "decimal commas between commas": points("separate the fields by semicolons", _TABLE.replace(".", ",")),
    "formula error": points("#WERT!", _GERMAN.replace("470,84", "#WERT!")),
    "infinite": points("expected a number", _TABLE.replace("470.84", "1e999")),
    "pixels are metres": points("outside the 640×480 frame", swap_words(swap_words(_TABLE, 1, 3), 2, 4)),
    "mirrored": points("mirrored", swap_words(_TABLE, 3, 4)),
    "on one line": points("on one line", _LINE),
    "brackets": (6, "not JSON", write("p.otrfpts", "[" * 60_000), calibrate(points="p.otrfpts")),
    "points in a pipe": (6, "not a regular file", lambda d: os.mkfifo(d / "p.csv"), calibrate(points="p.csv")),
    "site over the points": (7, "is read from", write("p.csv", _TABLE), calibrate(points="p.csv", out="p.csv")),
    "picture over the still": (7, "is read from", write("new.grid.png", "mine"), calibrate(view="new.grid.png")),
    "site that is there": (7, "--overwrite", write("new.toml", "mine"), calibrate()),
    "site without a name": (2, "names no file", lambda _: None, calibrate(out=".")),
    "still of text": (3, "not a picture", write("v.png", "text"), calibrate(view="v.png")),
    "long name": (3, "cannot be read", lambda _: None, calibrate(view="x" * 300)),
    "adopting a folder": (4, "no model file", lambda _: None, ["models", "adopt", "."]),
    "adopting a pickle": (4, "PyTorch pickle", write("m.pt", b"PK"), ["models", "adopt", "m.pt"]),
    "a choice that is none": (2, "'--colour-order'", lambda _: None, ["models", "adopt", "m", "--colour-order", "x"]),
}  # fmt: skip
CASES = {name: (bad.code, bad.says, bad.prepare, bad.arguments) for name, bad in ANALYSE.items()} | {
    f"calibrate: {name}": case for name, case in CALIBRATE.items()
}


@dataclass(frozen=True)
class Seen:
    """What became of a command."""

    code: int
    stdout: str
    stderr: str
    before: dict[Path, bytes]
    after: dict[Path, bytes]


@pytest.fixture(scope="module")
def good(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a video and a model that are as they should be."""
    folder = tmp_path_factory.mktemp("good")
    film(folder / "good.mp4")
    shutil.copyfile(shared_data / "models" / "yolox_nano_416.onnx", folder / "good.onnx")
    return folder


_DRIVER = """
import json, os, sys
import safemob.calibration.grid, safemob.calibration.pose, safemob.calibration.view, safemob.worker.job
from safemob.cli import main

for line in sys.stdin:
    folder, arguments = json.loads(line)
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    os.chdir(folder)
    for number, name in enumerate((os.devnull, folder + ".stdout", folder + ".stderr")):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
    sys.argv = ["safemob", *arguments]
    main()
"""
"""Forks for every command, because starting Python is most of the time of a refusal."""


@pytest.fixture(scope="module")
def outcomes(good: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """Every case, run once, in two processes that have everything imported."""
    names, lines, before = list(CASES), [], []
    folders = [tmp_path_factory.mktemp("case") for _ in names]
    for name, folder in zip(names, folders, strict=True):
        _, _, prepare, arguments = CASES[name]
        for file in good.iterdir():
            (folder / file.name).hardlink_to(file)
        prepare(folder)
        before.append(list_files(folder))
        lines.append(json.dumps([str(folder), list(map(str, arguments))]))
    command = [sys.executable, "-c", _DRIVER]
    environment = os.environ | {"COLUMNS": "20"}

    def drive(share: list[str]) -> list[int]:
        done = subprocess.run(
            command, input="\n".join(share), env=environment, text=True, capture_output=True, check=True
        )
        return list(map(int, done.stdout.split()))

    with ThreadPoolExecutor(2) as pool:
        even, odd = pool.map(drive, (lines[::2], lines[1::2]))
    codes = [each for pair in zip_longest(even, odd) for each in pair][: len(names)]
    return {
        name: Seen(
            code=code,
            stdout=Path(f"{folder}.stdout").read_text(encoding="utf-8"),
            stderr=Path(f"{folder}.stderr").read_text(encoding="utf-8"),
            before=earlier,
            after=list_files(folder),
        )
        for name, folder, code, earlier in zip(names, folders, codes, before, strict=True)
    }


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_sentence_and_changes_nothing(name: str, outcomes: dict[str, Seen]) -> None:
    code, says, *_ = CASES[name]
    seen = outcomes[name]
    assert says in seen.stderr
    assert seen.code == code
    assert len(seen.stderr.splitlines()) == 1
    assert seen.stderr.startswith("safemob: ")
    assert seen.stdout == ""
    assert seen.after == seen.before


@pytest.mark.parametrize("package", ["matplotlib", "pyarrow", "jinja2", "supervision"])
def test_a_package_of_the_desk_that_is_missing_is_named_at_once(package: str, good: Path, tmp_path: Path) -> None:
    arguments: Arguments = [good / "good.mp4", "--site", SITE, "--model", good / "good.onnx", "--out", "results"]
    arguments += ["--overlay", "overlay.mp4"]
    done = safemob("analyse", *arguments, cwd=tmp_path, blocked=package)
    assert done.stderr == f"safemob: the Python package '{package}' is not installed: pip install \"safemob[desk]\"\n"
    assert done.returncode == 1
    assert not list(tmp_path.iterdir())


def test_a_runtime_that_is_not_installed_is_told_with_its_extra(good: Path, tmp_path: Path) -> None:
    done = safemob("models", "verify", good / "good.onnx", "--runtime", "openvino", cwd=tmp_path, blocked="openvino")
    assert done.stderr == "safemob: the Python package 'openvino' is not installed: pip install \"safemob[openvino]\"\n"
    assert done.returncode == 1


def test_what_quantises_is_told_with_its_extra(good: Path, tmp_path: Path) -> None:
    done = safemob("models", "quantise", good / "good.onnx", good / "good.mp4", cwd=tmp_path, blocked="onnx")
    assert done.stderr == "safemob: the Python package 'onnx' is not installed: pip install \"safemob[quantise]\"\n"
    assert done.returncode == 1


def test_an_odd_name_and_a_single_frame_make_complete_results_and_no_noise(good: Path, tmp_path: Path) -> None:
    name = os.fsdecode(b"[red] \xff=K\xc3\xb6ln\n.mp4")
    film(tmp_path / name, frames=1)
    home = tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-m", "safemob", "analyse", name]
    command += ["--site", str(SITE), "--model", str(good / "good.onnx"), "--out", "Ergebnis – →"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "HOME": str(home), "TERM": "dumb"}
    environment |= {"XDG_CACHE_HOME": "", "MPLCONFIGDIR": "/proc/none"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    written = {path.name for path in (tmp_path / "Ergebnis – →").iterdir()}
    assert written == {".parts", "counts.csv", "counts.parquet", "conflicts.csv", "report.html"}
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_two_jobs_do_not_write_into_one_folder(good: Path, tmp_path: Path) -> None:
    arguments: Arguments = [good / "good.mp4", "--site", SITE, "--model", good / "good.onnx", "--out", "results"]
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: safemob("analyse", *arguments, cwd=tmp_path), range(2))
    assert sorted((one.returncode, two.returncode)) == [0, 7]
    assert (tmp_path / "results" / "report.html").is_file()


def test_a_full_disk_behind_standard_output_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "safemob", "models", "list"]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    assert "No space left" in done.stderr

"""Models fetched from a real server that breaks off, refuses, redirects, lies and stalls."""

import hashlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer
from threading import Event, Thread

import pytest
from typer.testing import CliRunner

from safemob.adapters.bundled import find_bundled
from safemob.adapters.detectors.manifest import bundled_manifests
from safemob.adapters.supply.fetch import Patience, fetch_file
from safemob.adapters.supply.pull import plan_pull, pull_model
from safemob.cli.models import app
from safemob.errors import InterruptionError, ModelError, OutputError, SafemobError, SupplyError, UsageError

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HURRIED = Patience(silence_s=5.0, failures=2, pause_s=0.0)
MANIFEST = f"""[[model]]
name = "Tiny"
sha256 = "{SHA256}"
licence = "CC0-1.0"
source = "made for a test"
{{address}}
head = "yolov8"
colour_order = "rgb"
pixel_scale = "0-1"
class_names = ["car"]
classes = {{{{ car = "car" }}}}
"""


@dataclass
class Server:
    """What the next requests meet, and what was asked for."""

    address: str = ""
    content: bytes = CONTENT
    breaks_after: list[int] = field(default_factory=list)
    """Bytes of body after which the connection is cut, of the next answers."""
    refusals: list[int] = field(default_factory=list)
    """Codes of the next answers."""
    knows_ranges: bool = True
    says_length: bool = True
    shifts_ranges: bool = False
    stalls: bool = False
    moved_to: str | None = None
    ranges: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    released: Event = field(default_factory=Event)


class Handler(BaseHTTPRequestHandler):
    """Serves one file under every path but those that begin with /moved."""

    def __init__(self, plan: Server, request: socket.socket, client: tuple[str, int], http: BaseServer) -> None:
        self.plan = plan
        super().__init__(request, client, http)

    def do_GET(self) -> None:
        """Answer as planned."""
        plan = self.plan
        plan.paths.append(self.path)
        if self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", plan.moved_to or f"{plan.address}/here.onnx")
            self.end_headers()
            return
        asked = self.headers["Range"]
        plan.ranges.append(asked)
        if plan.refusals:
            self.send_error(plan.refusals.pop(0))
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and plan.knows_ranges else 0
        if start >= len(plan.content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            start += plan.shifts_ranges
            self.send_header("Content-Range", f"bytes {start}-{len(plan.content) - 1}/{len(plan.content)}")
        body = plan.content[start:]
        if plan.says_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: plan.breaks_after.pop(0)] if plan.breaks_after else body)
        if plan.stalls:
            self.wfile.flush()
            plan.released.wait(timeout=30)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("SAFEMOB_MIRROR", raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    plan = Server()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, plan)) as http:
        http.daemon_threads = True
        plan.address = f"http://127.0.0.1:{http.server_address[1]}"
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield plan
        plan.released.set()
        http.shutdown()
        thread.join()


@pytest.fixture
def manifest(server: Server, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(MANIFEST.format(address=f'address = "{server.address}/tiny.onnx"'), encoding="utf-8")
    return path


def pull(manifest: Path, patience: Patience = HURRIED, *, mirror: str | None = None) -> bool:
    return pull_model(plan_pull(str(manifest), mirror=mirror), patience=patience)


def leavings(manifest: Path) -> list[str]:
    return sorted(path.name for path in manifest.parent.iterdir() if path != manifest)


def test_a_model_comes_whole_and_lies_beside_its_manifest(server: Server, manifest: Path) -> None:
    told: list[tuple[int, int | None]] = []
    is_new = pull_model(plan_pull(str(manifest)), progress=lambda done, total: told.append((done, total)))
    assert is_new
    assert manifest.with_suffix(".onnx").read_bytes() == CONTENT
    assert leavings(manifest) == ["tiny.onnx"]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert server.paths == ["/tiny.onnx"]


def test_a_model_that_is_there_is_not_fetched(server: Server, manifest: Path) -> None:
    manifest.with_suffix(".onnx").write_bytes(CONTENT)
    assert not pull(manifest)
    assert server.paths == []


def test_what_breaks_off_goes_on_where_it_broke_off(server: Server, manifest: Path) -> None:
    server.breaks_after = [300_000, 1, 500_000]
    assert pull(manifest)
    assert manifest.with_suffix(".onnx").read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-", "bytes=300001-", "bytes=800001-"]


def test_the_next_run_goes_on_where_the_last_one_gave_up(server: Server, manifest: Path) -> None:
    server.breaks_after = [400_000, 0]
    with pytest.raises(SupplyError, match=r"broke off after 0\.4 of 1\.0 MB.*goes on where"):
        pull(manifest)
    assert not manifest.with_suffix(".onnx").exists()
    assert pull(manifest)
    assert manifest.with_suffix(".onnx").read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=400000-"
    assert leavings(manifest) == ["tiny.onnx"]


def test_an_interruption_keeps_what_came_for_the_next_run(server: Server, manifest: Path) -> None:
    def interrupt(done: int, _total: int | None) -> None:
        if done > 500_000:
            raise KeyboardInterrupt

    with pytest.raises(InterruptionError, match="the same command goes on"):
        pull_model(plan_pull(str(manifest)), progress=interrupt)
    assert pull(manifest)
    assert manifest.with_suffix(".onnx").read_bytes() == CONTENT
    (had,) = (int(asked[6:-1]) for asked in server.ranges if asked)
    assert 500_000 < had < len(CONTENT)


def test_a_server_that_knows_no_ranges_gives_the_whole_again(server: Server, manifest: Path) -> None:
    server.knows_ranges = False
    server.breaks_after = [400_000]
    assert pull(manifest)
    assert manifest.with_suffix(".onnx").read_bytes() == CONTENT


def test_a_server_that_always_breaks_off_at_the_same_place_is_given_up(server: Server, manifest: Path) -> None:
    server.knows_ranges = False
    server.breaks_after = [400_000] * 9
    with pytest.raises(SupplyError, match="broke off"):
        pull(manifest)
    assert len(server.ranges) == HURRIED.failures


def test_another_part_than_was_asked_for_is_not_appended(server: Server, manifest: Path) -> None:
    server.shifts_ranges = True
    server.breaks_after = [400_000]
    assert pull(manifest, Patience(pause_s=0.0))
    assert manifest.with_suffix(".onnx").read_bytes() == CONTENT


def test_a_body_of_unknown_length_is_taken_to_its_end(server: Server, manifest: Path) -> None:
    server.says_length = False
    assert pull(manifest)


def test_a_wrong_hash_is_refused_and_nothing_is_kept(server: Server, manifest: Path) -> None:
    server.content = CONTENT[:-1] + b"!"
    found = hashlib.sha256(server.content).hexdigest()
    with pytest.raises(SupplyError, match=f"sha256 {found}, but Tiny has {SHA256}"):
        pull(manifest)
    assert leavings(manifest) == []
    assert len(server.ranges) == 1


def test_a_part_of_another_file_does_not_spoil_the_right_one(server: Server, manifest: Path) -> None:
    server.breaks_after = [400_000, 0]
    server.content = b"\0" * len(CONTENT)
    with pytest.raises(SupplyError):
        pull(manifest)
    server.content = CONTENT
    assert pull(manifest)
    assert manifest.with_suffix(".onnx").read_bytes() == CONTENT
    assert server.ranges[-2:] == ["bytes=400000-", None]


def test_a_part_longer_than_the_file_is_fetched_anew(server: Server, manifest: Path) -> None:
    part = manifest.with_name(f".tiny.onnx.{SHA256[:12]}.part")
    part.write_bytes(b"\0" * (len(CONTENT) + 5))
    assert pull(manifest)
    assert server.ranges == [f"bytes={len(CONTENT) + 5}-", None]
    assert leavings(manifest) == ["tiny.onnx"]


def test_a_part_that_lacks_only_its_last_step_needs_no_server(server: Server, manifest: Path) -> None:
    manifest.with_name(f".tiny.onnx.{SHA256[:12]}.part").write_bytes(CONTENT)
    assert pull(manifest)
    assert server.paths == []


def test_a_redirect_is_followed_and_the_rest_asked_for_there(server: Server, manifest: Path) -> None:
    server.breaks_after = [300_000]
    assert pull(manifest, mirror=f"{server.address}/moved/")
    assert server.paths == ["/moved/tiny.onnx", "/here.onnx"] * 2
    assert server.ranges == [None, "bytes=300000-"]


@pytest.mark.parametrize("place", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_a_redirect_leads_nowhere_but_the_web(server: Server, manifest: Path, place: str) -> None:
    server.moved_to = place
    with pytest.raises(SupplyError, match=r"cannot be fetched"):
        pull(manifest, mirror=f"{server.address}/moved")
    assert leavings(manifest) == []


def test_redirects_in_a_circle_end(server: Server, manifest: Path) -> None:
    server.moved_to = f"{server.address}/moved/tiny.onnx"
    with pytest.raises(SupplyError, match="302"):
        pull(manifest, mirror=f"{server.address}/moved")


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_refusal_is_final(server: Server, manifest: Path, code: int) -> None:
    server.refusals = [code]
    with pytest.raises(SupplyError, match=f"{server.address}/tiny.onnx cannot be fetched .the server answers {code} "):
        pull(manifest)
    assert len(server.ranges) == 1


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_a_server_in_trouble_is_asked_again(server: Server, manifest: Path, code: int) -> None:
    server.refusals = [code]
    assert pull(manifest)
    assert len(server.ranges) == 2


def test_a_server_that_falls_silent_is_asked_for_the_rest(server: Server, manifest: Path) -> None:
    server.stalls = True
    server.breaks_after = [600_000, 0]
    with pytest.raises(SupplyError, match="timed out"):
        pull(manifest, Patience(silence_s=0.2, failures=2, pause_s=0.0))
    assert server.ranges == [None, "bytes=600000-", "bytes=600000-"][: len(server.ranges)]
    assert "bytes=600000-" in server.ranges


def test_nobody_listening_is_told_in_a_sentence(manifest: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        mirror = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(SupplyError, match="Connection refused"):
            pull(manifest, mirror=mirror)


def test_a_name_that_nobody_has_is_told_in_a_sentence(manifest: Path) -> None:
    with pytest.raises(SupplyError, match=r"cannot be fetched .*: see to the network, or name a mirror"):
        pull(manifest, mirror="https://models.invalid")


def test_pauses_between_tries_grow() -> None:
    assert [Patience(pause_s=0.5).pause_after(failures) for failures in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize("says_length", [True, False])
def test_what_is_larger_than_any_detector_is_refused(server: Server, tmp_path: Path, *, says_length: bool) -> None:
    server.says_length = says_length
    part = tmp_path / "part"
    with pytest.raises(SupplyError, match="larger than 0 MiB"):
        fetch_file(f"{server.address}/x", part, most_bytes=len(CONTENT) - 1)
    assert part.stat().st_size < len(CONTENT)


def test_another_file_in_its_place_is_left_alone_unless_told_otherwise(server: Server, manifest: Path) -> None:
    target = manifest.with_suffix(".onnx")
    target.write_bytes(b"mine")
    with pytest.raises(OutputError, match="--replace"):
        pull(manifest)
    assert target.read_bytes() == b"mine"
    assert server.paths == []
    assert pull_model(plan_pull(str(manifest)), replace=True)
    assert target.read_bytes() == CONTENT


def _break_into_halves(manifest: Path) -> None:
    manifest.write_text(manifest.read_text(encoding="utf-8") * 2, encoding="utf-8")


def _unlist(manifest: Path) -> None:
    manifest.write_text(MANIFEST.format(address=""), encoding="utf-8")


def _misaddress(manifest: Path) -> None:
    manifest.write_text(MANIFEST.format(address='address = "file:///x"'), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "error", "sentence"),
    [
        (_break_into_halves, ModelError, "describes 2 models"),
        (_unlist, SupplyError, "names no address that its file can be fetched from: name a mirror that has it as tiny"),
        (_misaddress, ModelError, "at model.0.address"),
        (Path.unlink, ModelError, "cannot be read"),
    ],
)
def test_a_manifest_that_cannot_be_followed_is_refused(
    manifest: Path, spoil: Callable[[Path], None], error: type[SafemobError], sentence: str
) -> None:
    spoil(manifest)
    with pytest.raises(error, match=sentence):
        pull(manifest)


def test_a_mirror_that_is_no_web_address_is_refused(manifest: Path) -> None:
    with pytest.raises(UsageError, match="begin it with https://"):
        pull(manifest, mirror="/srv/models")


def test_the_command_fetches_lays_the_manifest_beside_and_says_what_is_next(server: Server, manifest: Path) -> None:
    out = manifest.parent / "models" / "small.onnx"
    result = CliRunner().invoke(app, ["pull", str(manifest), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert out.read_bytes() == CONTENT
    assert out.with_suffix(".toml").read_bytes() == manifest.read_bytes()
    assert result.stdout.splitlines() == [
        f"Fetched {out} from {server.address}/tiny.onnx.",
        f"sha256   {SHA256}, as its manifest says",
        "licence  CC0-1.0",
        f"Next: safemob models verify {out}",
    ]


def test_the_mirror_may_be_a_setting_and_holds_files_under_the_names_that_are_listed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAFEMOB_MIRROR", f"{server.address}/models/")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["pull", "YOLOX-Nano 416"])
    assert isinstance(result.exception, SupplyError)  # a mirror cannot change what a name means
    assert f"but YOLOX-Nano 416 has {_known('YOLOX-Nano 416')}" in str(result.exception)
    assert server.paths == ["/models/yolox-nano-416.onnx"]
    assert list(tmp_path.iterdir()) == []


def test_a_real_model_comes_from_a_mirror_and_is_known(
    server: Server, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.content = (shared_data / "models" / "yolox_nano_416.onnx").read_bytes()
    server.breaks_after = [1_000_000]
    monkeypatch.chdir(tmp_path)
    fetched = CliRunner().invoke(app, ["pull", "yolox-nano-416", "--mirror", server.address])
    assert fetched.exit_code == 0, fetched.output
    verified = CliRunner().invoke(app, ["verify", "yolox-nano-416.onnx"])
    assert verified.exit_code == 0, verified.output
    assert "is YOLOX-Nano 416 (Apache-2.0)" in verified.stdout


def test_a_name_that_is_not_known_is_refused() -> None:
    with pytest.raises(ModelError, match="no model is called 'yolo99'"):
        plan_pull("yolo99")


def test_every_listed_model_can_be_named_by_its_file() -> None:
    listed = CliRunner().invoke(app, ["list"]).stdout
    for manifest in bundled_manifests():
        assert f" {manifest.file_name} " in listed
        plan = plan_pull(manifest.file_name.removesuffix(".onnx"), mirror="https://models.invalid")
        assert (plan.manifest, plan.target.name) == (manifest, manifest.file_name)


def test_a_model_that_comes_along_is_there_already(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAFEMOB_MIRROR", server.address)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["pull", "safemob-demo"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{find_bundled('models') / 'safemob-demo.onnx'} is there already.")
    assert server.paths == []
    assert list(tmp_path.iterdir()) == []
    monkeypatch.delenv("SAFEMOB_MIRROR")
    with pytest.raises(SupplyError, match="comes with safemob: copy it from"):
        plan_pull("safemob-demo", out=Path("here.onnx"))


def _known(name: str) -> str:
    return next(manifest.sha256 for manifest in bundled_manifests() if manifest.name == name)

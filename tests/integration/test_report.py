import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from safemob.aggregate.analysis import Analysis, FileQuality, Method, ThresholdRule
from safemob.aggregate.interval import RecordingClock
from safemob.aggregate.report import render_report
from safemob.aggregate.site_view import SiteView
from safemob.disclosure import TrafficTally, release_local
from safemob.errors import UsageError
from safemob.individual.ground.states import GroundStates
from safemob.individual.ports import RecordedSource
from safemob.individual.safety.encounter import Encounter
from safemob.site import Fit, Origin
from safemob.taxonomy import ConflictType, EncounterState, RoadUserClass, Severity, road_user_pair
from safemob.units import Metres

_FRAME_S = 0.2
_ROUTES = {
    RoadUserClass.CAR: (
        [(-40, -1.8), (40, -1.8)],
        [(40, 1.8), (-40, 1.8)],
        [(1.8, -32), (1.8, 32)],
        [(-1.8, 32), (-1.8, -32)],
        [(-40, -1.8), (-6, -1.8), (-2.5, -3), (-1.8, -7), (-1.8, -32)],
        [(1.8, -32), (1.8, -4), (0, 0.5), (-6, 1.8), (-40, 1.8)],
    ),
    RoadUserClass.BUS: ([(-40, -1.8), (40, -1.8)],),
    RoadUserClass.TRUCK: ([(40, 1.8), (-40, 1.8)],),
    RoadUserClass.CYCLIST: ([(-40, -4.6), (40, -4.6)], [(40, 4.6), (-40, 4.6)], [(4.6, -32), (4.6, 32)]),
    RoadUserClass.PEDESTRIAN: (
        [(-9, -12), (-9, 12)],
        [(9, 13), (9, -13)],
        [(-14, -8), (14, -8)],
        [(14, 8), (-14, 8)],
    ),
}
_SPEEDS_MPS = {
    RoadUserClass.CAR: (10.0, 2.2),
    RoadUserClass.BUS: (8.0, 1.0),
    RoadUserClass.TRUCK: (8.5, 1.2),
    RoadUserClass.CYCLIST: (4.8, 0.9),
    RoadUserClass.PEDESTRIAN: (1.4, 0.2),
}
_CLASSES = list(_ROUTES)
_ORIGIN = Origin(latitude_deg=48.76508, longitude_deg=11.42372)


def _site(*, origin: Origin | None = _ORIGIN) -> SiteView:
    return SiteView(
        id="demo",
        name="Ringstraße / Gartenweg",
        extent_m=(-40.0, -32.0, 42.0, 30.0),
        field_of_view_m=((-33.0, -24.0), (-10.0, -21.0), (60.0, -8.0), (60.0, 60.0), (0.0, 48.0), (-24.0, 8.0)),
        coverage_m=((-27.0, -20.0), (35.0, -14.0), (35.0, 26.0), (-14.0, 22.0), (-27.0, -6.0)),
        camera_m=(-35.0, -26.0),
        camera_height_m=8.2,
        reference_points_m=((-9.0, -3.5), (-9.0, 3.5), (9.0, -3.5), (9.0, 3.5), (-3.6, 9.0), (3.6, 9.0), (20.0, 4.0)),
        fit=Fit(
            residual_rms_m=Metres(0.12), leave_one_out_rms_m=Metres(0.21), method="Seven marks read from an orthophoto."
        ),
        origin=origin,
    )


def _encounter(rng: np.random.Generator, time_s: float, ids: tuple[int, int]) -> Encounter:
    first, second = sorted(rng.choice([0, 1, 4, 4, 4, 5], 2, p=[0.2, 0.2, 0.2, 0.2, 0.15, 0.05]))
    classes = (RoadUserClass(int(first)), RoadUserClass(int(second)))
    pair = road_user_pair(*classes)
    if pair is None:
        return _encounter(rng, time_s, ids)
    ttc_s = float("inf") if rng.random() < 0.5 else float(rng.gamma(3.0, 1.1))
    pet_s = float("nan") if rng.random() < 0.4 else float(rng.gamma(2.5, 1.3) * rng.choice([-1, 1]))
    state = list(EncounterState)[rng.choice(4, p=[0.82, 0.02, 0.11, 0.05])]
    place = rng.choice([(-9, -4.6), (1.8, -1.8), (9, 1.8), (-1.8, -8)]) + rng.normal(0, 1.5, 2)
    return Encounter(
        ids=ids,
        classes=classes,
        pair=pair,
        start_s=time_s - 2,
        end_s=time_s + 1,
        conflict_type=list(ConflictType)[rng.choice(5, p=[0.4, 0.25, 0.25, 0.08, 0.02])],
        state=state,
        ttc_min_s=ttc_s,
        ttc_min_time_s=time_s,
        ttc_below_s=(0.0,),
        pet_s=pet_s,
        pet_time_s=time_s,
        drac_max_mps2=float("nan"),
        distance_min_m=float(rng.gamma(2.0, 0.8)),
        closing_speed_mps=float(rng.gamma(4.0, 1.2)),
        angle_deg=float(rng.uniform(0, 180)),
        speeds_mps=(float(rng.normal(4, 1)), float(rng.normal(8, 2))),
        place_m=(float(place[0]), float(place[1])),
        time_s=time_s,
    )


def _severity(encounter: Encounter) -> Severity:
    value_s = min(encounter.ttc_min_s, abs(encounter.pet_s) if encounter.pet_s == encounter.pet_s else np.inf)
    limits = ((1.0, Severity.SERIOUS), (1.5, Severity.CONFLICT), (2.2, Severity.RECORD))
    return next((severity for limit_s, severity in limits if value_s <= limit_s), Severity.NONE)


def _frames(rng: np.random.Generator, users: int, length_s: float) -> list[GroundStates]:
    """Road users driving their routes at their own speeds, as the smoother would hand them over."""
    rows: dict[int, list[tuple[int, int, float, float, float, float]]] = {}
    for user_id in range(1, users + 1):
        road_user = _CLASSES[int(rng.choice(len(_CLASSES), p=[0.55, 0.04, 0.06, 0.15, 0.2]))]
        routes = _ROUTES[road_user]
        route = np.array(routes[int(rng.integers(len(routes)))], dtype=float)
        route += rng.normal(0, 0.35, 2)
        way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(route, axis=0), axis=1))])
        speed = max(0.7, rng.normal(*_SPEEDS_MPS[road_user]))
        steps = int(way[-1] / speed / _FRAME_S)
        first = int(rng.uniform(0, length_s / _FRAME_S - steps))
        travelled = np.arange(steps) * _FRAME_S * speed
        x, y = (np.interp(travelled, way, route[:, axis]) for axis in (0, 1))
        for step in range(steps - 1):
            velocity = ((x[step + 1] - x[step]) / _FRAME_S, (y[step + 1] - y[step]) / _FRAME_S)
            rows.setdefault(first + step, []).append((user_id, int(road_user), x[step], y[step], *velocity))
    return [_states(index * _FRAME_S, rows.get(index, [])) for index in range(int(length_s / _FRAME_S))]


def _states(time_s: float, rows: list[tuple[int, int, float, float, float, float]]) -> GroundStates:
    n, table = len(rows), np.array(rows, dtype=np.float64).reshape(-1, 6)
    return GroundStates(
        time_s=time_s,
        ids=table[:, 0].astype(np.int64),
        classes=table[:, 1].astype(np.int64),
        positions=table[:, 2:4],
        velocities=table[:, 4:6],
        accelerations=np.zeros((n, 2)),
        headings=np.zeros(n),
        lengths=np.ones(n),
        widths=np.ones(n),
        covariances=np.zeros((n, 4, 4)),
        observed=np.arange(n) % 20 != 7,
        ended=np.zeros(0, dtype=np.int64),
    )


def analyse_scene(video: Path, *, users: int, encounters: int, length_s: float = 1500.0) -> Analysis:
    """A morning at an intersection, from states and encounters through the line."""
    rng = np.random.default_rng(7)
    recorded = RecordedSource(video)
    traffic = TrafficTally(recorded)
    for states in _frames(rng, users, length_s):
        traffic.add(states)
    met = [_encounter(rng, float(rng.uniform(1, length_s)), (2 * i, 2 * i + 1)) for i in range(encounters)]
    return release_local(
        recorded,
        clock=RecordingClock(
            interval_min=15, time_zone="Europe/Berlin", wall_start_utc=datetime(2024, 5, 3, 5, 12, tzinfo=UTC)
        ),
        locate=lambda time_s: ("morning.mp4", time_s),
        observed_s=[(0.0, length_s)],
        traffic=traffic,
        encounters=[(encounter, _severity(encounter)) for encounter in met],
        exclusions=[("rider-with-vehicle", 30.0), ("pedestrians", 400.0)] if users else [],
        quality=FileQuality(
            file="",
            start_s=0.0,
            end_s=length_s,
            frames=int(length_s / _FRAME_S),
            frame_interval_median_s=_FRAME_S,
            gap_max_s=0.44,
            frames_dropped=2,
            boxes=61230 if users else 0,
            boxes_cut=2210 if users else 0,
        ),
        method=Method(
            site_id="demo",
            model_name="yolo11n-640.onnx",
            model_sha256="3f" * 32,
            preset="safemob-1",
            rules=(
                ThresholdRule(
                    applies_to="motor vehicle – motor vehicle, crossing or turning",
                    record="TTC ≤ 3 s, PET ≤ 5 s",
                    conflict="TTC ≤ 1.5 s or PET ≤ 1.5 s",
                    serious="TTC ≤ 1.0 s or PET ≤ 1.0 s",
                ),
            ),
            ttc_marks_s=(1.0, 1.5, 3.0),
            pet_marks_s=(1.0, 1.5, 5.0),
            versions=(("safemob", "0.1.0"), ("numpy", "2.4.6"), ("onnxruntime", "1.32.0")),
        ),
    )


class _Page(HTMLParser):
    """What a page consists of, read as a browser would."""

    _VOID = ("meta", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.headings: list[int] = []
        self.open: list[str] = []
        self.svgs: list[tuple[dict[str, str | None], list[str]]] = []
        self.text: list[str] = []
        self.unmatched: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._VOID:
            self.open.append(tag)
        self._note(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unmatched.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id" and value]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "svg":
            self.svgs.append((dict(attrs), []))
        elif self.svgs and "svg" in self.open and tag in ("title", "desc"):
            self.svgs[-1][1].append(tag)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("footage") / "=1+1 <b>&$x^2$.mp4"
    path.write_bytes(b"any regular file is recorded footage")
    return path


@pytest.fixture(scope="module")
def analysis(video: Path) -> Analysis:
    return analyse_scene(video, users=60, encounters=80, length_s=600.0)


@pytest.fixture(scope="module")
def page(analysis: Analysis) -> str:
    return render_report(analysis, _site())


@pytest.fixture(scope="module")
def empty_page(video: Path) -> str:
    return render_report(analyse_scene(video, users=0, encounters=0, length_s=61.0), _site(origin=None))


@pytest.fixture(params=["page", "empty_page"])
def any_page(request: pytest.FixtureRequest) -> str:
    html: str = request.getfixturevalue(request.param)
    return html


def test_the_page_asks_nothing_of_the_network(any_page: str) -> None:
    assert not re.findall(r"https?:|//[a-z]|@import|<script|<link|<iframe", any_page, flags=re.IGNORECASE)
    outside = [
        (tag, name, value)
        for tag, name, value in _Page(any_page).attributes
        if name in ("href", "src", "xlink:href", "action")
        and not (value or "").startswith(("#", "data:image/png;base64,"))
    ]
    assert {value for _, _, value in outside} <= {"conflicts.csv"}


def test_every_tag_is_closed_where_it_was_opened(any_page: str) -> None:
    page = _Page(any_page)
    assert not page.unmatched
    assert not page.open


def test_ids_are_unique_and_every_reference_has_its_target(any_page: str) -> None:
    page = _Page(any_page)
    assert len(page.ids) == len(set(page.ids))
    referred = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', any_page))
    labels = {part for _, name, value in page.attributes if name == "aria-labelledby" for part in (value or "").split()}
    assert {one or other for one, other in referred} | labels <= set(page.ids)


def test_every_picture_has_a_text_alternative_or_is_decoration(any_page: str) -> None:
    page = _Page(any_page)
    assert page.svgs
    for attributes, labels in page.svgs:
        assert attributes.get("aria-hidden") == "true" or (attributes["role"], labels) == ("img", ["title", "desc"])
    assert "<img" not in any_page


def test_headings_go_down_one_level_at_a_time(any_page: str) -> None:
    headings = _Page(any_page).headings
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


def test_the_same_input_gives_the_same_bytes(analysis: Analysis, page: str) -> None:
    assert render_report(analysis, _site()) == page


def test_users_drawing_settings_do_not_leak_in(analysis: Analysis, page: str) -> None:
    import matplotlib as mpl  # noqa: PLC0415  (only this test changes its settings)

    with mpl.rc_context({"axes.labelsize": 30.0, "xtick.major.pad": 40.0, "svg.hashsalt": None}):
        assert render_report(analysis, _site()) == page


def test_no_stand_in_colour_is_left(any_page: str) -> None:
    assert "#0000" not in any_page


def test_a_file_name_is_shown_and_never_becomes_markup(page: str) -> None:
    assert "<b>&" not in page
    assert "=1+1 <b>&$x^2$.mp4" in "".join(_Page(page).text)


def test_numbers_on_the_map_are_those_of_the_review_list(analysis: Analysis, page: str) -> None:
    svg = page[page.index('<figure class="map">') : page.index("</figure>")]
    drawn = {int(text) for text in re.findall(r">(\d+)</text>", svg)}
    assert drawn == set(range(1, len(analysis.review) + 1))


def test_the_summary_adds_serious_ones_to_the_conflicts(analysis: Analysis, page: str) -> None:
    severities = [line.severity for line in analysis.review]
    conflicts, serious = sum(one in ("conflict", "serious") for one in severities), severities.count("serious")
    assert serious > 0
    assert f"{conflicts} conflicts met the thresholds of preset safemob-1, {serious} of them serious." in page


def test_the_page_says_that_it_is_not_for_release_and_no_crash_count(any_page: str) -> None:
    assert "Not for release." in any_page
    assert "Conflicts are not crashes" in any_page


def test_an_empty_recording_is_not_called_empty_of_traffic(empty_page: str) -> None:
    assert "no road user was found. That is a statement about what the detector saw" in empty_page
    assert "not known" in empty_page
    assert ">N</text>" not in empty_page


def test_north_is_drawn_where_it_is_known(page: str) -> None:
    assert ">N</text>" in page


def test_a_long_review_list_is_cut_and_says_so(video: Path) -> None:
    analysis = analyse_scene(video, users=3, encounters=900, length_s=600.0)
    assert len(analysis.review) > 200
    page = render_report(analysis, _site())
    assert f"Here are the first 200 of {len(analysis.review)}." in page
    assert "The map shows the first 200 lines" in page


@pytest.mark.parametrize("extent_m", [(0.0, 0.0, 10.0, 500.0), (-200.0, 0.0, 200.0, 5.0)])
def test_a_long_street_still_gives_a_map_that_fits_a_page(
    analysis: Analysis, extent_m: tuple[float, float, float, float]
) -> None:
    page = render_report(analysis, replace(_site(), extent_m=extent_m))
    box = re.search(r'<figure class="map">\s*<svg viewBox="0 0 ([\d.]+) ([\d.]+)"', page)
    assert box is not None
    assert 0.39 < float(box[2]) / float(box[1]) < 1.11


def test_events_outside_the_map_are_counted(analysis: Analysis) -> None:
    page = render_report(analysis, replace(_site(), extent_m=(500.0, 500.0, 540.0, 540.0)))
    assert f"{len(analysis.review)} events lie outside the map." in page


def test_an_unknown_language_is_refused(analysis: Analysis) -> None:
    with pytest.raises(UsageError, match="language 'xx'"):
        render_report(analysis, _site(), language="xx")

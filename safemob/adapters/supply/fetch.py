"""Fetching a file over HTTP: what broke off goes on where it broke off, in this run or the next.

Whether the bytes are the right ones is for the caller to judge by their hash. Mirrors, proxies and redirects may then
be what they like.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
)

from safemob.errors import OutputError, SupplyError, UsageError

__all__ = ["Patience", "fetch_file"]

_CHUNK_BYTES = 256 * 1024
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
"""Refusals that may be gone at the next try, beside those of a server in trouble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How bad a line is put up with.

    Attributes:
        silence_s: how long a server may say nothing.
        failures: how many tries in a row may bring nothing new.
        pause_s: wait after the first of them.
    """

    silence_s: float = 30.0
    failures: int = 4
    pause_s: float = 1.0

    def pause_after(self, failures: int) -> float:
        """Wait after so many failures in a row, s: it doubles with each."""
        return self.pause_s * 2.0 ** (failures - 1)


class _BrokenOffError(Exception):
    """A try that failed in a way that the next one need not."""


def fetch_file(
    address: str,
    part: Path,
    *,
    most_bytes: int,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
    patience: Patience | None = None,
) -> None:
    """Fetch a file, or what is missing of it. The part of it that came stays there whatever happens.

    Args:
        address: of http or https.
        part: where the bytes go, and may lie from an earlier run.
        most_bytes: a file that is larger is refused.
        progress: told the bytes at hand and their total, None where the server does not say.
        patience: with the line.

    Raises:
        UsageError: if the address is none.
        SupplyError: if the server refuses, or the line gives nothing.
        OutputError: if the part cannot be written.
    """
    if urlsplit(address).scheme not in {"http", "https"}:
        msg = f"'{address}' is no address of a web server: begin it with https://"
        raise UsageError(msg)
    patience = patience or Patience()
    failures = 0
    while True:
        had = _count_bytes(part)
        try:
            _fetch_rest(address, part, most_bytes, progress, patience.silence_s)
        except _BrokenOffError as reason:
            failures = 1 if _count_bytes(part) > had else failures + 1
            if failures >= patience.failures:
                msg = (
                    f"{address} cannot be fetched ({reason}): see to the network, or name a mirror; "
                    "the same command goes on where this one broke off"
                )
                raise SupplyError(msg) from None
            time.sleep(patience.pause_after(failures))
        else:
            return


def _fetch_rest(
    address: str, part: Path, most_bytes: int, progress: Callable[[int, int | None], None], silence_s: float
) -> None:
    had = _count_bytes(part)
    try:
        response = _make_opener(had).open(address, timeout=silence_s)
    except HTTPError as refusal:
        if refusal.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink(missing_ok=True)  # as much is here as there, and yet it is not the file
        reason = f"the server answers {refusal.code} {refusal.reason}"
        if refusal.code in _PASSING or refusal.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _BrokenOffError(reason) from None
        msg = f"{address} cannot be fetched ({reason}): name another mirror"
        raise SupplyError(msg) from None
    except (OSError, HTTPException) as error:
        raise _BrokenOffError(_describe(error)) from None
    with closing(response):
        try:
            _receive(response, part, had, most_bytes, progress)
        except OSError as error:
            msg = f"{part} cannot be written ({error.strerror or error}): make room, or choose another place"
            raise OutputError(msg) from error


def _make_opener(had: int) -> OpenerDirector:
    """Speaks HTTP and nothing else, through proxies if the environment names them, wherever it is redirected to."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler,
        HTTPHandler,
        HTTPSHandler,
        HTTPRedirectHandler,
        HTTPErrorProcessor,
        HTTPDefaultErrorHandler,
    ):
        opener.add_handler(handler())
    opener.addheaders = [("User-Agent", "safemob"), ("Accept-Encoding", "identity")]
    if had:
        opener.addheaders.append(("Range", f"bytes={had}-"))
    return opener


def _receive(
    response: HTTPResponse, part: Path, had: int, most_bytes: int, progress: Callable[[int, int | None], None]
) -> None:
    """Append what a server gives, or write it anew where it gives the whole."""
    done = 0
    if response.status == HTTPStatus.PARTIAL_CONTENT:
        done = had
        if not (response.headers["Content-Range"] or "").startswith(f"bytes {had}-"):
            part.unlink(missing_ok=True)
            reason = "the server gives another part than was asked for"
            raise _BrokenOffError(reason)
    length = response.headers["Content-Length"] or ""
    total = done + int(length) if length.isdecimal() else None
    with part.open("ab" if done else "wb") as file:
        while chunk := _read(response):
            done += len(chunk)
            if max(done, total or 0) > most_bytes:
                msg = f"what {response.url} gives is larger than {most_bytes >> 20} MiB: that is no detection model"
                raise SupplyError(msg)
            file.write(chunk)
            progress(done, total)
    if total is not None and done < total:
        reason = f"it broke off after {done / 1e6:.1f} of {total / 1e6:.1f} MB"
        raise _BrokenOffError(reason)


def _read(response: HTTPResponse) -> bytes:
    try:
        return response.read1(_CHUNK_BYTES)
    except (OSError, HTTPException) as error:
        raise _BrokenOffError(_describe(error)) from None


def _count_bytes(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _describe(error: Exception) -> str:
    """The system's own words, from inside what wraps them."""
    reason = error.reason if isinstance(error, URLError) else error
    words = reason.strerror if isinstance(reason, OSError) and reason.strerror else reason
    return str(words).strip() or type(error).__name__

"""Everything safemob refuses, with the exit code the command line gives for it.

::

    SafemobError            1   anything below, when nothing more exact fits
    ├── UsageError          2   the command line contradicts itself
    ├── VideoError          3   a video file cannot be read as one
    ├── ModelError          4   a detection model is missing, corrupt or not understood
    ├── SiteError           5   a site file is not a site
    ├── ReferencePointError 6   reference points do not determine a camera
    ├── OutputError         7   results cannot be written where they should go
    ├── ScenarioError       8   a scenario does not describe a scene
    ├── SupplyError         9   a model cannot be fetched, exported or trained
    └── InterruptionError 130   Ctrl-C or SIGTERM

A message is one sentence that says what was wrong, where, and what to change.
"""

__all__ = [
    "InterruptionError",
    "ModelError",
    "OutputError",
    "ReferencePointError",
    "SafemobError",
    "ScenarioError",
    "SiteError",
    "SupplyError",
    "UsageError",
    "VideoError",
]


class SafemobError(Exception):
    """A refusal that a person can act on; its text is shown as it is, without a traceback."""

    exit_code = 1


class UsageError(SafemobError):
    """The command line asks for something that contradicts itself."""

    exit_code = 2


class VideoError(SafemobError):
    """A video file is missing, not a video, damaged, or changes under way."""

    exit_code = 3


class ModelError(SafemobError):
    """A detection model is missing, corrupt, unverified, or of a kind that is not known."""

    exit_code = 4


class SiteError(SafemobError):
    """A site file does not describe a site."""

    exit_code = 5


class ReferencePointError(SafemobError):
    """Reference points are unreadable or do not determine a camera."""

    exit_code = 6


class OutputError(SafemobError):
    """Results cannot be written where they were asked to go."""

    exit_code = 7


class ScenarioError(SafemobError):
    """A scenario does not describe a scene, or none that can be staged."""

    exit_code = 8


class SupplyError(SafemobError):
    """A model cannot be fetched, exported or trained: network, mirror or environment say no."""

    exit_code = 9


class InterruptionError(SafemobError):
    """A person or the system stopped the job; what was finished is kept."""

    exit_code = 130

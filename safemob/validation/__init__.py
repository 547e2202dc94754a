"""The pipeline against the truth of rendered scenes, from pixels to conflicts, stage by stage.

::

    scenarios × seeds → films (rendered once, kept in a cache)
      each film → played through the same pipeline that `analyse` runs, its first stages replaced by truth if asked
        → judged: boxes, identities, ground states, encounters
      all films → results.json, report.html

``films`` has them rendered; ``expected`` arranges their truth frame by frame; ``stand_ins`` are a detector, a tracker
and trajectories that know the truth; ``playback`` runs the pipeline and keeps what every stage says. ``boxes``,
``identity``, ``ground`` and ``meetings`` judge it; ``conflicts`` counts; ``results`` is what comes of it all and
``report`` the page; ``job`` does it from end to end.

Nobody in these films is real: what is known about single road users may be kept and written here, and nowhere else.
"""

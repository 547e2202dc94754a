"""safemob finds near misses at intersections before they become crashes, without watching anybody.

One direction of flow, and one line that nothing individual crosses::

    frames → detections → tracks → ground trajectories → encounters → conflicts ┃ counts → sinks, reports
    ───────────── individual: lives in memory, dies in memory ───────────────── ┃ ──── aggregate ────────

The rooms, from the bottom up (a module may import from rooms below its own, never from above):

``errors``, ``units``, ``taxonomy``, ``site``
    Values everybody shares: what can go wrong, units, the field's words, the intersection.
``individual``
    Above the line. Arrays in, arrays out: ``image`` (pixels), ``ground`` (metres), ``safety`` (pairs).
``aggregate``
    Below the line. Counts, the review list of recorded footage, and the report.
``disclosure``
    The line itself: the only converter from conflicts to counts.
``adapters``
    The two ends: video files, ONNX models, the overlay, result files, site files.
``calibration``
    From reference points to a solved camera.
``scenes``
    Rendered scenes with exact ground truth, made without what is to be judged by them.
``worker``
    The composition root: builds the pipeline and runs a recording through it.
``validation``
    The pipeline against the truth of scenes, stage by stage.
``cli``
    One command per file.
"""

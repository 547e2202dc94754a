"""Rendered scenes with exact ground truth: a scenario that a person writes becomes a film, a site and the truth.

::

    scenario (TOML) → varied by a seed → staged: who is where, when → filmed: H.264, site file
                                             └→ refereed: every encounter's exact TTCmin, PET, T2

``scenario``
    What a person writes.
``place``
    The intersection laid out: arms, surfaces, and the ways that lead over it.
``acting``
    Who takes part and how they move: cast, paced, varied by a seed, and timed so that they meet as asked.
``stage``
    What comes out: the one description of a scene from which both the film and the truth are made.
``drawing``
    From a stage to pictures.
``refereeing``
    What truly happened, measured slowly and without the engine that is to be judged by it.
``film``, ``survey``, ``witness``, ``truth``
    The film, the site file of its camera, what each frame shows, and what is written of it all.
``training``
    Random stages, drawn with labels, for detectors.

Nobody here is real: what is known about single road users of a scene may be written to files.
"""

"""Rendered scenes with exact ground truth: a scenario that a person writes becomes a film, a site and the truth.

::

    scenario (TOML) → varied by a seed → staged: who is where, when → filmed: H.264, site file
                                             └→ refereed: every encounter's exact TTCmin, PET, T2

``scenario`` what a person writes; ``vary`` what a seed changes, ``looks`` what it draws; ``roads`` the place with its
``arms``, ``markings`` and ``ways``; ``paths``, ``pace`` and ``motion`` how road users move; ``cast`` makes actors of
them, ``staging`` and ``timing`` let them meet as near as the scenario asks. ``stage`` is what comes out: the one
description of a scene from which both the film and the truth are made. ``bodies``, ``surroundings``, ``picture``,
``optics`` and ``film`` draw it, ``survey`` describes its camera. ``referee`` measures it, slowly and without the engine
that is to be judged by it, by ``contact``, ``collision``, ``encroachment``, ``planned`` and ``following``; ``witness``
says what a frame shows, and ``truth`` is what is written of it all.

Nobody here is real: what is known about single road users of a scene may be written to files.
"""

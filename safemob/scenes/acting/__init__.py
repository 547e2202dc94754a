"""Who takes part and how they move: cast, paced, varied by a seed, and timed so that they meet as the scenario asks."""

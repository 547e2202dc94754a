"""The intersection laid out: arms, surfaces, and the ways that lead over it."""

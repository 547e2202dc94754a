"""From a stage to pictures: bodies, ground, houses, light, the lens, and the film that holds them."""

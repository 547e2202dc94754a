"""From reference points to a solved camera."""

"""What truly happened, measured over continuous time and without the engine that is to be judged by it."""

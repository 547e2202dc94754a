"""`python -m safemob` and the installed command are the same thing."""

from safemob.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()

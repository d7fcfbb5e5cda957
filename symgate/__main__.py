"""``python -m symgate`` is the command line."""

from symgate.cli import main

if __name__ == "__main__":
    main()

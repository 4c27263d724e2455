"""``python -m fairwatt.cli``: the same as the console script."""

from fairwatt.cli.app import main

if __name__ == "__main__":
    main()

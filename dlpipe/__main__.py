"""`python -m dlpipe` is `dlpipe`."""

from dlpipe.cli import main

if __name__ == "__main__":
    main()

"""Build the deck, the handbook and the figures of the notes: ``python build.py --help``."""

# The processes that lay out pages import this file anew: what it imports, they wait for.
if __name__ == "__main__":
    from bindery.command_line import main

    main()

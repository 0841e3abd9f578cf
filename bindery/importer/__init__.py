"""Import: raw text and foreign Markdown become notes of the dialect, and nothing vanishes unsaid.

``read_file`` makes a ``Source`` of a file, a ``Reader`` (told apart by evidence) makes an
``Imported`` of it, ``account`` proves that every character of the source is kept, repaired or
dropped, and ``write`` gives the Markdown. All of it is built on ``Traced``: text whose every
character knows where in the source it stood.
"""

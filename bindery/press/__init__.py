"""WeasyPrint and its processes: HTML in, pages out. It knows nothing of notes or books."""

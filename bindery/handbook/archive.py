"""PDF/A-2u: what an archive wants to know of a file, and the colours it is meant in."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq>{authors}</rdf:Seq></dc:creator>
{more}</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
# The same entry stands in the document information and, by this name, in the metadata.
_MIRRORED = {
    "/Subject": (
        "<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>{}</rdf:li></rdf:Alt>"
        "</dc:description>"
    ),
    "/Keywords": "<pdf:Keywords>{}</pdf:Keywords>",
    "/Producer": "<pdf:Producer>{}</pdf:Producer>",
    "/Creator": "<xmp:CreatorTool>{}</xmp:CreatorTool>",
}


def archival(data: bytes, title: str, authors: tuple[str, ...], creator: str) -> bytes:
    """Return a PDF as PDF/A-2u; its fonts are embedded with their Unicode texts."""
    import pikepdf

    buffer = BytesIO()
    with pikepdf.open(BytesIO(data)) as pdf:
        _make_archival(pdf, title, authors, creator)
        pdf.save(
            buffer,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return buffer.getvalue()


def _make_archival(pdf: Any, title: str, authors: tuple[str, ...], creator: str) -> None:
    import pikepdf

    profile = pdf.make_stream(files("weasyprint.pdf").joinpath("sRGB2014.icc").read_bytes())
    profile.N = 3
    pdf.Root.OutputIntents = pikepdf.Array(
        [
            pikepdf.Dictionary(
                Type=pikepdf.Name.OutputIntent,
                S=pikepdf.Name.GTS_PDFA1,
                OutputConditionIdentifier="sRGB2014.icc",
                Info="sRGB2014.icc",
                DestOutputProfile=profile,
            )
        ]
    )
    people = "".join(f"<rdf:li>{escape(author)}</rdf:li>" for author in authors or (creator,))
    more = "".join(
        form.format(escape(str(pdf.docinfo[name])))
        for name, form in _MIRRORED.items()
        if name in pdf.docinfo
    )
    xmp = _XMP.format(title=escape(title), authors=people, more=more)
    metadata = pdf.make_stream(xmp.encode())
    metadata.Type, metadata.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
    pdf.Root.Metadata = metadata

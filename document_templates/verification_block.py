"""The block at the end of a document by which anyone can check that it is genuine."""

from __future__ import annotations

from lxml import etree

from document_templates.checking import used_placeholders
from document_templates.cleaning import CleanedDocx
from document_templates.ooxml import PIC, WP, A, R, W, parse_xml, serialise_xml, w
from document_templates.package_parts import open_cleaned
from document_templates.pictures import QR_PICTURE, blank_png, picture_names
from tenants.language import _

QR_SIDE = 720_000
"""Side of the printed code in EMU: 2 cm, enough for a telephone at 30 cm."""

_CELL_WIDTHS = (1304, 7768)

_BLOCK = """<w:body xmlns:w="{w}" xmlns:r="{r}" xmlns:wp="{wp}" xmlns:a="{a}" xmlns:pic="{pic}">
<w:p><w:pPr><w:keepNext/><w:spacing w:before="240" w:after="0" w:line="120" w:lineRule="exact"/>
</w:pPr></w:p>
<w:tbl><w:tblPr><w:tblW w:w="{total}" w:type="dxa"/>
<w:tblBorders><w:top w:val="single" w:sz="4" w:space="0" w:color="808080"/></w:tblBorders>
<w:tblLayout w:type="fixed"/>
<w:tblCellMar><w:top w:w="85" w:type="dxa"/><w:left w:w="0" w:type="dxa"/>
<w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblGrid><w:gridCol w:w="{left}"/><w:gridCol w:w="{right}"/></w:tblGrid>
<w:tr><w:trPr><w:cantSplit/></w:trPr>
<w:tc><w:tcPr><w:tcW w:w="{left}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>
<w:p><w:pPr><w:keepNext/><w:spacing w:before="0" w:after="0"/></w:pPr><w:r><w:drawing>
<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{side}" cy="{side}"/>
<wp:docPr id="9001" name="{name}" descr="{alternative}"/>
<a:graphic><a:graphicData uri="{pic}"><pic:pic>
<pic:nvPicPr><pic:cNvPr id="9001" name="{name}"/><pic:cNvPicPr/></pic:nvPicPr>
<pic:blipFill><a:blip r:embed="{embed}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>
<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{side}" cy="{side}"/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>
</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p></w:tc>
<w:tc><w:tcPr><w:tcW w:w="{right}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>
{first}{second}{third}</w:tc></w:tr></w:tbl>
<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/></w:pPr></w:p>
</w:body>"""

_LINE = """<w:p><w:pPr>{keep}<w:spacing w:before="0" w:after="0"/></w:pPr>
<w:r><w:rPr><w:color w:val="404040"/><w:sz w:val="16"/><w:szCs w:val="16"/></w:rPr>
<w:t xml:space="preserve">{text}</w:t></w:r></w:p>"""


def ensure_verification_block(cleaned: CleanedDocx) -> CleanedDocx:
    """Return the template with a block of QR code, address and code at its end.

    A template that names ``pruefung.url``, ``pruefung.code`` or has the QR picture stays as
    it is. The block is kept together on one page.
    """
    if used_placeholders(cleaned) & {"pruefung.url", "pruefung.code"}:
        return cleaned
    package = open_cleaned(cleaned.data)
    media = package.free_name("word/media/" + QR_PICTURE.replace(".", "-") + "-{}.png")
    embed = package.add_image(package.main, media, blank_png())
    root = parse_xml(package.parts[package.main], package.main)
    body = root.find(w("body"))
    if body is None:
        raise ValueError("The main part of a cleaned template has a body.")
    section = body.find(w("sectPr"))
    at = len(body) if section is None else body.index(section)
    for offset, element in enumerate(_block(embed)):
        body.insert(at + offset, element)
    package.parts[package.main] = serialise_xml(root)
    return CleanedDocx(package.to_bytes(), cleaned.findings)


def _block(embed: str) -> list[etree._Element]:
    address = _("Echtheit prüfen: {url}").format(url="{{ pruefung.url }}")
    code = _("Prüfcode: {code}").format(code="{{ pruefung.code }}")
    about = _("Dieses Dokument ist elektronisch gesiegelt; maßgeblich ist die PDF-Datei.")
    text = _BLOCK.format(
        w=W,
        r=R,
        wp=WP,
        a=A,
        pic=PIC,
        total=sum(_CELL_WIDTHS),
        left=_CELL_WIDTHS[0],
        right=_CELL_WIDTHS[1],
        side=QR_SIDE,
        name=QR_PICTURE,
        alternative=picture_names()[QR_PICTURE],
        embed=embed,
        first=_LINE.format(keep="<w:keepNext/>", text=address),
        second=_LINE.format(keep="<w:keepNext/>", text=code),
        third=_LINE.format(keep="", text=about),
    )
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False, no_network=True)
    return list(etree.fromstring(text.encode(), parser))

"""Makes the small documents in Fixtures/ from texts of our own.

pip install python-docx openpyxl python-pptx reportlab odfpy ebooklib
"""
import io
import os
import zipfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Fixtures")
os.makedirs(HERE, exist_ok=True)


def save(name, data):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)


# ---- PDF -------------------------------------------------------------------
def pdf(pages, font="Helvetica", title="", author="", encrypt=None):
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen import canvas
    if font.startswith("HY"):
        pdfmetrics.registerFont(UnicodeCIDFont(font))
    buf = io.BytesIO()
    c = canvas.Canvas(buf, pagesize=(595, 842), encrypt=encrypt, invariant=1)
    c.setTitle(title)
    c.setAuthor(author)
    for lines in pages:
        c.setFont(font, 12)
        y = 780
        for line in lines:
            c.drawString(60, y, line)
            y -= 18
        c.showPage()
    c.save()
    return buf.getvalue()


def scanned(text):
    """A page that is only a picture of text."""
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen import canvas
    image = Image.new("L", (1240, 400), 255)
    ImageDraw.Draw(image).text((60, 150), text, fill=0, font=ImageFont.load_default(64))
    buf = io.BytesIO()
    c = canvas.Canvas(buf, pagesize=(595, 200), invariant=1)
    c.drawImage(ImageReader(image), 0, 0, 595, 192)
    c.showPage()
    c.save()
    return buf.getvalue()


save("two-pages.pdf", pdf([["Page one victor", "second line"], ["Page two whiskey"]], title="Two pages", author="A. Writer"))
save("korean.pdf", pdf([["첫째 쪽 한글 보고서", "비상 연락처 KR-7741"], [], ["셋째 쪽 글자"]], font="HYSMyeongJo-Medium", title="한글 제목"))
save("locked.pdf", pdf([["secret"]], encrypt="password"))
save("scanned.pdf", scanned("Scanned page KX 4410"))


# ---- Word ------------------------------------------------------------------
def word():
    import docx
    d = docx.Document()
    d.core_properties.title = "협약서"
    d.core_properties.author = "김하늘"
    d.sections[0].header.paragraphs[0].text = "머리글 대외비"
    d.sections[0].footer.paragraphs[0].text = "바닥글 LH-4410"
    d.add_heading("November heading", level=1)
    d.add_paragraph("oscar 문단")
    p = d.add_paragraph("tab\there")
    p.add_run("\nnext line")
    d.add_heading("둘째 제목", level=2)
    table = d.add_table(rows=0, cols=3)
    for row in (("품목", "수량", "비고"), ("볼트", "5", ""), ("너트", "7", "여러\n줄")):
        cells = table.add_row().cells
        for i, v in enumerate(row):
            cells[i].text = v
    box = d.add_table(rows=1, cols=1)
    box.rows[0].cells[0].text = "한 칸짜리 틀"
    d.add_paragraph("마지막 문단")
    buf = io.BytesIO()
    d.save(buf)
    return buf.getvalue()


save("report.docx", word())


# ---- Excel, PowerPoint -----------------------------------------------------
def excel():
    import datetime
    from openpyxl import Workbook
    wb = Workbook()
    ws = wb.active
    ws.title = "First"
    ws.append(["item", "qty", "price", "date", "share"])
    ws.append(["quebec", 41, 1234567.5, datetime.date(2026, 11, 22), 0.125])
    ws["C2"].number_format = "#,##0.00"
    ws["D2"].number_format = "yyyy-mm-dd"
    ws["E2"].number_format = "0.0%"
    ws.append(["won", 3200000, "=B3*2", datetime.datetime(2026, 1, 2, 13, 5), True])
    ws["B3"].number_format = '"₩"#,##0'
    ws["D3"].number_format = 'yyyy"년" m"월" d"일" hh:mm'
    ws2 = wb.create_sheet("둘째")
    ws2.append(["열"])
    ws2.append(["romeo"])
    wb.create_sheet("빈 장")
    buf = io.BytesIO()
    wb.save(buf)
    return buf.getvalue()


def powerpoint():
    from pptx import Presentation
    from pptx.util import Inches
    prs = Presentation()
    for title, body in (("Sierra", "tango body"), ("둘째 제목", "uniform\n둘째 줄")):
        s = prs.slides.add_slide(prs.slide_layouts[1])
        s.shapes.title.text = title
        s.placeholders[1].text = body
    t = prs.slides[1].shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    for r, row in enumerate((("품목", "수량"), ("볼트", "5"))):
        for c, v in enumerate(row):
            t.cell(r, c).text = v
    prs.slides[0].notes_slide.notes_text_frame.text = "발표자 메모 하나"
    buf = io.BytesIO()
    prs.save(buf)
    return buf.getvalue()


save("stock.xlsx", excel())
save("launch.pptx", powerpoint())


# ---- OpenDocument ----------------------------------------------------------
def odf():
    from odf.opendocument import OpenDocumentPresentation, OpenDocumentSpreadsheet, OpenDocumentText
    from odf import draw, dc, style, table, text
    d = OpenDocumentText()
    d.meta.addElement(dc.Title(text="열린 문서"))
    d.text.addElement(text.H(outlinelevel=1, text="첫 제목"))
    p = text.P(text="zulu text")
    p.addElement(text.S(c=2))
    p.addText("뒤")
    p.addElement(text.LineBreak())
    p.addText("새 줄")
    d.text.addElement(p)
    t = table.Table(name="T")
    for row in (("이름", "값"), ("볼트", "5")):
        r = table.TableRow()
        for v in row:
            c = table.TableCell()
            c.addElement(text.P(text=v))
            r.addElement(c)
        t.addElement(r)
    d.text.addElement(t)
    buf = io.BytesIO()
    d.save(buf)
    save("open.odt", buf.getvalue())

    s = OpenDocumentSpreadsheet()
    for name, rows in (("재고", (("품목", "수량"), ("볼트", "5"))), ("B", (("x",),))):
        t = table.Table(name=name)
        for row in rows:
            r = table.TableRow()
            for v in row:
                c = table.TableCell(valuetype="string")
                c.addElement(text.P(text=v))
                r.addElement(c)
            r.addElement(table.TableCell(numbercolumnsrepeated=1000))
            t.addElement(r)
        empty = table.TableRow(numberrowsrepeated=1048000)
        empty.addElement(table.TableCell(numbercolumnsrepeated=1024))
        t.addElement(empty)
        s.spreadsheet.addElement(t)
    buf = io.BytesIO()
    s.save(buf)
    save("open.ods", buf.getvalue())

    o = OpenDocumentPresentation()
    layout = style.PageLayout(name="L")
    o.automaticstyles.addElement(layout)
    master = style.MasterPage(name="M", pagelayoutname=layout)
    o.masterstyles.addElement(master)
    for body in ("첫 장 글", "둘째 장 글"):
        page = draw.Page(masterpagename=master)
        frame = draw.Frame(width="10cm", height="5cm", x="1cm", y="1cm")
        box = draw.TextBox()
        box.addElement(text.P(text=body))
        frame.addElement(box)
        page.addElement(frame)
        o.presentation.addElement(page)
    buf = io.BytesIO()
    o.save(buf)
    save("open.odp", buf.getvalue())


odf()


# ---- EPUB ------------------------------------------------------------------
def epub():
    from ebooklib import epub as e
    b = e.EpubBook()
    b.set_identifier("fixture")
    b.set_title("작은 책")
    b.set_language("ko")
    b.add_author("글쓴이")
    items = []
    for i, (h, body) in enumerate((("Chapter one", "yankee text"), ("둘째 장", "한글 본문"))):
        c = e.EpubHtml(title=h, file_name=f"c{i}.xhtml", lang="ko")
        c.content = f"<html><body><h1>{h}</h1><p>{body}</p></body></html>"
        b.add_item(c)
        items.append(c)
    b.toc = tuple(items)
    b.add_item(e.EpubNcx())
    b.add_item(e.EpubNav())
    b.spine = ["nav"] + items
    buf = io.BytesIO()
    e.write_epub(buf, b)
    return buf.getvalue()


save("book.epub", epub())


# ---- archives that must be refused ----------------------------------------
def container(parts):
    buf = io.BytesIO()
    with zipfile.ZipFile(buf, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in parts.items():
            z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buf.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DOC = f'<?xml version="1.0"?><w:document {W}><w:body>%s</w:body></w:document>'
save("bomb.docx", container({"word/document.xml": DOC % ("<w:p><w:r><w:t>" + " " * (48 << 20) + "</w:t></w:r></w:p>")}))
save("deep.docx", container({"word/document.xml": DOC % ("<w:p>" * 5000 + "</w:p>" * 5000)}))
save("entities.docx", container({"word/document.xml": '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "&b;&b;"><!ENTITY b "lol">]>'
                                 f'<w:document {W}><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>'}))
save("external.docx", container({"word/document.xml": '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
                                 f'<w:document {W}><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>'}))
for name in sorted(os.listdir(HERE)):
    print(name, os.path.getsize(os.path.join(HERE, name)))

# ---- encodings -------------------------------------------------------------
KOREAN = ("서울 용산구 보고서. 비상 연락처 코드는 KR-7741 입니다. 담당자는 김하늘 팀장이며 예산은 3억 2천만원이다.\n"
          "둘째 줄은 한글 인코딩 시험입니다.")
save("korean-euc-kr.txt", KOREAN.encode("euc-kr"))
save("korean-cp949.txt", (KOREAN + "\n똠방각하 펲시콜라 뷁").encode("cp949"))
save("japanese-euc.txt", ("これは日本語の文章です。" * 20).encode("euc-jp"))
save("latin.txt", ("Überraschung für Ærø: die Straße nach Göteborg ist schön, naïve café. " * 5).encode("cp1252"))
PAGE = '<html><head><meta charset="%s"><title>은파 해변</title></head><body><p>축제는 칠월이다.</p></body></html>'
save("korean-euckr.html", (PAGE % "euc-kr").encode("cp949"))
save("korean-utf16.html", (PAGE % "utf-16").encode("utf-16"))
save("korean-utf8.html", (PAGE % "utf-8").encode("utf-8"))


# ---- Hangul documents: written by hand after Hancom's published formats ----
HP = "http://www.hancom.co.kr/hwpml/2011/paragraph"


def hwpx():
    def p(inner, style=0):
        return f'<hp:p id="0" paraPrIDRef="0" styleIDRef="{style}"><hp:run charPrIDRef="0">{inner}</hp:run></hp:p>'

    def t(words):
        return f"<hp:t>{words}</hp:t>"

    rows = "".join("<hp:tr>" + "".join(f"<hp:tc><hp:subList>{p(t(c))}</hp:subList></hp:tc>" for c in row) + "</hp:tr>"
                   for row in (("품목", "수량"), ("볼트", "5")))
    section = (f'<?xml version="1.0" encoding="UTF-8"?><hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section" xmlns:hp="{HP}">'
               + p('<hp:secPr><hp:t>숨김</hp:t></hp:secPr>' + t("첫 제목"), 1) + p(t("본문<hp:tab/>한 줄<hp:lineBreak/>다음 줄"))
               + p(t("표 앞") + f"<hp:tbl>{rows}</hp:tbl>") + p(t("끝 KR-7741")) + "</hs:sec>")
    header = ('<?xml version="1.0" encoding="UTF-8"?><hh:head xmlns:hh="http://www.hancom.co.kr/hwpml/2011/head"><hh:styles>'
              '<hh:style id="0" type="PARA" name="바탕글" engName="Normal"/><hh:style id="1" type="PARA" name="개요 1" engName="Outline 1"/>'
              "</hh:styles></hh:head>")
    package = ('<?xml version="1.0"?><opf:package xmlns:opf="http://www.idpf.org/2007/opf/"><opf:metadata><opf:title>한글 문서</opf:title>'
               "</opf:metadata></opf:package>")
    second = f'<?xml version="1.0"?><hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section" xmlns:hp="{HP}">' + p(t("둘째 구역")) + "</hs:sec>"
    return container({"mimetype": "application/hwp+zip", "Contents/header.xml": header, "Contents/content.hpf": package,
                      "Contents/section0.xml": section, "Contents/section1.xml": second})


save("hangul.hwpx", hwpx())


def compound(streams):
    """An OLE compound file: {path: bytes}, storages one deep, 512-byte sectors; streams are padded past the mini stream's cutoff."""
    import struct
    FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    storages = sorted({p.split("/")[0] for p in streams if "/" in p})
    entries = [["Root Entry", 5, b"", None, None]]
    tops = []
    for s in storages:
        index = len(entries)
        entries.append([s, 1, b"", None, None])
        children = []
        for p, data in sorted(streams.items()):
            if p.startswith(s + "/"):
                children.append(len(entries))
                entries.append([p.split("/")[1], 2, data, None, None])
        for a, b in zip(children, children[1:]):
            entries[a][3] = b
        entries[index][4] = children[0]
        tops.append(index)
    for p, data in sorted(streams.items()):
        if "/" not in p:
            tops.append(len(entries))
            entries.append([p, 2, data, None, None])
    for a, b in zip(tops, tops[1:]):
        entries[a][3] = b
    entries[0][4] = tops[0]
    mini, minifat, body, chains, starts = b"", [], b"", [], {}
    for i, e in enumerate(entries):
        if e[1] != 2:
            continue
        if len(e[2]) < 4096:
            starts[i] = len(mini) // 64
            n = max(1, -(-len(e[2]) // 64))
            minifat += [starts[i] + k + 1 for k in range(n - 1)] + [END]
            mini += e[2].ljust(n * 64, b"\0")
        else:
            starts[i] = len(body) // 512
            n = -(-len(e[2]) // 512)
            chains += [starts[i] + k + 1 for k in range(n - 1)] + [END]
            body += e[2].ljust(n * 512, b"\0")

    def place(data):
        nonlocal body, chains
        start, n = len(body) // 512, max(1, -(-len(data) // 512))
        chains += [start + k + 1 for k in range(n - 1)] + [END]
        body += data.ljust(n * 512, b"\0")
        return start
    mini_start = place(mini)
    minifat_start = place(struct.pack(f"<{len(minifat)}I", *minifat).ljust(-(-len(minifat) * 4 // 512) * 512, b"\xff"))
    directory = b""
    for i, (name, kind, data, sibling, child) in enumerate(entries):
        raw = name.encode("utf-16-le") + b"\0\0"
        start, size = (mini_start, len(mini)) if i == 0 else (starts.get(i, 0), len(data))
        directory += (raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, FREE, FREE if sibling is None else sibling,
                      FREE if child is None else child) + b"\0" * 36 + struct.pack("<IQ", start, size))
    directory_start = place(directory)
    fat_sector = len(body) // 512
    fat = chains + [FAT]
    assert len(fat) <= 128
    body += struct.pack("<128I", *(fat + [FREE] * (128 - len(fat))))
    header = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
              + struct.pack("<IIIIIIIII", 0, 1, directory_start, 0, 4096, minifat_start, 1, END, 0) + struct.pack("<I", fat_sector)
              + struct.pack("<108I", *([FREE] * 108)))
    assert len(header) == 512
    return header + body


def hwp(flags=1, long=0):
    import struct
    import zlib

    def record(tag, level, data):
        if len(data) < 0xFFF:
            return struct.pack("<I", tag | level << 10 | len(data) << 20) + data
        return struct.pack("<II", tag | level << 10 | 0xFFF << 20, len(data)) + data

    def paragraph(level, words, style=0, before=b""):
        text = before + words.encode("utf-16-le") + struct.pack("<H", 13)
        head = struct.pack("<IIHBBHHHI", len(text) // 2, 0, 0, style, 0, 1, 0, 1, 0)
        return record(0x42, level, head) + record(0x43, level + 1, text)

    def control(kind, level):
        return record(0x47, level, struct.pack(">4s", kind)[::-1] + b"\0" * 40)

    inline = struct.pack("<H", 2) + b"dces" + b"\0" * 8 + struct.pack("<H", 2)
    body = paragraph(0, "첫 제목", style=1, before=inline)
    body += paragraph(0, "본문\n다음 줄 " + "아주 긴 문단 " * long)
    body += paragraph(0, "표 앞", before=struct.pack("<H", 11) + b" lbt" + b"\0" * 8 + struct.pack("<H", 11)) + control(b"tbl ", 1)
    body += record(0x4D, 2, b"\0" * 20)
    for r, row in enumerate((("품목", "수량"), ("볼트", "5"))):
        for c, cell in enumerate(row):
            body += record(0x48, 2, struct.pack("<HHIHHHHII", 1, 0, 0, c, r, 1, 1, 100, 100)) + paragraph(2, cell)
    body += paragraph(0, "끝 KR-7741")

    def style(name):
        return record(0x1A, 0, struct.pack("<H", len(name)) + name.encode("utf-16-le") + b"\0" * 12)

    def packed(data):
        c = zlib.compressobj(9, zlib.DEFLATED, -15)
        return c.compress(data) + c.flush() if flags & 1 else data
    header = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05010000, flags) + b"\0" * 216
    return compound({"FileHeader": header, "DocInfo": packed(style("바탕글") + style("개요 1")), "BodyText/Section0": packed(body),
                     "PrvText": "미리 보기".encode("utf-16-le")})


save("hangul.hwp", hwp())
save("plain.hwp", hwp(flags=0, long=900))
save("locked.hwp", hwp(flags=3))
save("locked.docx", compound({"EncryptedPackage": b"\0" * 100, "EncryptionInfo": b"\0" * 100}))
save("old.doc.docx", compound({"WordDocument": b"\0" * 5000}))

# ---- mail, RTF -------------------------------------------------------------
from email.message import EmailMessage  # noqa: E402
m = EmailMessage()
m["Subject"] = "회의 안내: 누리샘 개발 일정과 보일러 점검 그리고 아주 긴 제목이 여러 줄로 나뉘는 경우"
m["From"] = "김하늘 <kim@example.com>"
m["To"] = "team@example.com"
m["Date"] = "Sun, 22 Nov 2026 10:00:00 +0900"
m.set_content("본문입니다. 코드 KR-7741.\n둘째 줄\n")
m.add_alternative("<p>HTML 본문</p>", subtype="html")
m.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="첨부 파일.bin")
save("mail.eml", m.as_bytes().replace(m.get_boundary().encode() if m.get_boundary() else b"\0none", b"boundary-one"))
save("mail-euckr.eml", b"Subject: =?EUC-KR?B?" + __import__("base64").b64encode("제목".encode("euc-kr")) + b"?=\r\nContent-Type: text/html; charset=ks_c_5601-1987\r\n"
     b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<b>" + "".join("=%02X" % b for b in "한글".encode("cp949")).encode() + b"</b> te=\r\nxt")
save("korean.rtf", (b"{\\rtf1\\ansi\\ansicpg949\\deff0{\\fonttbl{\\f0\\fnil\\fcharset129 Batang;}{\\f1\\fcharset0 Arial;}}{\\info{\\title Title}}"
     b"{\\*\\generator nobody}\\f0 " + "".join("\\'%02x" % b for b in "한글 문단".encode("cp949")).encode() + b"\\par "
     b"\\uc1\\u44032?\\u-10179?\\u-8704? {\\b bold} \\{brace\\}\\par"
     b"\\trowd\\intbl a\\cell b\\cell\\row\\trowd\\intbl 1\\cell 2\\cell\\row\\pard last\\par}"))


# ---- PDF tables and columns ------------------------------------------------
def laid_out():
    from reportlab.lib import colors
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, SimpleDocTemplate, Table, TableStyle
    styles = getSampleStyleSheet()
    rows = [["Part", "Quantity", "Price"]] + [[f"BX-{i}", str(i * 3), f"{i}.50"] for i in range(12)]
    buf = io.BytesIO()
    SimpleDocTemplate(buf, invariant=1).build([
        Paragraph("A sentence before the table.", styles["Normal"]),
        Table(rows, colWidths=[80, 80, 80], style=TableStyle([("GRID", (0, 0), (-1, -1), 1, colors.black)])),
        Paragraph("A sentence after it.", styles["Normal"])])
    save("table.pdf", buf.getvalue())
    buf = io.BytesIO()
    doc = BaseDocTemplate(buf, invariant=1)
    doc.addPageTemplates(PageTemplate(frames=[Frame(50, 400, 230, 120), Frame(310, 400, 230, 120)]))
    words = " ".join(f"left{i} column prose" for i in range(24)) + " " + " ".join(f"right{i} column prose" for i in range(20))
    doc.build([Paragraph(words, styles["Normal"])])
    save("columns.pdf", buf.getvalue())


laid_out()


# ---- PDF headings ----------------------------------------------------------
def structured():
    from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen import canvas
    from reportlab.platypus import BaseDocTemplate, Frame, FrameBreak, PageBreak, PageTemplate, Paragraph, SimpleDocTemplate, Table
    pdfmetrics.registerFont(UnicodeCIDFont("HYSMyeongJo-Medium"))
    styles = getSampleStyleSheet()
    body, one, two = styles["Normal"], styles["Heading1"], styles["Heading2"]
    korean = ParagraphStyle("k", parent=body, fontName="HYSMyeongJo-Medium", wordWrap="CJK")
    title = ParagraphStyle("kh", parent=two, fontName="HYSMyeongJo-Medium")
    bold = ParagraphStyle("b", parent=body, fontName="Helvetica-Bold", spaceBefore=14, spaceAfter=4)
    prose = "Valve V-17 is closed before the seal is taken out, and opened slowly when the work is done. " * 4

    def head(c, document):
        c.setFont("Helvetica", 20)
        c.drawString(72, 750, f"Confidential {document.page}")

    buf = io.BytesIO()
    SimpleDocTemplate(buf, invariant=1, topMargin=100).build([
        Paragraph("Pump handbook", one), Paragraph(prose, body),
        Paragraph("Replacing the seal of the main pump when nobody is there who could hold the light and time is short", two),
        Paragraph(prose, body), Paragraph("Spare parts", bold), Paragraph(prose, body), Paragraph("A <b>bold</b> word.", body), PageBreak(),
        Paragraph(prose, body), Paragraph("비상 정지", title), Paragraph("단추는 펌프 왼쪽에 있습니다. 단추를 누르면 모든 펌프가 멈춥니다.", korean), PageBreak(),
        Paragraph(prose, body), PageBreak(), Paragraph("Storage", one), Paragraph("Hall B.", body)], onFirstPage=head, onLaterPages=head)
    save("headings.pdf", buf.getvalue())

    buf = io.BytesIO()
    c = canvas.Canvas(buf, pagesize=(595, 842), invariant=1)
    for page, (name, level) in enumerate([("Beginnings", 0), ("The first year", 1), ("Endings & more", 0)]):
        c.setFont("Helvetica", 12)
        c.drawString(60, 780, f"{page + 1}. {name}" if level else name)
        c.drawString(60, 760, "A line about pumps.")
        c.bookmarkPage(str(page))
        c.addOutlineEntry(name, str(page), level)
        c.showPage()
    c.save()
    save("outline.pdf", buf.getvalue())

    buf = io.BytesIO()
    doc = BaseDocTemplate(buf, invariant=1, pagesize=(595, 842))
    doc.addPageTemplates(PageTemplate(frames=[Frame(40 + 130 * i, 400, 115, 300) for i in range(4)]))
    doc.build([Paragraph(" ".join(f"word{i} of prose" for i in range(150)), body)])
    save("narrow.pdf", buf.getvalue())

    # A table above and columns of prose below.
    buf = io.BytesIO()
    rows = [["Part", "What it is", "Price"], ["4711", "Seal of the main pump, made of rubber, in packs of ten", "9.00"], ["4712", "Shaft", "120.00"],
            ["4713", "Bearing, ordered a week ahead in Busan", "33.10"]]
    doc = BaseDocTemplate(buf, invariant=1, pagesize=(595, 842))
    doc.addPageTemplates(PageTemplate(frames=[Frame(40, 600, 500, 200)] + [Frame(40 + 260 * i, 400, 230, 150) for i in range(2)]))
    doc.build([Paragraph("Parts of the pump.", body), Table(rows, colWidths=[60, 320, 60]), FrameBreak(),
               Paragraph(" ".join(f"sentence {i} about a river that nobody knows" for i in range(16)), body)])
    save("mixed.pdf", buf.getvalue())


structured()

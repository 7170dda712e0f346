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

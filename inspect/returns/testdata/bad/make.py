"""Makes the returns that intake must survive, by the tools through which returns really pass.

    /usr/bin/python3 make.py          (needs openpyxl, zip, 7z and LibreOffice with python3-uno)

packet.xlsx is packet 7 as a team fills it in; `go test ./inspect/returns -run TestBadReturns -update`
writes it anew. Every other file is packet.xlsx after one thing went wrong, named after its number in the
list of bad inputs. The test says what intake must make of each.
"""
import io, os, re, shutil, struct, subprocess, tempfile, zipfile

import openpyxl

HERE = os.path.dirname(os.path.abspath(__file__))
HH, HH2, VC, CO = "01 家庭", "02 家庭", "03 村（居）委会", "04 未保办"
CODE = "8841 0270 3935 6611 2408 17"
WHEN = (2023, 1, 9, 18, 0, 0)
COLUMNS = {"answer": 4, "number": 5, "of": 6, "method": 7, "reason": 8, "note": 9}


def out(name):
    return os.path.join(HERE, name)


def row(ws, label):
    """The row that has the label in its first or second column."""
    for r in range(1, ws.max_row + 1):
        if label in (ws.cell(r, 1).value, ws.cell(r, 2).value):
            return r
    raise KeyError(label)


def put(ws, label, value, column="answer", text=False):
    cell = ws.cell(row(ws, label), COLUMNS[column])
    cell.value = value
    if text:
        cell.data_type = "s"
    return cell.coordinate


def repack(src, dst, edit=lambda name, data: data):
    """Writes the zip file anew, smaller and always the same, each part after an edit."""
    with zipfile.ZipFile(src) as z, zipfile.ZipFile(dst, "w") as w:
        for i in z.infolist():
            data = edit(i.filename, z.read(i))
            if data is not None:
                entry = zipfile.ZipInfo(i.filename, WHEN)
                w.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)


def book(name, change, slim=True):
    """Opens the packet in openpyxl, changes it and saves it."""
    wb = openpyxl.load_workbook(out("packet.xlsx"))
    if slim:  # drop-downs and printed questions do not come back, and make up most of the file
        del wb["lists"]
        for ws in wb:
            ws.data_validations.dataValidation = []
            for r in range(3, ws.max_row + 1):
                code = str(ws.cell(r, 1).value or "")
                if code == "户序" or re.match(r"[A-Z]\d-\d\d$", code):
                    ws.cell(r, 3).value = None
            for at in [at for at, cell in ws._cells.items() if cell.value is None and type(cell).__name__ == "Cell"]:
                del ws._cells[at]
        wb.loaded_theme = None
    change(wb)
    saved = io.BytesIO()
    wb.save(saved)
    repack(saved, out(name), lambda n, d: re.sub(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2023-01-09T18:00:00Z", d) if n == "docProps/core.xml" else d)


def part(name, edit, sheet="xl/worksheets/sheet2.xml"):
    """Edits the XML of one part by hand; sheet2 is the first household's."""
    plain = out("plain.xlsx")
    book("plain.xlsx", lambda wb: None)
    repack(plain, out(name), lambda n, d: edit(d) if n == sheet else d)
    os.remove(plain)


def plain_text(d):
    """The XML with its Chinese as characters, not as entities."""
    return re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), d.decode("utf-8"))


def soffice(src, target, fmt):
    with tempfile.TemporaryDirectory() as d:
        subprocess.run(["soffice", "--headless", "-env:UserInstallation=file://" + d + "/p", "--convert-to", fmt, "--outdir", d, src], check=True, capture_output=True)
        made = [f for f in os.listdir(d) if os.path.isfile(os.path.join(d, f))]
        shutil.move(os.path.join(d, made[0]), target)


def containers():
    csv = "检查编号,结果\r\n1-007-01,是\r\n"
    for name, data in [("01-csv-gbk.xlsx", csv.encode("gbk")), ("01-csv-utf16.xlsx", csv.encode("utf-16")), ("01-csv-bom.xlsx", csv.encode("utf-8-sig"))]:
        with open(out(name), "wb") as f:
            f.write(data)
    with tempfile.TemporaryDirectory() as d:
        src = os.path.join(d, "t.csv")
        with open(src, "w", encoding="utf-8") as f:
            f.write(csv)
        soffice(src, out("01-xls.xlsx"), "xls")
        soffice(src, out("01-ods.xlsx"), "ods")
    soffice(out("packet.xlsx"), out("00-libreoffice.xlsx"), "xlsx")
    book("00-openpyxl.xlsx", lambda wb: None)
    encrypted()

    data = open(out("packet.xlsx"), "rb").read()
    with open(out("04-cut.xlsx"), "wb") as f:
        f.write(data[: len(data) // 3][:9000])
    book("06-far-cell.xlsx", lambda wb: wb[HH].cell(1048576, 16384, "x"))
    rows = re.compile(rb"<row [^>]*>.*?</row>", re.S)

    def swap_rows(d):
        a, b = [m for m in rows.finditer(d)][8:10]
        return d[: a.start()] + b.group() + a.group() + d[b.end():]

    def swap_cells(d):
        a, b = re.search(rb'<c r="D10".*?</c>', d).group(), re.search(rb'<c r="C10".*?</c>', d).group()
        return d.replace(a, b"@").replace(b, a).replace(b"@", b)

    part("07-rows.xlsx", swap_rows)
    part("07-cells.xlsx", swap_cells)
    part("07-twice.xlsx", lambda d: re.sub(rb'(<row r="10".*?</row>)', rb"\1\1", d, flags=re.S))

    def duplicated(wb):
        wb.copy_worksheet(wb[HH])

    def remove(wb):
        del wb[HH]

    def renamed(wb):
        wb[HH].title = "第一户"
        wb[VC].sheet_state = "hidden"
        wb.move_sheet(VC, -2)

    def no_meta(wb):
        del wb["meta"]

    book("08-sheet-missing.xlsx", remove)
    book("08-sheet-renamed-hidden.xlsx", renamed)
    book("08-sheet-twice.xlsx", duplicated)
    book("08-meta-missing.xlsx", no_meta)
    for name, key, value in [("09-older-form.xlsx", "form", "zhicha-form/0"), ("10-meta-edited.xlsx", "packet", "七"), ("26-other-packet.xlsx", "packet", "99"),
                             ("26-other-campaign.xlsx", "campaign", "winter-care-2022"), ("26-other-wave.xlsx", "wave", "2"), ("26-other-checklist.xlsx", "checklist", "ab" * 32)]:
        def change(wb, key=key, value=value):
            ws = wb["meta"]
            for r in range(1, ws.max_row + 1):
                if ws.cell(r, 1).value == key:
                    ws.cell(r, 2).value = value
        book(name, change)

    def visit_id(value):
        def change(wb):
            wb[HH]["B1"] = value
        return change

    book("10-id-edited.xlsx", visit_id("1-007-99"))
    book("17-id-number.xlsx", visit_id(1.1e17))
    book("31-other-leg.xlsx", visit_id("1-008-01"))

    def columns(wb):
        wb[HH].insert_cols(4)
        ws = wb[VC]
        for r in range(2, ws.max_row + 1):  # the note before the answer
            if type(ws.cell(r, 4)).__name__ == "MergedCell" or type(ws.cell(r, 9)).__name__ == "MergedCell" or ws.cell(r, 1).value == "序号":
                continue
            ws.cell(r, 4).value, ws.cell(r, 9).value = ws.cell(r, 9).value, ws.cell(r, 4).value

    book("11-columns.xlsx", columns)

    def merged(wb):
        ws = wb[HH]
        r = row(ws, "A1-01")
        ws.merge_cells(start_row=r, end_row=r + 1, start_column=4, end_column=4)

    book("12-merged.xlsx", merged)

    def declared(d, name, codec, bom=b""):
        text = re.sub(r"^<\?xml[^>]*\?>", "", plain_text(d))
        return bom + ('<?xml version="1.0" encoding="%s"?>' % name + text).encode(codec)

    part("13-gbk.xlsx", lambda d: declared(d, "GBK", "gbk"))
    part("13-utf16.xlsx", lambda d: declared(d, "UTF-16", "utf-16-le", b"\xff\xfe"))
    part("13-bom.xlsx", lambda d: declared(d, "UTF-8", "utf-8", b"\xef\xbb\xbf"))
    part("13-gbk-unsaid.xlsx", lambda d: plain_text(d).encode().replace("guardian 监护人".encode(), "guardian 监护人".encode("gbk")))


def encrypted():
    """Has LibreOffice save the packet with a password."""
    import uno
    from com.sun.star.beans import NamedValue, PropertyValue

    with tempfile.TemporaryDirectory() as d:
        office = subprocess.Popen(["soffice", "--headless", "--norestore", "-env:UserInstallation=file://" + d + "/p", "--accept=pipe,name=zhicha;urp;"])
        try:
            resolver = uno.getComponentContext().ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
            for _ in range(100):
                try:
                    context = resolver.resolve("uno:pipe,name=zhicha;urp;StarOffice.ComponentContext")
                    break
                except Exception:
                    subprocess.run(["sleep", "0.3"])
            desktop = context.ServiceManager.createInstance("com.sun.star.frame.Desktop")
            prop = lambda n, v: PropertyValue(n, 0, v, 0)
            doc = desktop.loadComponentFromURL("file://" + out("packet.xlsx"), "_blank", 0, (prop("Hidden", True),))
            lock = uno.Any("[]com.sun.star.beans.NamedValue", (NamedValue("OOXPassword", CODE), NamedValue("CryptoType", "Standard")))
            doc.storeToURL("file://" + out("02-password.xlsx"), (prop("FilterName", "Calc MS Excel 2007 XML"), prop("EncryptionData", lock)))
            doc.close(True)
        finally:
            office.terminate()
            office.wait(30)


def archives():
    book("plain.xlsx", lambda wb: None)
    good, other = open(out("plain.xlsx"), "rb").read(), open(out("01-csv-gbk.xlsx"), "rb").read()
    with tempfile.TemporaryDirectory() as d:
        def write(name, data):
            path = os.path.join(d, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(data)
            os.utime(path, (1673258400, 1673258400))
        write("第七组/P-007.xlsx", good)
        write("第七组/~$P-007.xlsx", b"x")
        write("说明.txt", other)
        for name in ("14-zip.zip", "14-7z.zip", "14-locked.zip", "03-nested.zip"):
            if os.path.exists(out(name)):
                os.remove(out(name))
        subprocess.run(["zip", "-q", "-X", "-r", out("14-zip.zip"), "第七组", "说明.txt"], cwd=d, check=True)
        subprocess.run(["7z", "a", "-tzip", "-mcu=on", out("14-7z.zip"), "第七组", "说明.txt"], cwd=d, check=True, capture_output=True)
        subprocess.run(["7z", "a", "-tzip", "-pgeheim", "-mem=AES256", out("14-locked.zip"), "说明.txt"], cwd=d, check=True, capture_output=True)
        subprocess.run(["zip", "-q", "-X", os.path.join(d, "in.zip"), "说明.txt"], cwd=d, check=True)
        subprocess.run(["zip", "-q", "-X", "-r", out("03-nested.zip"), "in.zip", "第七组"], cwd=d, check=True)
        whole = open(out("14-zip.zip"), "rb").read()
        with open(out("04-cut.zip"), "wb") as f:
            f.write(whole[:5000])

    os.remove(out("plain.xlsx"))
    # names as Chinese Windows writes them, and names that lead elsewhere or differ by case alone
    with zipfile.ZipFile(out("14-names.zip"), "w") as w:
        for name, data in [("abcde.xlsx", good), ("../../P-007.xlsx", other), ("P-007.XLSX", other), ("p-007.xlsx", other), ("__MACOSX/._P-007.xlsx", b"x"), ("c/.DS_Store", b"x")]:
            w.writestr(zipfile.ZipInfo(name, WHEN), data, zipfile.ZIP_DEFLATED, 9)
    raw = open(out("14-names.zip"), "rb").read().replace(b"abcde.xlsx", "回传7".encode("gbk") + b".xlsx")
    with open(out("14-names.zip"), "wb") as f:
        f.write(raw)


def values():
    def one(name, label, value, column="answer", sheet=HH, text=False):
        book(name, lambda wb: put(wb[sheet], label, value, column, text))

    one("15-pasted.xlsx", "A1-01", "还可以")

    def odd(wb):
        ws = wb[HH]
        put(ws, "A1-01", "\u200b" + "ｐａｒｔｌｙ　" + "\u00a0")
        put(ws, "到达时间", "０９：００ ")
        put(ws, "名册户数", "２０\u200b")

    book("16-odd-characters.xlsx", odd)
    one("17-inspector-number.xlsx", "检查员2", 1.1e17)

    def dates(wb):
        for sheet, value in [(HH, "2023.1.9"), (HH2, "1月9日"), (VC, "二〇二三年一月九日"), (CO, 44935)]:
            put(wb[sheet], "检查日期", value)

    def from_1904(wb):
        from openpyxl.utils.datetime import CALENDAR_MAC_1904
        wb.epoch = CALENDAR_MAC_1904
        for sheet in (HH, HH2, VC, CO):
            put(wb[sheet], "检查日期", 44935 - 1462)

    book("18-dates.xlsx", dates)
    book("18-dates-1904.xlsx", from_1904)
    one("18-no-date.xlsx", "检查日期", "年前")
    one("19-future.xlsx", "检查日期", "2023-09-01")
    one("19-before.xlsx", "检查日期", "2022-09-01")
    one("20-formula.xlsx", "A1-01", "=A1&B1")
    one("20-ref.xlsx", "A1-01", "#REF!")
    one("21-formula-text.xlsx", "A1-01", "=HYPERLINK(\"http://x\",\"+@-\")", "note", text=True)
    one("23-no-reason.xlsx", "A1-01", "na")
    one("24-blank.xlsx", "A1-01", None)

    def foreign_item(wb):
        ws = wb[HH]
        ws.cell(row(ws, "A1-01"), 1).value = "B1-01"

    book("24-irrelevant.xlsx", foreign_item)
    ratio = next(r for r in range(1, 200) if "分母" in str(openpyxl.load_workbook(out("packet.xlsx"))[VC].cell(r, 3).value))

    def number(a, b):
        def change(wb):
            wb[VC].cell(ratio, 5).value, wb[VC].cell(ratio, 6).value = a, b
        return change

    book("25-over.xlsx", number(9, 5))
    book("25-negative.xlsx", number(-1, 5))
    book("25-nan.xlsx", number("NaN", 5))

    def other_content(revision, reason, note):
        def change(wb):
            cover = wb["封面"]
            for r in range(1, cover.max_row + 1):
                if cover.cell(r, 1).value == "更正序号":
                    cover.cell(r, 2).value = revision
                if cover.cell(r, 1).value == "更正原因":
                    cover.cell(r, 2).value = reason
            put(wb[HH], "A1-01", note, "note")
        return change

    book("28-conflict.xlsx", other_content("1", "", "门口贴有热线"))
    book("29-second.xlsx", other_content("2", "补记", "门口贴有热线"))
    book("29-third.xlsx", other_content("3", "再补", "门口贴有热线和地址栏"))
    book("29-stale.xlsx", other_content("2", "改", "在第一版上改的"))
    one("32-left-first.xlsx", "离开时间", "08:10")

    def two_places(wb):
        put(wb[HH2], "到达时间", "09:20")

    book("32-two-places.xlsx", two_places)

    def upwards(wb):
        put(wb[CO], "到达时间", "08:00")
        put(wb[CO], "离开时间", "08:40")

    book("32-office-first.xlsx", upwards)
    one("36-oral.xlsx", "A1-01", "听取汇报", "method")
    one("37-official.xlsx", "在场人员2", "township_official 乡镇（街道）干部")

    def skipped(wb):
        put(wb[HH2], "走访户序号", 3)

    book("38-skipped.xlsx", skipped)
    said = "门口张贴了关爱服务热线，孩子能说出儿童主任的联系方式，第%d户"

    def copied(wb):
        put(wb[HH], "A1-01", said % 1, "note")
        put(wb[HH2], "A1-01", said % 12, "note")

    book("39-copied.xlsx", copied)
    one("40-personal.xlsx", "A1-01", "联系电话 138 1234 5678", "note")
    one("45-no-time.xlsx", "到达时间", None)


if __name__ == "__main__":
    containers()
    archives()
    values()

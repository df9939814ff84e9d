"""Open workbooks in LibreOffice with a password and say what was found: office.py profile password file..."""
import subprocess
import sys
import time

import uno
from com.sun.star.beans import PropertyValue

profile, password, files = sys.argv[1], sys.argv[2], sys.argv[3:]
pipe = "zhicha%d" % time.time_ns()
office = subprocess.Popen(["soffice", "--headless", "--norestore", "-env:UserInstallation=file://" + profile, "--accept=pipe,name=%s;urp;" % pipe],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
for _ in range(240):
    try:
        context = resolver.resolve("uno:pipe,name=%s;urp;StarOffice.ComponentContext" % pipe)
        break
    except Exception:
        time.sleep(0.25)
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)


def prop(name, value):
    p = PropertyValue()
    p.Name, p.Value = name, value
    return p


for path in files:
    try:
        book = desktop.loadComponentFromURL("file://" + path, "_blank", 0, (prop("Hidden", True), prop("Password", password)))
        print(book.Sheets.Count, book.Sheets.getByIndex(0).getCellByPosition(0, 0).String)
        book.close(True)
    except Exception:
        print("refused")
try:
    desktop.terminate()
except Exception:
    pass
office.wait(30)

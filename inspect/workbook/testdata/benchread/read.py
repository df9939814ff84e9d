"""Counts the cells of workbooks that are not empty with openpyxl in read-only mode, and times it."""
import sys
import time

from openpyxl import load_workbook

start, n = time.monotonic(), 0
for name in sys.argv[1:]:
    book = load_workbook(name, read_only=True)
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True):
            n += sum(1 for value in row if value not in (None, ""))
    book.close()
print(n, round((time.monotonic() - start) * 1000))

"""Workbooks and archives of Python's writers, into the folder that is named."""

import datetime as time
import io
import sys
import zipfile

import openpyxl
import polars
import pyexcelerate
import xlsxwriter
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

out = sys.argv[1]
texts = ["plain", "  space  ", "two\nlines", "é東京😀", "_x000D_", "_x0041_", "<&>\"'", "007", "\x01control", "\r\nend"]
moment, day, clock = time.datetime(2024, 2, 29, 12, 34, 56, 789000), time.date(2024, 2, 29), time.time(1, 2, 3)
rows = [[text, at, at / 3, moment, day, clock, at % 2 == 0, None] for at, text in enumerate(texts)]
rows.append([1e15, 9007199254740991, 0.1 + 0.2, time.datetime(1950, 1, 1), time.date(1910, 3, 1), clock, True, None])
plain = [[ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell for cell in row] for row in rows]

for name, options in {
    "plain": {},
    "constant-memory": {"constant_memory": True},
    "zip64": {"use_zip64": True, "in_memory": True, "strings_to_numbers": True},
    "1904": {"date_1904": True},
}.items():
    book = xlsxwriter.Workbook(f"{out}/xlsxwriter-{name}.xlsx", {**options, "default_date_format": "yyyy-mm-dd hh:mm:ss"})
    sheet, elapsed = book.add_worksheet("Data & <x>"), book.add_format({"num_format": "[hh]:mm"})
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(at, column, cell)
        sheet.write_formula(at, 9, "=1+1", None, 2)
        sheet.write_number(at, 10, 1.25, elapsed)
        sheet.write_formula(at, 11, '="a"', None, "a")
        sheet.write_formula(at, 12, "=1/0", None, "#DIV/0!")
        sheet.write_dynamic_array_formula(at, 13, at, 13, "=LEN(A1)", None, 5)
    book.close()

book = pyexcelerate.Workbook()
book.new_sheet("Data", data=rows)
book.new_sheet("Empty")
book.save(f"{out}/pyexcelerate.xlsx")

for name in ["iso-dates", "1904"]:
    book = openpyxl.Workbook(write_only=name == "iso-dates")
    book.iso_dates = name == "iso-dates"
    if name == "1904":
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.create_sheet("Written")
    for row in plain:
        sheet.append(row)
    book.save(f"{out}/openpyxl-{name}.xlsx")

frame = {"text": texts, "whole": list(range(10)), "part": [at / 3 for at in range(10)], "moment": [moment] * 10, "day": [day] * 10}
frame |= {"clock": [clock] * 10, "for": [time.timedelta(hours=30)] * 10, "yes": [True] * 10, "none": [None] * 10}
polars.DataFrame(frame).write_excel(f"{out}/polars.xlsx", worksheet="P & Q")


class Pipe(io.RawIOBase):
    """A file that can only be written, front to back."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def flush(self):
        self.file.flush()

    def tell(self):
        raise io.UnsupportedOperation


inner = open(f"{out}/pyexcelerate.xlsx", "rb").read()
for streamed in [False, True]:
    for wide in [False, True]:
        for method in [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]:
            path = f"{out}/zipfile-{'streamed' if streamed else 'plain'}-{'zip64' if wide else 'small'}-{method}.zip"
            with zipfile.ZipFile(Pipe(path) if streamed else path, "w", method) as archive:
                for member in ["a/é東.xlsx", "b.xlsx"]:
                    with archive.open(member, "w", force_zip64=wide) as file:
                        file.write(inner)

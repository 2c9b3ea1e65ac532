"""Compares what exportkit read, as JSON, with what openpyxl and calamine read; fails where a cell differs."""

import datetime as time
import json
import re
import sys
import warnings

import openpyxl
import python_calamine

warnings.simplefilter("ignore")
folder = sys.argv[1]
read = json.load(open(sys.argv[2]))


def plain(cell):
    """A cell of theirs in the shape of ours, to the millisecond."""
    if isinstance(cell, time.datetime):
        whole = cell + time.timedelta(microseconds=500)
        return whole.isoformat(timespec="milliseconds").removesuffix(".000")
    if isinstance(cell, time.date):
        return f"{cell.isoformat()}T00:00:00"
    if isinstance(cell, time.time):
        return plain(time.datetime.combine(time.date(2000, 1, 1), cell))[11:]
    return cell


def seconds(text):
    duration = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?", text)
    clock = re.fullmatch(r"(\d\d):(\d\d):([\d.]+)", text)
    found = duration or clock
    return found and int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + float(found[3] or 0)


def same(ours, theirs):
    if isinstance(ours, dict):
        # calamine has no errors.
        return theirs in (ours["error"], None)
    if ours in (None, "") and theirs in (None, ""):
        return True
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(theirs, (int, float)):
        return isinstance(ours, (int, float, str)) and float(ours) == float(theirs)
    if not isinstance(ours, str):
        return False
    if isinstance(theirs, time.timedelta):
        return abs((seconds(ours) or 0) - theirs.total_seconds()) < 0.001
    theirs = plain(theirs)
    if ours == theirs or f"{ours}T00:00:00" == theirs:
        return True
    # They leave escapes in place, or join line ends.
    undone = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), theirs)
    if undone.replace("\r\n", "\n") == ours.replace("\r\n", "\n"):
        return True
    # A time of day in a format that shows the date as well is on day 0.
    return ours == f"1899-12-31T{theirs}" or ours == f"1904-01-01T{theirs}"


def by_openpyxl(path):
    book = openpyxl.load_workbook(path, data_only=True)
    return {
        sheet.title: {row: {cell.column: cell.value for cell in cells if cell.value is not None} for row, cells in enumerate(sheet.iter_rows(), 1)}
        for sheet in book.worksheets
    }


def by_calamine(path):
    book = python_calamine.CalamineWorkbook.from_path(path)
    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet]
    rows = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names}
    return {
        name: {row: {column: cell for column, cell in enumerate(cells, 1) if cell != ""} for row, cells in enumerate(lines, 1)}
        for name, lines in rows.items()
    }


wrong = total = 0
for file, ours in read.items():
    for reader in by_openpyxl, by_calamine:
        theirs = reader(f"{folder}/{file}")
        cells, differing = 0, []
        for sheet in {*ours, *theirs}:
            mine, others = ours.get(sheet, {}), theirs.get(sheet, {})
            for row in {int(number) for number in mine} | {*others}:
                line, other = mine.get(str(row), []), others.get(row, {})
                for column in range(1, max([len(line), *other]) + 1):
                    one, two = line[column - 1] if column <= len(line) else None, other.get(column)
                    if one is None and two is None:
                        continue
                    cells += 1
                    if not same(one, two):
                        differing.append(f"{sheet}, row {row}, column {column}: {one!r} for {two!r}"[:150])
        wrong, total = wrong + len(differing), total + cells
        print(f"{file:32} {reader.__name__:12} {cells:5} cells, {len(differing)} differ")
        for line in differing[:5]:
            print(f"    {line}")
print(f"{total} cells compared, {wrong} wrong")
sys.exit(wrong > 0)

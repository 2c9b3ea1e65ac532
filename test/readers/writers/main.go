// Workbooks and an archive of Go's writers, into the folder that is named.
package main

import (
	"archive/zip"
	"os"
	"time"

	"github.com/xuri/excelize/v2"
)

func main() {
	out := os.Args[1] + "/"
	moment := time.Date(2024, 2, 29, 12, 34, 56, 789000000, time.UTC)
	book := excelize.NewFile()
	sheet := "Data & <x>"
	must(book.SetSheetName("Sheet1", sheet))
	for at, text := range []string{"plain", "  space  ", "two\nlines", "é東京😀", "_x000D_", "<&>", "007", "\r\nend", "\x01control"} {
		must(book.SetCellValue(sheet, cell(1, at), text))
	}
	for at, number := range []any{0, -1, 0.1, 0.1 + 0.2, 1e15, int64(9007199254740993), uint64(12345678901234567890), 5e-324, float32(0.1)} {
		must(book.SetCellValue(sheet, cell(2, at), number))
	}
	for at, value := range []any{moment, 26*time.Hour + time.Minute, true, nil} {
		must(book.SetCellValue(sheet, cell(3, at), value))
	}
	must(book.SetCellRichText(sheet, "C7", []excelize.RichTextRun{{Text: "rich "}, {Text: "bold", Font: &excelize.Font{Bold: true}}}))
	must(book.SetCellValue(sheet, "XFD20", "last"))
	must(book.AddChartSheet("Chart", &excelize.Chart{Type: excelize.Col, Series: []excelize.ChartSeries{{Name: "x", Values: "'Data & <x>'!$B$1:$B$3"}}}))
	must(book.SaveAs(out + "excelize.xlsx"))

	streamed := excelize.NewFile()
	writer, err := streamed.NewStreamWriter("Sheet1")
	must(err)
	for at := 0; at < 200; at++ {
		must(writer.SetRow(cell(1, at), []any{at, "text <&>  ", excelize.Cell{Value: float64(at) / 3}, moment, at%2 == 0, nil}))
	}
	must(writer.Flush())
	must(streamed.SaveAs(out + "excelize-streamed.xlsx"))

	mac := excelize.NewFile()
	yes := true
	must(mac.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
	must(mac.SetCellValue("Sheet1", "A1", moment))
	must(mac.SaveAs(out + "excelize-1904.xlsx"))

	inner, err := os.ReadFile(out + "excelize.xlsx")
	must(err)
	file, err := os.Create(out + "go.zip")
	must(err)
	archive := zip.NewWriter(file)
	for at, name := range []string{"a/é東.xlsx", "b.xlsx", "folder/"} {
		method := []uint16{zip.Deflate, zip.Store, zip.Store}[at]
		member, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: method, Comment: "c"})
		must(err)
		if at < 2 {
			_, err = member.Write(inner)
			must(err)
		}
	}
	must(archive.Close())
	must(file.Close())
}

func cell(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row+1)
	must(err)
	return name
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

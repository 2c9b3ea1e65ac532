import java.io.*;
import java.math.BigDecimal;
import java.nio.file.*;
import java.time.*;
import java.util.zip.*;
import org.apache.commons.compress.archivers.zip.*;
import org.apache.poi.ss.usermodel.*;
import org.apache.poi.ss.util.CellRangeAddress;
import org.apache.poi.xssf.streaming.SXSSFWorkbook;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;

/** Workbooks and archives of Java's writers, into the folder that is named. */
public class Writers {
  static final String[] FORMATS = {"yyyy-mm-dd", "m/d/yy h:mm", "h:mm:ss", "[h]:mm:ss", "0.00%", "#,##0.00 [$€-407]",
      "[Red]-0;@", "mmm-yy", "yyyy\\-mm\\-dd\\Thh:mm:ss.000", "d. mmmm yyyy"};
  static final String[] TEXTS = {"plain", "  space  ", "two\nlines", "a\tb", "é東京😀", "_x000D_", "_x0041_", "<&>\"'", "=SUM(A1)",
      "007", "1e5", "TRUE", "", "\r\nend", "x".repeat(32767), "\u0001control", "]]>"};
  static final double[] NUMBERS = {0, -0.0, -1, 0.1, 0.1 + 0.2, 1e15, 9007199254740991d, 9007199254740993d, 1e21,
      1.7976931348623157e308, 5e-324, -12.5, 1.0 / 3, 1e-7};
  static final double[] MOMENTS = {0.5, 61, 44927, 44927.75, 44927.999999, 1.5, 44927.123456};

  static void fill(Workbook book, boolean evaluate) {
    CreationHelper make = book.getCreationHelper();
    CellStyle[] styles = new CellStyle[FORMATS.length];
    for (int at = 0; at < FORMATS.length; at++) {
      styles[at] = book.createCellStyle();
      styles[at].setDataFormat(make.createDataFormat().getFormat(FORMATS[at]));
    }
    Sheet sheet = book.createSheet("Data & <more> 'x' y");
    int last = 0;
    for (String text : TEXTS) sheet.createRow(last++).createCell(0).setCellValue(text);
    for (double number : NUMBERS) {
      Row row = sheet.createRow(last++);
      row.createCell(0).setCellValue(number);
      put(row, 1, number, styles[4]);
      put(row, 2, number, styles[5]);
    }
    for (double moment : MOMENTS) {
      Row row = sheet.createRow(last++);
      for (int at = 0; at < FORMATS.length; at++) put(row, at, moment, styles[at]);
    }
    Row row = sheet.createRow(last++);
    row.createCell(0).setCellValue(true);
    row.createCell(1).setCellErrorValue(FormulaError.DIV0.getCode());
    row.createCell(2).setBlank();
    row = sheet.createRow(last++);
    row.createCell(0).setCellFormula("1+1");
    row.createCell(1).setCellFormula("\"a\"&\"b\"");
    row.createCell(2).setCellFormula("1=1");
    row.createCell(3).setCellFormula("1/0");
    if (evaluate) make.createFormulaEvaluator().evaluateAll();
    row = sheet.createRow(last + 5);
    row.createCell(300).setCellValue("wide");
    row.createCell(16383).setCellValue("last");
    sheet.createRow(last + 6).createCell(0).setCellValue("merged");
    sheet.addMergedRegion(new CellRangeAddress(last + 6, last + 7, 0, 2));
    book.createSheet("Hidden").createRow(0).createCell(0).setCellValue("hidden");
    book.setSheetHidden(1, true);
    book.createSheet("Empty");
  }

  static void put(Row row, int column, double number, CellStyle style) {
    Cell cell = row.createCell(column);
    cell.setCellValue(number);
    cell.setCellStyle(style);
  }

  static void save(Workbook book, String path, boolean evaluate) throws IOException {
    fill(book, evaluate);
    try (OutputStream file = new FileOutputStream(path)) {
      book.write(file);
    }
    book.close();
  }

  /** Hides from a writer that a file can be sought. */
  static class Pipe extends FilterOutputStream {
    Pipe(OutputStream file) {
      super(file);
    }
  }

  public static void main(String[] words) throws Exception {
    String out = words[0] + "/";
    save(new XSSFWorkbook(), out + "poi-xssf.xlsx", true);
    save(new XSSFWorkbook(), out + "poi-xssf-without-values.xlsx", false);
    XSSFWorkbook mac = new XSSFWorkbook();
    mac.getCTWorkbook().getWorkbookPr().setDate1904(true);
    save(mac, out + "poi-xssf-1904.xlsx", true);
    save(new SXSSFWorkbook(null, 10, true, true), out + "poi-sxssf-shared.xlsx", false);
    save(new SXSSFWorkbook(null, 10, true, false), out + "poi-sxssf-inline.xlsx", false);

    try (OutputStream file = new FileOutputStream(out + "fastexcel.xlsx")) {
      org.dhatim.fastexcel.Workbook book = new org.dhatim.fastexcel.Workbook(file, "writers", "1.0");
      org.dhatim.fastexcel.Worksheet sheet = book.newWorksheet("S & T");
      sheet.value(0, 0, "  a\n ");
      sheet.value(1, 0, new BigDecimal("12345678901234567890.5"));
      sheet.value(1, 1, LocalDate.of(2024, 3, 17));
      sheet.style(1, 1).format("yyyy-MM-dd").set();
      sheet.value(1, 2, LocalDateTime.of(2024, 3, 17, 1, 2, 3));
      sheet.style(1, 2).format("yyyy-MM-dd H:mm:ss").set();
      sheet.value(2, 0, true);
      sheet.inlineString(3, 0, "in place <&>");
      book.finish();
    }

    byte[] inner = Files.readAllBytes(Path.of(out + "poi-sxssf-inline.xlsx"));
    String[] members = {"a/é東.xlsx", "b.xlsx"};
    try (ZipOutputStream archive = new ZipOutputStream(new FileOutputStream(out + "java.zip"))) {
      for (String member : members) {
        archive.putNextEntry(new ZipEntry(member));
        archive.write(inner);
        archive.closeEntry();
      }
    }
    for (Zip64Mode mode : Zip64Mode.values()) {
      for (String how : new String[] {"plain", "streamed", "cp437"}) {
        String path = out + "commons-compress-" + how + "-" + mode + ".zip";
        try (ZipArchiveOutputStream archive = how.equals("plain") ? new ZipArchiveOutputStream(new File(path))
            : new ZipArchiveOutputStream(new Pipe(new FileOutputStream(path)))) {
          archive.setUseZip64(mode);
          if (how.equals("cp437")) {
            archive.setEncoding("Cp437");
            archive.setCreateUnicodeExtraFields(ZipArchiveOutputStream.UnicodeExtraFieldPolicy.ALWAYS);
          }
          for (String member : members) {
            ZipArchiveEntry entry = new ZipArchiveEntry(member);
            if (how.equals("plain")) entry.setSize(inner.length);
            archive.putArchiveEntry(entry);
            archive.write(inner);
            archive.closeArchiveEntry();
          }
        }
      }
    }
  }
}

module writers

go 1.21

require github.com/xuri/excelize/v2 v2.8.1

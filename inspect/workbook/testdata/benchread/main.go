// Command benchread reads workbooks over and over, for bench-read.sh: as the toolkit reads a
// return, or in a bare loop over the cells. It prints the cells (or, of returns, the reports) it
// found and the milliseconds it took.
//
// Usage: benchread return|cells FILE…
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect/checklist"
	"zhicha/inspect/workbook"
)

func main() {
	if os.Getenv("GOGC") == "" { // as the command does
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(260 << 20)
	}
	read := map[string]func(string) (int, error){"return": reports, "cells": cells}[os.Args[1]]
	files := os.Args[2:]
	var n, next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(len(files)); i = next.Add(1) {
				found, err := read(files[i-1])
				if err != nil {
					fmt.Fprintln(os.Stderr, files[i-1], err)
					os.Exit(1)
				}
				n.Add(int64(found))
			}
		})
	}
	wg.Wait()
	fmt.Println(n.Load(), time.Since(start).Milliseconds())
}

// reports reads a file as the intake does.
func reports(file string) (int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	ret, err := workbook.ReadReturn(file, data, checklist.Default(), nil)
	if err != nil {
		return 0, err
	}
	return len(ret.Reports), nil
}

// cells counts what is not empty, with excelize alone.
func cells(file string) (n int, err error) {
	f, err := excelize.OpenFile(file, excelize.Options{RawCellValue: true})
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		rows, err := f.Rows(sheet)
		if err != nil {
			return 0, err
		}
		for rows.Next() {
			row, err := rows.Columns()
			if err != nil {
				return 0, err
			}
			for _, c := range row {
				if c != "" {
					n++
				}
			}
		}
		if err := rows.Close(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

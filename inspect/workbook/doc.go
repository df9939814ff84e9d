// Package workbook turns packets, returns, rosters and tables into xlsx files and back. It is the
// only package that knows excelize.
//
// It serves the office, which writes packets and reads returns, inspectors, who fill them in WPS,
// Excel or LibreOffice, and whoever downloads the published tables. It must never judge: it says
// what a cell holds and which cell cannot be read; whether an answer is right is decided in intake.
// It infers nothing from a file's name or from sheet protection, never runs a macro or a formula,
// and never lets a malformed file end the programme.
//
// A workbook closed with a code is an OLE compound file ([MS-CFB], compound.go) around the package that
// agile encryption made of it ([MS-OFFCRYPTO] 2.1 and 2.3.4.10–2.3.4.15, agile.go and encrypt.go). Other
// programmes' standard encryption (2.3.4.5–2.3.4.9, standard.go) is read too. What proves where a return
// comes from is carried by the sheet meta (inspect/form/FORMAT.md); intake judges it.
package workbook

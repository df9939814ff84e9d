// Package frame builds, checks, canonicalises and digests a sampling frame 抽样框: every unit
// that could be drawn. It holds the national frame as well, made from the five-level division
// table of 2023-06-30 and the 2020 census by the generator in gen.
//
// It serves the draw, which needs the same bytes everywhere, the office, which needs to hear all
// that is wrong with its table in one go, and strangers, who recompute the digests.
//
// It takes rows and bytes and never sees a workbook, a path or a clock. It must never guess: a
// row is kept exactly, or rejected with its line, its field and the way out.
//
// # Canonical form
//
// A frame is three tables, one per stage: counties (CO), townships (TS), units (VC, then WI). Each
// is UTF-8 without BOM, LF, one header line, rows sorted by kind and then id in byte order, nine
// columns (see Columns), nothing quoted: names hold no comma, quotation mark or control
// character. An absent size or risk is empty. A table's digest is the SHA-256 of those bytes; the
// frame's digest is the SHA-256 of the three 32-byte table digests, counties, townships, units, one
// after another. So the county stage can be checked without the other two tables.
package frame

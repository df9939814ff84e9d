#!/usr/bin/env bash
# Times the reading of filled packets, 1,000 unless told otherwise, against openpyxl in read-only
# mode and against a bare excelize loop, in turn, and prints the ratios of the medians. The
# packets are those the demonstration's teams hand in, taken as often as needed. Run it from the
# module's root with openpyxl installed; it takes some minutes.
# Usage: inspect/workbook/testdata/bench-read.sh [RUNS] [FILES]
set -euo pipefail
runs=${1:-5} files=${2:-1000}
here=inspect/workbook/testdata/benchread
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/benchread" "./$here"

echo "preparing the packets"
go run ./cmd/zhicha demo --dir "$work/demo" --no-serve --quiet >/dev/null
sound=()
for f in "$work"/demo/returns/*/P-*.xlsx; do # a few are spoilt on purpose
  if "$work/benchread" return "$f" >/dev/null 2>&1; then sound+=("$f"); fi
done
list=()
for ((i = 0; i < files; i++)); do list+=("${sound[i % ${#sound[@]}]}"); done

median() { sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
note() { # NAME COMMAND…: notes the milliseconds a reader took, and what it found
  local name=$1 found ms
  read -r found ms < <("${@:2}" "${list[@]}")
  echo "$ms" >>"$work/$name"
  echo "$found" >"$work/$name.found"
}
for _ in $(seq "$runs"); do
  note return-1 env GOMAXPROCS=1 taskset -c 0 "$work/benchread" return
  note cells-1 env GOMAXPROCS=1 taskset -c 0 "$work/benchread" cells
  note openpyxl taskset -c 0 /usr/bin/python3 "$here/read.py"
  note return-all "$work/benchread" return
  note cells-all "$work/benchread" cells
done
a=$(<"$work/cells-1.found") b=$(<"$work/openpyxl.found")
[ "$a" = "$b" ] || { echo "excelize found $a cells, openpyxl $b" >&2; exit 1; }
[ "$(<"$work/return-1.found")" = "$(<"$work/return-all.found")" ]
echo "$files files (${#sound[@]} different), $a cells, $(<"$work/return-1.found") reports"
m() { median <"$work/$1"; }
for name in return-1 return-all cells-1 cells-all openpyxl; do echo "$name: median $(m $name) ms"; done
ratio() { echo "$3: $(awk "BEGIN {printf \"%.2f\", $(m "$1")/$(m "$2")}")"; }
ratio openpyxl return-1 "openpyxl / return, one core each (at least 2)"
ratio openpyxl return-all "openpyxl / return on all cores (at least 3)"
ratio return-1 cells-1 "return / bare excelize, one core each (at most 1.3)"
ratio return-all cells-all "return / bare excelize, all cores (at most 1.3)"

#!/usr/bin/env bash
# Times `zhicha plan draw` on the frozen national frame, as a whole process, against
# `gzip -dc frame.csv.gz | sha256sum` on the same file, in turn, and prints the ratio of the
# medians and the peak memory of the draw; then `zhicha packet make` of all its workbooks. Run it from the module's root; it takes some minutes.
# Usage: inspect/ceremony/testdata/bench-draw.sh [RUNS]
set -euo pipefail
runs=${1:-7}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/zhicha" ./cmd/zhicha
z() { "$work/zhicha" --dir "$work/c" --quiet "$@" >/dev/null; }

echo "preparing a campaign up to its draw"
"$work/zhicha" demo --dir "$work/demo" --no-serve --quiet >/dev/null
"$work/zhicha" init --demo "$work/c" >/dev/null
cp "$work/demo/config.yaml" "$work/c/config.yaml"
cp "$work"/demo/secrets/*-[0-9].key "$work/c/secrets/"
z --now 2023-01-03T09:00:00+08:00 frame import --national "$work/demo/institutions-demo.csv" --as draw-1
z --now 2023-01-03T09:00:00+08:00 frame freeze --as draw-1
z roster import "$work/demo/roster.xlsx" --as draw-1
for party in office discipline evaluator; do
  z plan party new $party
  z plan party add --as draw-1 "$work/c/secrets/wave-1-$party.party.json"
done
z --now 2023-01-03T09:00:00+08:00 plan commit --as draw-1
for party in office discipline evaluator; do
  "$work/zhicha" plan party sign --record "$work/c/ceremony/commit-1.json" --secret "$work/c/secrets/wave-1-$party.secret" --out "$work/c/secrets" >/dev/null
  "$work/zhicha" plan party share --record "$work/c/ceremony/commit-1.json" --secret "$work/c/secrets/wave-1-$party.secret" --out "$work/c/secrets" >/dev/null
  z --now 2023-01-03T09:00:00+08:00 plan party add --as draw-1 "$work/c/secrets/wave-1-$party.signature" "$work"/c/secrets/deposit-1-$party.*.age
done
for witness in witness-1 witness-2; do
  z --now 2023-01-05T21:40:00+08:00 plan beacon ssq/2023003/01-05-11-18-22-30/07 --as $witness
done

ms() { echo $(( ${EPOCHREALTIME/./} / 1000 )); }
median() { sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
: >"$work/draw"; : >"$work/peer"; peak=0
for _ in $(seq "$runs"); do # a draw is made once, so every run gets a copy
  rm -rf "$work/run" && cp -r "$work/c" "$work/run"
  t=$(ms)
  "$work/zhicha" --dir "$work/run" --quiet --now 2023-01-05T21:45:00+08:00 plan draw --as draw-1 >/dev/null
  echo $(( $(ms) - t )) >>"$work/draw"
  t=$(ms)
  gzip -dc "$work/c/frame.csv.gz" | sha256sum >/dev/null
  echo $(( $(ms) - t )) >>"$work/peer"
done
rm -rf "$work/run" && cp -r "$work/c" "$work/run"
peak=$(python3 - "$work" <<'P'
import resource, subprocess, sys
w = sys.argv[1]
subprocess.run([w + "/zhicha", "--dir", w + "/run", "--quiet", "--now", "2023-01-05T21:45:00+08:00", "plan", "draw", "--as", "draw-1"], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
P
)
a=$(median <"$work/draw"); b=$(median <"$work/peer")
echo "plan draw: median ${a} ms, peak ${peak} MB; gzip -dc | sha256sum: median ${b} ms; ratio $(awk "BEGIN {printf \"%.2f\", $a/$b}")"

: >"$work/make"
for _ in 1 2 3; do # the workbooks of every packet, one for each rung
  rm -rf "$work/made" && cp -r "$work/run" "$work/made"
  t=$(ms)
  "$work/zhicha" --dir "$work/made" --quiet --now 2023-01-05T22:10:00+08:00 packet make --format workbook --as draw-1 \
    --key "$work/c/secrets/custody-1.key" --key "$work/c/secrets/custody-2.key" >/dev/null
  echo $(( $(ms) - t )) >>"$work/make"
done
echo "packet make: median $(median <"$work/make") ms for $(ls "$work/made/packets" | wc -l) files"

package form

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/seal"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

// vectors are examples of every format, good and bad, for this package, the page's script and
// whoever writes another implementation.
type vectors struct {
	Codes   []codeVector   `json:"codes"`
	Layers  []layerVector  `json:"layers"`
	Keys    []keyVector    `json:"returnKeys"`
	Returns []returnVector `json:"returns"`
}

type codeVector struct {
	Typed  string `json:"typed"`
	Digits string `json:"digits,omitempty"`
	Wrong  string `json:"wrong,omitempty"` // the rule's last word
	Script string `json:"script,omitempty"`
}

type layerVector struct {
	Name   string `json:"name"`
	Code   string `json:"code"`
	Packet int    `json:"packet"`
	Rung   string `json:"rung"`
	Layer  []byte `json:"layer"`
	Text   string `json:"text,omitempty"`   // the JSON, padding included
	Inside []byte `json:"inside,omitempty"` // what follows it
	Opens  bool   `json:"opens"`
}

type keyVector struct {
	Master   string `json:"master"`
	Campaign string `json:"campaign"`
	Wave     int    `json:"wave"`
	Packet   int    `json:"packet"`
	Key      string `json:"key"`
	ID       string `json:"id"`
}

type returnVector struct {
	Name   string          `json:"name"`
	File   []byte          `json:"file"`
	Error  string          `json:"error,omitempty"`  // nothing can be read
	Script string          `json:"script,omitempty"` // what the page's script says
	Wrong  []string        `json:"wrong,omitempty"`  // read, and these are named: field=rule
	Says   json.RawMessage `json:"says,omitempty"`   // the content of the good one
}

// returnFile encrypts a content as the form does.
func returnFile(t testing.TB, campaign string, wave, packet int, key [32]byte, content any, photos ...[]byte) []byte {
	t.Helper()
	text, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	return sealedReturn(t, header{Schema, campaign, wave, packet, seal.KeyID(key)}, key, plainOf(text, photos...))
}

func plainOf(text []byte, photos ...[]byte) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...), bytes.Join(photos, nil)...)
}

func sealedReturn(t testing.TB, h header, key [32]byte, plain []byte) []byte {
	t.Helper()
	head, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	head = append(head, '\n')
	box, err := seal.SealWith(stream(5), key, head, plain)
	if err != nil {
		t.Fatal(err)
	}
	return append(head, box...)
}

// sample is the content of a return with one closed visit, a hazard with its photo and a mandatory report.
func sample() map[string]any {
	at := "2023-01-08T09:40:00+08:00"
	return map[string]any{
		"form": Form, "checklist": checklist.Default().Digest(), "made": "2023-01-08T18:00:00+08:00", "agent": "test",
		"opened":    []any{map[string]any{"rung": "province", "at": at}},
		"registers": []any{map[string]any{"village": "629999100001", "count": 41, "at": at}},
		"reports": []any{map[string]any{"visit": "1-007-01", "inspectors": []string{"T03-1", "T03-2"}, "arrived": at, "left": "2023-01-08T10:15:00+08:00",
			"present": []string{"child"}, "escort": "", "register": 41, "household": 26, "substitution": "nobody_home",
			"answers":      []any{map[string]any{"item": "A1-01", "value": "yes", "method": "INT-C", "reason": "", "note": "“联系卡”\n<b>"}},
			"observations": []any{map[string]any{"item": "", "kind": "hazard", "severity": "S4", "fact": "炉火未熄", "fixed": true}},
			"revision":     1, "correction": ""}},
		"passed": []any{map[string]any{"visit": "1-007-01", "line": 31, "reason": "nobody_home", "at": at}},
		"alarms": []any{map[string]any{"visit": "1-007-01", "observation": 0, "to": []string{"police"}, "at": at, "receipt": "15"}},
		"photos": []any{map[string]any{"visit": "1-007-01", "observation": 0, "sha256": inspect.DigestOf(jpeg), "type": "image/jpeg", "at": at, "size": len(jpeg)}},
		"drafts": []any{},
	}
}

// changed is the sample with one part of it changed.
func changed(change func(c map[string]any)) map[string]any {
	var c map[string]any
	b, _ := json.Marshal(sample())
	_ = json.Unmarshal(b, &c)
	change(c)
	return c
}

func first(c map[string]any, part string) map[string]any { return c[part].([]any)[0].(map[string]any) }

// makeVectors builds all vectors; bad ones have exactly one fault each.
func makeVectors(t testing.TB) vectors {
	t.Helper()
	s := secrets(t, leg())
	code := string(s.Village)
	v := vectors{Codes: []codeVector{
		{Typed: code, Digits: code}, {Typed: s.Village.String(), Digits: code}, {Typed: "　" + strings.ReplaceAll(s.Village.String(), " ", "-") + "\n", Digits: code},
		{Typed: strings.Map(func(r rune) rune { return r - '0' + '０' }, code), Digits: code},
		{Typed: inWords(code, "洞幺两三四五六拐八勾", "，"), Digits: code}, {Typed: inWords(code, "〇一二三四五六七八九", "、"), Digits: code},
		{Typed: inWords(code, "零么2３四5六7八9", "\u2003。"), Digits: code}, {Typed: inWords(code, "○12345678９", "−"), Digits: code},
		{Typed: inWords(code[:21]+string('0'+(code[21]-'0'+1)%10), "洞幺两三四五六拐八勾", " "), Wrong: "check", Script: "check"},
		{Typed: "十" + code[1:], Wrong: "character", Script: "character"}, {Typed: "①" + code[1:], Wrong: "character", Script: "character"},
		{Typed: code[:21], Wrong: "length", Script: "short"}, {Typed: code + "0", Wrong: "length", Script: "long"},
		{Typed: code[:21] + "O", Wrong: "character", Script: "character"}, {Typed: code[:21] + string('0'+(code[21]-'0'+1)%10), Wrong: "check", Script: "check"},
	}}
	text := `{"county":"演示县"}  `
	inside := []byte{1, 2, 3}
	plain := append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
	layer, err := seal.SealLayer(stream(4), s.County, seal.LayerAAD(7, County), append(plain, inside...))
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.Clone(layer)
	altered[40] ^= 1
	v.Layers = []layerVector{
		{Name: "good", Code: string(s.County), Packet: 7, Rung: County, Layer: layer, Text: text, Inside: inside, Opens: true},
		{Name: "another code", Code: code, Packet: 7, Rung: County, Layer: layer}, {Name: "another packet", Code: string(s.County), Packet: 8, Rung: County, Layer: layer},
		{Name: "another rung", Code: string(s.County), Packet: 7, Rung: Village, Layer: layer}, {Name: "altered", Code: string(s.County), Packet: 7, Rung: County, Layer: altered},
	}
	v.Keys = []keyVector{{Master: hex.EncodeToString(master[:]), Campaign: "winter-2023", Wave: 1, Packet: 7, Key: hex.EncodeToString(s.Return[:]), ID: seal.KeyID(s.Return)}}
	v.Returns = makeReturns(t, s.Return)
	return v
}

// inWords writes a code as an ear hears it, ten being the words for 0 to 9.
func inWords(code, ten, between string) string {
	words := []rune(ten)
	var b strings.Builder
	for i, d := range code {
		if i > 0 && i%4 == 0 {
			b.WriteString(between)
		}
		b.WriteRune(words[d-'0'])
	}
	return b.String()
}

func makeReturns(t testing.TB, key [32]byte) []returnVector {
	t.Helper()
	file := func(c any) []byte { return returnFile(t, "winter-2023", 1, 7, key, c, jpeg) }
	good := file(sample())
	says, err := json.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	flip := func(i int) []byte { b := bytes.Clone(good); b[i] ^= 1; return b }
	other := [32]byte{9}
	withPhoto := func(name string, data []byte, size int, wrong string) returnVector {
		c := changed(func(c map[string]any) {
			p := first(c, "photos")
			p["size"], p["sha256"] = size, inspect.DigestOf(data)
		})
		return returnVector{Name: name, File: returnFile(t, "winter-2023", 1, 7, key, c, data), Wrong: []string{wrong}}
	}
	content := func(name string, change func(map[string]any), wrong string) returnVector {
		return returnVector{Name: name, File: file(changed(change)), Wrong: []string{wrong}}
	}
	return []returnVector{
		{Name: "good", File: good, Says: says},
		{Name: "empty", File: []byte{}, Error: "not-a-return", Script: "not-return"},
		{Name: "another file", File: []byte("PK\x03\x04 workbook\n"), Error: "not-a-return", Script: "not-return"},
		{Name: "newer schema", File: sealedReturn(t, header{"zhicha-return/2", "winter-2023", 1, 7, seal.KeyID(key)}, key, plainOf(says, jpeg)), Error: "schema", Script: "not-return"},
		{Name: "other campaign", File: returnFile(t, "autumn-2022", 1, 7, other, sample()), Error: "foreign", Script: "foreign"},
		{Name: "other wave", File: returnFile(t, "winter-2023", 2, 7, other, sample()), Error: "foreign", Script: "foreign"},
		{Name: "other packet", File: returnFile(t, "winter-2023", 1, 8, other, sample()), Error: "foreign", Script: "foreign"},
		{Name: "other key", File: returnFile(t, "winter-2023", 1, 7, other, sample()), Error: "other-key", Script: "other-key"},
		{Name: "altered ciphertext", File: flip(len(good) - 200), Error: "altered", Script: "altered"},
		{Name: "altered tag", File: flip(len(good) - 1), Error: "altered", Script: "altered"},
		{Name: "altered header", File: bytes.Replace(good, []byte(`,"wave"`), []byte(`, "wave"`), 1), Error: "altered", Script: "altered"},
		{Name: "cut off", File: good[:len(good)-10], Error: "altered", Script: "altered"},
		{Name: "unknown field", File: file(changed(func(c map[string]any) { c["oral"] = 1 })), Error: "content"},
		{Name: "not json", File: sealedReturn(t, header{Schema, "winter-2023", 1, 7, seal.KeyID(key)}, key, plainOf([]byte("{"))), Error: "content"},
		{Name: "content cut off", File: sealedReturn(t, header{Schema, "winter-2023", 1, 7, seal.KeyID(key)}, key, []byte{0, 0, 0, 9, '{', '}'}), Error: "content"},
		{Name: "nothing closed", File: file(changed(func(c map[string]any) { c["reports"], c["alarms"] = []any{}, []any{} })), Wrong: []string{"=nothing-closed"}},
		content("report malformed", func(c map[string]any) {
			c["alarms"] = []any{}
			first(c, "reports")["arrived"] = "8 January"
		}, "reports[0]=report"),
		content("report without a visit", func(c map[string]any) {
			c["alarms"] = []any{}
			first(c, "reports")["visit"] = ""
		}, "reports[0]=report-visit"),
		content("report twice", func(c map[string]any) { c["reports"] = append(c["reports"].([]any), first(c, "reports")) }, "reports[1]=report-twice"),
		content("long text", func(c map[string]any) {
			c["alarms"] = []any{}
			first(first(c, "reports"), "observations")["fact"] = strings.Repeat("长", maxText+1)
		}, "reports[0].observations[0]=text-long"),
		content("alarm nowhere", func(c map[string]any) { first(c, "alarms")["observation"] = 1 }, "alarms[0]=alarm-nowhere"),
		content("alarm without a receiver", func(c map[string]any) { first(c, "alarms")["to"] = []string{} }, "alarms[0]=alarm-blank"),
		content("alarm to nobody known", func(c map[string]any) { first(c, "alarms")["to"] = []string{"neighbour"} }, "alarms[0]=alarm-blank"),
		content("photo of another digest", func(c map[string]any) { first(c, "photos")["sha256"] = strings.Repeat("0", 64) }, "photos[0]=photo-digest"),
		withPhoto("photo empty", nil, 0, "photos[0]=photo-size"),
		withPhoto("photo cut off", jpeg, len(jpeg)+1, "photos[0]=photo-cut"),
		withPhoto("photo of negative size", jpeg, -1, "photos[0]=photo-cut"),
		withPhoto("photo not an image", []byte("%PDF-1.7"), 8, "photos[0]=photo-not"),
		{Name: "something behind the photos", File: returnFile(t, "winter-2023", 1, 7, key, sample(), jpeg, []byte("x")), Wrong: []string{"photos=photo-rest"}},
	}
}

const vectorFile = "testdata/vectors.json"

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	b, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectorsAreCurrent(t *testing.T) {
	b, err := json.MarshalIndent(makeVectors(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, '\n')
	if *update {
		if err := os.WriteFile(filepath.FromSlash(vectorFile), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if was, err := os.ReadFile(vectorFile); err != nil || !bytes.Equal(was, b) {
		t.Errorf("%s differs from what the formats give now (%v): a change of format needs a new schema", vectorFile, err)
	}
}

func TestVectors(t *testing.T) {
	v := readVectors(t)
	for _, c := range v.Codes {
		code, err := seal.ParseCode(c.Typed)
		if string(code) != c.Digits || (c.Wrong == "") != (err == nil) || err != nil && inspect.ProblemsOf(err)[0].Rule != "seal.code-"+c.Wrong {
			t.Errorf("code %q: %q, %v", c.Typed, code, err)
		}
	}
	for _, l := range v.Layers {
		plain, err := seal.OpenLayer(seal.Code(l.Code), seal.LayerAAD(l.Packet, l.Rung), l.Layer)
		if (err == nil) != l.Opens {
			t.Errorf("layer %s: %v", l.Name, err)
		}
		if want := append(append([]byte{0, 0, 0, byte(len(l.Text))}, l.Text...), l.Inside...); err == nil && !bytes.Equal(plain, want) {
			t.Errorf("layer %s: %q", l.Name, plain)
		}
	}
	for _, k := range v.Keys {
		m, _ := hex.DecodeString(k.Master)
		key, err := seal.ReturnKey([32]byte(m), k.Campaign, k.Wave, k.Packet)
		if hex.EncodeToString(key[:]) != k.Key || seal.KeyID(key) != k.ID || err != nil {
			t.Errorf("return key %x, %v", key, err)
		}
	}
	for _, r := range v.Returns {
		t.Run(r.Name, func(t *testing.T) { checkReturn(t, r) })
	}
}

func checkReturn(t testing.TB, r returnVector) {
	ret, enc, err := ReadReturn(r.Name, r.File, ours)
	if r.Error != "" {
		if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "form."+r.Error || ps[0].File != r.Name {
			t.Errorf("%v, want form.%s", err, r.Error)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range ret.Problems {
		got = append(got, p.Field+"="+strings.TrimPrefix(p.Rule, "form."))
	}
	if fmt.Sprint(got) != fmt.Sprint(r.Wrong) {
		t.Errorf("named %q, want %q", got, r.Wrong)
	}
	if ret.Campaign != "winter-2023" || ret.Wave != 1 || ret.Packet != 7 || ret.Digest != inspect.DigestOf(r.File) {
		t.Errorf("return %+v", ret)
	}
	if r.Says == nil {
		return
	}
	rep := ret.Reports[0]
	if !rep.Arrived.Equal(beijing("2023-01-08T09:40")) || rep.Answers[0].Note != "“联系卡”\n<b>" || rep.Sheet != "1-007-01" || !rep.Observations[0].Fixed || rep.Household != 26 {
		t.Errorf("report %+v", rep)
	}
	if len(enc.Photos) != 1 || len(enc.Alarms) != 1 || len(enc.Passed) != 1 || enc.Registers[0].Count != 41 || enc.Opened[0].Rung != Province || enc.Made.IsZero() {
		t.Errorf("enclosed %+v", enc)
	}
}

func TestTooLargeIsRefusedUnread(t *testing.T) {
	_, _, err := ReadReturn("big", make([]byte, maxFile+1), func(string, int, int) ([32]byte, bool) {
		t.Error("a key was asked for")
		return [32]byte{}, false
	})
	if ps := inspect.ProblemsOf(err); len(ps) != 1 || ps[0].Rule != "form.too-large" {
		t.Errorf("%v", err)
	}
}

// FuzzReadReturn feeds both the container and, encrypted rightly, the content.
func FuzzReadReturn(f *testing.F) {
	for _, r := range readVectors(f).Returns {
		f.Add(r.File, false)
	}
	good, _ := json.Marshal(sample())
	f.Add(plainOf(good, jpeg), true)
	key, _ := ours("winter-2023", 1, 7)
	f.Fuzz(func(t *testing.T, data []byte, inside bool) {
		if inside {
			data = sealedReturn(t, header{Schema, "winter-2023", 1, 7, seal.KeyID(key)}, key, data)
		}
		ret, enc, err := ReadReturn("f", data, ours)
		if err != nil {
			if len(inspect.ProblemsOf(err)) != 1 {
				t.Fatalf("not a problem: %v", err)
			}
			return
		}
		for _, p := range enc.Photos {
			if inspect.DigestOf(p.Data) != p.SHA256 {
				t.Fatal("a photo of another digest was let through")
			}
		}
		for _, a := range enc.Alarms {
			if a.At.Before(time.Time{}) || len(a.To) == 0 {
				t.Fatal("a blank alarm was let through")
			}
		}
		seen := map[string]bool{}
		for _, r := range ret.Reports {
			if r.Visit == "" || seen[r.Visit] {
				t.Fatalf("visit %q", r.Visit)
			}
			seen[r.Visit] = true
		}
	})
}

// BenchmarkReadReturn reads a file as heavy as the form lets it become: 45 MB of photos.
func BenchmarkReadReturn(b *testing.B) {
	photo := append(bytes.Clone(jpeg), make([]byte, 11_250_000-len(jpeg))...)
	c := changed(func(c map[string]any) {
		var list []any
		for range 4 {
			p := map[string]any{}
			for k, v := range first(c, "photos") {
				p[k] = v
			}
			p["size"], p["sha256"] = len(photo), inspect.DigestOf(photo)
			list = append(list, p)
		}
		c["photos"] = list
	})
	key, _ := ours("winter-2023", 1, 7)
	file := returnFile(b, "winter-2023", 1, 7, key, c, photo, photo, photo, photo)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, enc, err := ReadReturn("b", file, ours); err != nil || len(enc.Photos) != 4 {
			b.Fatal(err)
		}
	}
}

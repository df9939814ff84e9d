package returns_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/returns"
)

// photo is what the form says of its first photo.
func photo(f *rehearsal.FormReturn) map[string]any {
	return f.Content["photos"].([]any)[0].(map[string]any)
}

// change changes the report.
func change(f *rehearsal.FormReturn, change func(r *inspect.Report)) {
	r := f.Content["reports"].([]any)[0].(inspect.Report)
	change(&r)
	f.Content["reports"] = []any{r}
}

// heic is the beginning of an image as telephones write it now, so many pixels to a side.
func heic(side uint32) []byte {
	box := func(kind string, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		return slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), []byte(kind), body)
	}
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(make([]byte, 4), side), side)
	return slices.Concat(box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), box("meta", make([]byte, 4), box("iprp", box("ipco", box("ispe", size)))), box("mdat", []byte("演示")))
}

// wide is a PNG file whose header claims so many pixels to a side; nothing stands behind it.
func wide(side uint32) []byte {
	head := slices.Concat([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side), []byte{8, 0, 0, 0, 0})
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head, binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(head)))
}

// What can be wrong with a form's file: the whole of it, its clock, its evidence. A visit is kept
// whatever is wrong with its photos; a photo that is kept is on disk as it was taken.
func TestBadForms(t *testing.T) {
	plan := rehearsal.FieldPlan(8)
	sound := rehearsal.Picture(t, 1)
	for name, c := range map[string]struct {
		photos [][]byte
		change func(f *rehearsal.FormReturn)
		bytes  func(b []byte) []byte
		says   []string
		visits string
		kept   int // photos
		grade  inspect.Grade
	}{
		"sound":              {photos: [][]byte{sound}, visits: "accepted=1", kept: 1, grade: inspect.GradeA},
		"30 another key":     {change: func(f *rehearsal.FormReturn) { f.Key = &[32]byte{9} }, says: []string{"form.other-key"}},
		"30 altered":         {bytes: func(b []byte) []byte { b[len(b)-9] ^= 1; return b }, says: []string{"form.altered"}},
		"30 cut off":         {bytes: func(b []byte) []byte { return b[:len(b)-9] }, says: []string{"form.altered"}},
		"26 another packet":  {bytes: func(b []byte) []byte { return bytes.Replace(b, []byte(`"packet":7`), []byte(`"packet":8`), 1) }, says: []string{"form.other-key"}},
		"26 a foreign wave":  {bytes: func(b []byte) []byte { return bytes.Replace(b, []byte(`"wave":1`), []byte(`"wave":2`), 1) }, says: []string{"form.foreign"}},
		"13 text in GBK":     {change: func(f *rehearsal.FormReturn) { f.Content["agent"] = rawGBK("\xbb\xd8\xb4\xab") }, says: []string{"form.content"}},
		"32 the clock ahead": {change: func(f *rehearsal.FormReturn) { f.Content["made"] = rehearsal.Start.AddDate(0, 2, 0) }, says: []string{"intake.clock-ahead"}, visits: "accepted=1", grade: inspect.GradeA},
		"32 the clock moved": {change: func(f *rehearsal.FormReturn) { f.Content["made"] = plan.Legs[6].Start.Time() }, says: []string{"intake.clock-moved"}, visits: "accepted=1", grade: inspect.GradeA},
		"36 an oral report":  {change: func(f *rehearsal.FormReturn) { change(f, func(r *inspect.Report) { r.Answers[0].Method = "ORAL" }) }, says: []string{"checklist.oral 1-007-01 A1-01"}, visits: "refused=1"},
		"37 an official": {change: func(f *rehearsal.FormReturn) {
			change(f, func(r *inspect.Report) { r.Present = []string{"village_cadre"} })
		}, says: []string{"intake.official-present 1-007-01 present[0]"}, visits: "accepted=1", grade: inspect.GradeB},
		"40 a number": {change: func(f *rehearsal.FormReturn) {
			change(f, func(r *inspect.Report) { r.Observations[0].Fact = "监护人电话13812345678" })
		}, says: []string{"intake.personal 1-007-01 observations[0].fact"}, visits: "accepted=1", grade: inspect.GradeA},
		"41 a photo absent":      {photos: [][]byte{sound}, change: func(f *rehearsal.FormReturn) { f.Photos = nil }, says: []string{"form.photo-cut photos[0]"}, visits: "accepted=1", grade: inspect.GradeA},
		"41 a finding absent":    {photos: [][]byte{sound}, change: func(f *rehearsal.FormReturn) { photo(f)["observation"] = 3 }, says: []string{"form.photo-nowhere photos[0]"}, visits: "accepted=1", grade: inspect.GradeA},
		"42 another hash":        {photos: [][]byte{sound, rehearsal.Picture(t, 2)}, change: func(f *rehearsal.FormReturn) { f.Photos[0] = slices.Concat(sound[:60], []byte{0}, sound[61:]) }, says: []string{"form.photo-digest photos[0]"}, visits: "accepted=1", kept: 1, grade: inspect.GradeA},
		"44 HEIC":                {photos: [][]byte{heic(4032)}, visits: "accepted=1", kept: 1, grade: inspect.GradeA},
		"44 HEIC of 30,000":      {photos: [][]byte{heic(30_000)}, says: []string{"form.photo-pixels photos[0]"}, visits: "accepted=1", grade: inspect.GradeA},
		"44 PNG of 30,000":       {photos: [][]byte{wide(30_000), sound}, says: []string{"form.photo-pixels photos[0]"}, visits: "accepted=1", kept: 1, grade: inspect.GradeA},
		"44 nothing":             {photos: [][]byte{{}, sound}, says: []string{"form.photo-size photos[0]"}, visits: "accepted=1", kept: 1, grade: inspect.GradeA},
		"44 no image":            {photos: [][]byte{[]byte("<svg/>")}, says: []string{"form.photo-not photos[0]"}, visits: "accepted=1", grade: inspect.GradeA},
		"44 an archive as well":  {photos: [][]byte{slices.Concat(sound, packed(t, entry{"a", []byte("b")}))}, says: []string{"form.photo-polyglot photos[0]"}, visits: "accepted=1", grade: inspect.GradeA},
		"44 a page as well":      {photos: [][]byte{slices.Concat(sound, []byte("<script>1</script>"))}, says: []string{"form.photo-polyglot photos[0]"}, visits: "accepted=1", grade: inspect.GradeA},
		"45 taken the day after": {photos: [][]byte{sound}, change: func(f *rehearsal.FormReturn) { photo(f)["at"] = plan.Legs[6].Start.Add(1).Time() }, says: []string{"intake.photo-time 1-007-01 photos[0]"}, visits: "accepted=1", kept: 1, grade: inspect.GradeB},
		"45 taken at no time":    {photos: [][]byte{sound}, change: func(f *rehearsal.FormReturn) { photo(f)["at"] = time.Time{} }, says: []string{"intake.photo-timeless 1-007-01 photos[0]"}, visits: "accepted=1", kept: 1, grade: inspect.GradeB},
		"45 no time of arrival":  {change: func(f *rehearsal.FormReturn) { change(f, func(r *inspect.Report) { r.Arrived = time.Time{} }) }, says: []string{"intake.time-missing 1-007-01 arrived"}, visits: "accepted=1", grade: inspect.GradeB},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := rehearsal.NewFormReturn(t, plan, 7, c.photos...)
			if c.change != nil {
				c.change(f)
			}
			data := f.Sealed(t)
			if c.bytes != nil {
				data = c.bytes(data)
			}
			path := filepath.Join(t.TempDir(), "R-007(1).zhicha")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			o := rehearsal.Fieldwork(t, 8)
			taken, err := returns.TakeIn(t.Context(), o, rehearsal.Who(o, "draw-1"), 1, []string{path})
			if err != nil {
				t.Fatal(err)
			}
			if says := saysAll(taken, path); !slices.Equal(says, c.says) || outcomesOf(taken) != c.visits {
				t.Errorf("says %q, visits %q\nwant %q, %q", says, outcomesOf(taken), c.says, c.visits)
			}
			visits, err := o.Visits(t.Context(), 1, 7)
			if err != nil || visits[0].Grade != c.grade {
				t.Errorf("grade %q, want %q, %v", visits[0].Grade, c.grade, err)
			}
			kept := 0
			for _, p := range f.Photos {
				if got, err := rehearsal.Evidence(t, o, "review-1", inspect.DigestOf(p)); err == nil && bytes.Equal(got, p) {
					kept++
				}
			}
			if kept != c.kept {
				t.Errorf("%d photos are kept, want %d", kept, c.kept)
			}
		})
	}
}

// rawGBK is a text that is no UTF-8, which encoding/json would mend.
type rawGBK string

func (s rawGBK) MarshalJSON() ([]byte, error) { return []byte(`"` + string(s) + `"`), nil }

// The same photo is found across returns, and across legs.
func TestPhotoOfAnotherReturn(t *testing.T) {
	c, plan, dir := rehearsal.Fieldwork(t, 8), rehearsal.FieldPlan(8), t.TempDir()
	for i, leg := range []int{7, 2, 2} {
		f := rehearsal.NewFormReturn(t, plan, leg, rehearsal.Picture(t, 1))
		photo(f)["visit"] = plan.Visits[4*(leg-1)].ID
		if i == 2 { // the same visit once more: its own photo is no other's
			change(f, func(r *inspect.Report) {
				r.Revision, r.Correction = 2, "更正"
				r.Observations[0].Fact += "，已更换"
			})
		}
		path := filepath.Join(dir, "R.zhicha")
		if err := os.WriteFile(path, f.Sealed(t), 0o600); err != nil {
			t.Fatal(err)
		}
		taken, err := returns.TakeIn(t.Context(), c, rehearsal.Who(c, "draw-1"), 1, []string{path})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		if leg == 2 {
			want = []string{"intake.photo-again 1-002-01 photos[0]"}
		}
		if i == 2 {
			want = append(want, "intake.newer 1-002-01 revision")
		}
		if says := saysAll(taken, path); !slices.Equal(says, want) {
			t.Errorf("return %d says %q, want %q", i, says, want)
		}
	}
}

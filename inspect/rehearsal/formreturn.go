package rehearsal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/form"
	"zhicha/inspect/seal"
)

// FormReturn is what a form sends back, before it is sealed.
type FormReturn struct {
	leg     int
	Key     *[32]byte // nil: the packet's own
	Content map[string]any
	Photos  [][]byte
}

// NewFormReturn is the return of a leg's first household from the form, with a photo to its finding.
func NewFormReturn(t testing.TB, p *inspect.Plan, leg int, photos ...[]byte) *FormReturn {
	t.Helper()
	v := &p.Visits[4*(leg-1)]
	list := checklist.Default()
	arrived := v.Day.Time().Add(9 * time.Hour)
	rep := inspect.Report{Visit: v.ID, Inspectors: []string{fmt.Sprintf("insp-%da", p.Legs[leg-1].Team), fmt.Sprintf("insp-%db", p.Legs[leg-1].Team)},
		Arrived: arrived, Left: arrived.Add(40 * time.Minute), Present: []string{"guardian"}, Register: 20, Household: 20, Revision: 1,
		Observations: []inspect.Observation{{Kind: inspect.Hazard, Severity: "S2", Fact: "演示数据：插线板破损"}}}
	for i, item := range list.ItemsFor(v.Kind) {
		a := inspect.Answer{Item: item.Code, Method: item.Methods[0]}
		switch item.Answer.Type {
		case checklist.Count:
			a.Value = "1"
		case checklist.Ratio:
			a.Value = "3/4"
		default:
			a.Value = item.Answer.Options[min(i, 1)].Code
		}
		rep.Answers = append(rep.Answers, a)
	}
	var listed []any
	for _, b := range photos {
		listed = append(listed, map[string]any{"visit": v.ID, "observation": 0, "sha256": inspect.DigestOf(b), "type": "image/jpeg", "size": len(b), "at": arrived.Add(time.Minute)})
	}
	return &FormReturn{leg: leg, Photos: photos, Content: map[string]any{"form": form.Form, "checklist": list.Digest(), "made": arrived.Add(8 * time.Hour), "agent": "",
		"opened": []any{}, "registers": []any{}, "reports": []any{rep}, "passed": []any{}, "alarms": []any{}, "photos": listed, "drafts": nil}}
}

// Sealed is the file as it comes back.
func (f *FormReturn) Sealed(t testing.TB) []byte {
	t.Helper()
	key, err := seal.ReturnKey(fieldMaster, "winter-care-2023", 1, f.leg)
	if err != nil {
		t.Fatal(err)
	}
	if f.Key != nil {
		key = *f.Key
	}
	text, err := json.Marshal(f.Content)
	if err != nil {
		t.Fatal(err)
	}
	plain := append(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...), bytes.Join(f.Photos, nil)...)
	head := fmt.Appendf(nil, `{"schema":%q,"campaign":"winter-care-2023","wave":1,"packet":%d,"key":%q}`+"\n", form.Schema, f.leg, seal.KeyID(key))
	box, err := seal.SealWith(rand.NewChaCha8([32]byte{byte(f.leg)}), key, head, plain)
	if err != nil {
		t.Fatal(err)
	}
	return append(head, box...)
}

// Picture is a small JPEG that differs by seed.
func Picture(t testing.TB, seed int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 16, 16))
	for i := range img.Pix {
		img.Set(i%16, i/16, color.Gray{Y: uint8(i * (seed + 3))})
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

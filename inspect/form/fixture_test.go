package form

import (
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
	"zhicha/inspect/seal"
)

// stream is a reproducible source of bytes, so that packets of tests are the same every time.
func stream(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

// leg is a leg of seven made-up visits: two households of one village, and one unit of each kind above.
func leg() Packet {
	at := inspect.Places{Region: "甘肃省", County: "演示县", Township: "演示镇", Village: "演示村"}
	order := rand.New(stream(9).(*rand.ChaCha8)).Perm(999)
	for i := range order {
		order[i]++
	}
	p := Packet{
		Campaign: "winter-2023", Title: "2023年寒假春节期间困境儿童关爱服务活动抽查检查", Office: "抽查办公室", Demo: true,
		Region: inspect.Region{Code: "62", NameZh: "甘肃省", NameEn: "Gansu"}, Leg: inspect.Leg{No: 7, Wave: 1, Region: "62", County: "629999000000", Team: 3, Start: "2023-01-08", Days: 5, HourFrom: "09:00", HourTo: "18:30"},
		Team:      []string{"T03-1", "T03-2", "T03-3"},
		Salts:     map[string]inspect.Digest{"629999100001": inspect.DigestOf([]byte("salt"))},
		Checklist: checklist.Default(),
	}
	add := func(kind inspect.Kind, unit, name string, slot int) {
		v := inspect.Visit{ID: fmt.Sprintf("1-007-%02d", len(p.Visits)+1), Wave: 1, Leg: 7, Seq: len(p.Visits) + 1, Kind: kind, Unit: unit, Day: "2023-01-08", Places: at, Slot: slot}
		if v.Places.Name = name; kind == inspect.HH {
			v.Order = order
		}
		p.Visits = append(p.Visits, v)
	}
	add(inspect.HH, "629999100001", "演示村", 1)
	add(inspect.HH, "629999100001", "演示村", 2)
	add(inspect.VC, "629999100001", "演示村村民委员会", 0)
	add(inspect.TS, "629999100000", "演示镇未成年人保护工作站", 0)
	add(inspect.WI, "WI-629999", "演示县儿童福利机构", 0)
	add(inspect.CO, "629999000000", "演示县未保办", 0)
	return p
}

var master = [32]byte{7, 7, 7}

// secrets are the codes and the key of the packet, from a fixed source.
func secrets(t testing.TB, p Packet) Secrets {
	t.Helper()
	s, err := makeSecrets(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func makeSecrets(p Packet) (s Secrets, err error) {
	r := stream(1)
	for _, c := range []*seal.Code{&s.Province, &s.County, &s.Village} {
		if *c, err = seal.NewCode(r); err != nil {
			return s, err
		}
	}
	s.Return, err = seal.ReturnKey(master, p.Campaign, p.Leg.Wave, p.Leg.No)
	return s, err
}

// ours is what the office that made the packets knows.
func ours(campaign string, wave, packet int) (key [32]byte, ok bool) {
	if campaign != "winter-2023" || wave != 1 || packet != 7 {
		return key, false
	}
	key, err := seal.ReturnKey(master, campaign, wave, packet)
	return key, err == nil
}

// write seals a packet; the usual leg's is sealed once, since its keys cost a third of a second.
func write(t testing.TB, p Packet) ([]byte, Secrets) {
	t.Helper()
	s := secrets(t, p)
	if len(p.Visits) == len(leg().Visits) {
		html, err := usual()
		if err != nil {
			t.Fatal(err)
		}
		return html, s
	}
	pad, err := Measure(p)
	if err != nil {
		t.Fatal(err)
	}
	html, err := WriteHTML(stream(2), p, s, pad)
	if err != nil {
		t.Fatal(err)
	}
	return html, s
}

var usual = sync.OnceValues(func() ([]byte, error) {
	p := leg()
	pad, err := Measure(p)
	if err != nil {
		return nil, err
	}
	s, err := makeSecrets(p)
	if err != nil {
		return nil, err
	}
	return WriteHTML(stream(2), p, s, pad)
})

package field

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"zhicha/inspect"
	"zhicha/inspect/campaign"
	"zhicha/inspect/checklist"
	"zhicha/inspect/config"
	"zhicha/inspect/form"
	"zhicha/inspect/frame"
	"zhicha/inspect/seal"
	"zhicha/inspect/workbook"
)

// packetInputs are what a packet holds beside its leg's visits.
type packetInputs struct {
	wave int
	list *checklist.Checklist

	territory inspect.Territory
	// from which the secrets in a workbook follow; zero while the largest packet is measured
	master [32]byte
	teams  map[int][]string // team → roster ids
	room   packetRoom
}

// packetRoom are the lengths to which the rungs of a wave are padded. They follow from frame, design
// and roster alone, so that they tell nothing of what was drawn.
type packetRoom struct {
	form     form.Lengths
	workbook map[inspect.Rung]int // bytes before encryption
}

func inputsFor(ctx context.Context, c *campaign.Campaign, wave int) (in packetInputs, err error) {
	in.wave, in.teams = wave, map[int][]string{}
	if in.list, err = c.CommittedChecklist(ctx, wave); err != nil {
		return in, err
	}
	if in.territory, err = c.Territory(wave); err != nil {
		return in, err
	}
	roster, err := c.RosterNow(ctx, wave)
	for _, i := range roster.Inspectors {
		in.teams[i.Team] = append(in.teams[i.Team], i.ID)
	}
	return in, err
}

// roomFor measures the largest packet there could be: as many visits as the design allows, every
// name the longest of the frame.
func roomFor(c *campaign.Campaign, f *frame.Frame, in packetInputs) (room packetRoom, err error) {
	w, err := c.Config.Wave(in.wave)
	if err != nil {
		return room, err
	}
	largest := largest(c, f, w, in)
	if room.form, err = form.Measure(formPacket(c, largest, in)); err != nil {
		return room, err
	}
	room.form = form.Lengths{Province: roundUp(room.form.Province, 1<<10), County: roundUp(room.form.County, 1<<10), Village: roundUp(room.form.Village, 16<<10)}
	room.workbook = map[inspect.Rung]int{}
	for _, r := range inspect.Rungs {
		if room.workbook[r], err = workbook.RungSize(workbookPacket(c, largest, in), r); err != nil {
			return room, err
		}
	}
	return room, nil
}

// roundUp is the next multiple of size above n.
func roundUp(n, size int) int { return (n/size + 1) * size }

// largest imagines the largest leg.
func largest(c *campaign.Campaign, f *frame.Frame, w *config.Wave, in packetInputs) outfit {
	longest := func(units iter.Seq[inspect.Unit], of func(*inspect.Unit) string) (out string) {
		quoted, most := []byte(nil), 0
		for u := range units {
			s := of(&u)
			if quoted = strconv.AppendQuote(quoted[:0], s); len(quoted) > most {
				out, most = s, len(quoted)
			}
		}
		return out
	}
	name, id := func(u *inspect.Unit) string { return u.Name }, func(u *inspect.Unit) string { return u.ID }
	o := outfit{leg: inspect.Leg{No: 999, Wave: w.No, Team: 1, Start: w.Window.From, Days: max(w.Assign.LegDays, 1), HourFrom: "00:00", HourTo: "00:00"}}
	region := ""
	for _, r := range inspect.Regions { // of the province in which a place lies
		if len(r.NameZh) > len(region) {
			region = r.NameZh
		}
	}
	for _, r := range in.territory.Units {
		if at, _ := in.territory.Unit(o.leg.Region); len(r.NameZh)+len(r.NameEn) > len(at.NameZh)+len(at.NameEn) {
			o.leg.Region = r.Code
		}
	}
	for team, ids := range in.teams {
		if a, b := strings.Join(ids, "    "), strings.Join(in.teams[o.leg.Team], "    "); len(a) > len(b) || len(a) == len(b) && team < o.leg.Team {
			o.leg.Team = team
		}
	}
	places := inspect.Places{Region: region, County: longest(slices.Values(f.Counties), name), Township: longest(slices.Values(f.Townships), name), Village: longest(f.Villages(), name)}
	numbers := rand.New(rand.NewPCG(1, 1)) // any order does: all have the same digits
	add := func(kind inspect.Kind, unit, own string, slot int, order []int) {
		n := len(o.visits) + 1
		v := inspect.Visit{ID: fmt.Sprintf("%d-%03d-%02d", w.No, o.leg.No, n), Wave: w.No, Leg: o.leg.No, Seq: n, Kind: kind, Unit: unit, Day: w.Window.From, Slot: slot, Places: places, Order: order}
		v.Places.Name = own
		o.visits = append(o.visits, v)
	}
	d := w.Design
	institutions := slices.Values(f.Institutions())
	for t := range d.Townships {
		for village := range d.Villages {
			unit := fmt.Sprintf("%06d%06d", t, village)
			order := numbers.Perm(999)
			for i := range order {
				order[i]++
			}
			for slot := range d.Households {
				add(inspect.HH, unit, places.Village, slot+1, order)
			}
			add(inspect.VC, unit, places.Village, 0, nil)
		}
		add(inspect.TS, fmt.Sprintf("%012d", t), places.Township, 0, nil)
	}
	for range d.Institutions {
		add(inspect.WI, longest(institutions, id), longest(institutions, name), 0, nil)
	}
	add(inspect.CO, "000000000000", places.County, 0, nil)
	return o
}

func formPacket(c *campaign.Campaign, o outfit, in packetInputs) form.Packet {
	region, _ := in.territory.Unit(o.leg.Region)
	return form.Packet{Region: region, Lang: strings.TrimSuffix(c.Config.Language, "-CN"), Campaign: c.Config.Campaign.ID, Title: c.Config.Campaign.TitleZh, Office: c.Config.OfficeOn(o.leg.Start).NameZh,
		Demo: c.Config.Campaign.Demo, Leg: o.leg, Visits: o.visits, Team: in.teams[o.leg.Team], Checklist: in.list}
}

func workbookPacket(c *campaign.Campaign, o outfit, in packetInputs) workbook.Packet {
	secret := func(visit string) string {
		return seal.ReturnSecret(in.master, c.Config.Campaign.ID, in.wave, o.leg.No, visit)
	}
	secrets := map[string]string{"": secret("")}
	for i := range o.visits {
		secrets[o.visits[i].ID] = secret(o.visits[i].ID)
	}
	region, _ := in.territory.Unit(o.leg.Region)
	return workbook.Packet{Region: region, Campaign: c.Config.Campaign.ID, Title: c.Config.Campaign.TitleZh, Office: c.Config.OfficeOn(o.leg.Start).NameZh,
		Demo: c.Config.Campaign.Demo, Leg: o.leg, Visits: o.visits, Team: in.teams[o.leg.Team], Checklist: in.list, Secrets: secrets}
}

// packetDir is where a wave's packets lie, below the campaign folder. Waves after the first have a
// folder of their own.
func packetDir(wave int) string {
	if wave == 1 {
		return campaign.PacketsDir
	}
	return filepath.Join(campaign.PacketsDir, fmt.Sprintf("wave-%d", wave))
}

func formFile(wave, leg int) string { return filepath.Join(packetDir(wave), form.FileName(leg)) }

func RungFile(wave, leg int, r inspect.Rung) string {
	return filepath.Join(packetDir(wave), workbook.RungFileName(leg, r))
}

// writePackets writes the packets in the formats asked for, in both where none is.
func writePackets(ctx context.Context, c *campaign.Campaign, outfits []outfit, in packetInputs, formats []string) (files []string, err error) {
	if err := os.MkdirAll(c.Path(packetDir(in.wave)), 0o700); err != nil {
		return nil, err
	}
	if in.master, err = c.ReturnMaster(in.wave); err != nil {
		return nil, err
	}
	if len(formats) == 0 {
		formats = Formats
	}
	// every packet's form and its workbooks get sources of their own, seeded in order, so that neither cores
	// nor the formats asked for decide the bytes
	type pair struct{ form, workbook io.Reader }
	sources := make([]pair, len(outfits))
	for i := range outfits {
		var seed [32]byte
		if _, err := io.ReadFull(c.Rand, seed[:]); err != nil {
			return nil, err
		}
		sources[i] = pair{rand.NewChaCha8(seed), rand.NewChaCha8(sha256.Sum256(inspect.LP("zhicha-workbook/1", string(seed[:]))))}
	}
	written := make([][]string, len(outfits))
	var done atomic.Int64
	err = campaign.InParallel(ctx, len(outfits), func(i int) error {
		for _, format := range formats {
			write := func(o outfit, in packetInputs) ([]string, error) {
				return writeWorkbooks(c, o, in, sources[i].workbook)
			}
			if format == FormFormat {
				write = func(o outfit, in packetInputs) ([]string, error) { return writeForm(c, o, in, sources[i].form) }
			}
			names, err := write(outfits[i], in)
			if err != nil {
				return err
			}
			written[i] = append(written[i], names...)
		}
		c.Worked(int(done.Add(1)), len(outfits))
		return nil
	})
	return slices.Concat(written...), err
}

func writeForm(c *campaign.Campaign, o outfit, in packetInputs, source io.Reader) ([]string, error) {
	key, err := seal.ReturnKey(in.master, c.Config.Campaign.ID, in.wave, o.leg.No)
	if err != nil {
		return nil, err
	}
	p := formPacket(c, o, in)
	own, err := form.Measure(p)
	if err != nil {
		return nil, err
	}
	secrets := form.Secrets{Province: o.codes[inspect.RungProvince], County: o.codes[inspect.RungCounty], Village: o.codes[inspect.RungVillage], Return: key}
	html, err := form.WriteHTML(source, p, secrets, in.room.form.Max(own))
	if err != nil {
		return nil, err
	}
	name := formFile(in.wave, o.leg.No)
	return []string{filepath.ToSlash(name)}, campaign.WriteFile(c.Path(name), html, 0o600)
}

func writeWorkbooks(c *campaign.Campaign, o outfit, in packetInputs, source io.Reader) (names []string, err error) {
	p := workbookPacket(c, o, in)
	for _, r := range inspect.Rungs {
		var out bytes.Buffer
		if err := workbook.WriteRung(source, &out, p, r, string(o.codes[r]), in.room.workbook[r]); err != nil {
			return nil, err
		}
		name := RungFile(in.wave, o.leg.No, r)
		if err := campaign.WriteFile(c.Path(name), out.Bytes(), 0o600); err != nil {
			return nil, err
		}
		names = append(names, filepath.ToSlash(name))
	}
	return names, nil
}

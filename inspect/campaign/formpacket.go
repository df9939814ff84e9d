package campaign

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"zhicha/inspect"
	"zhicha/inspect/form"
	"zhicha/inspect/seal"
	"zhicha/inspect/store"
)

// PacketCodes are the unlock codes of one packet, rung by rung.
type PacketCodes struct {
	Packet   int       `json:"packet"`
	Start    string    `json:"start"` // first day of the leg
	Province seal.Code `json:"province"`
	County   seal.Code `json:"county"`
	Village  seal.Code `json:"village"`
}

// PacketForms writes the offline forms of the legs named, of all where none is, as sealed files: what opens it is a code per
// rung, and the codes lie in a code book sealed to two custodians of different bodies. A repetition
// keeps the codes there are, so that files handed out already stay good.
func (c *Campaign) PacketForms(ctx context.Context, as string, wave int, only []int, keyFiles []string) (files []string, err error) {
	if _, err := c.actor(as, "drawer"); err != nil {
		return nil, err
	}
	if _, err := c.openPlan(ctx, wave, keyFiles); err != nil {
		return nil, err
	}
	if err := c.db.View(ctx, func(tx *store.Tx) error { return orElse(c.opened(tx, wave), notRevealed(tx, wave)) }); err != nil {
		return nil, err
	}
	plan, err := c.standingPlan(ctx, wave, nil)
	if err != nil {
		return nil, err
	}
	book, err := c.codeBook(ctx, plan, keyFiles)
	if err != nil {
		return nil, err
	}
	packets, pad, err := c.formPackets(ctx, plan)
	if err != nil {
		return nil, err
	}
	if len(only) > 0 { // the lengths stay those of the whole wave
		packets = slices.DeleteFunc(packets, func(p form.Packet) bool { return !slices.Contains(only, p.Leg.No) })
	}
	if len(packets) == 0 {
		return nil, inspect.Misuse("packet.no-such", "Wave", wave)
	}
	master, err := c.returnMaster(wave)
	if err != nil {
		return nil, err
	}
	// every packet gets a source of its own, seeded in order, so that cores do not decide the bytes
	sources := make([]io.Reader, len(packets))
	for i := range packets {
		var seed [32]byte
		if _, err := io.ReadFull(c.env.Rand, seed[:]); err != nil {
			return nil, err
		}
		sources[i] = rand.NewChaCha8(seed)
		files = append(files, formFile(wave, packets[i].Leg.No))
	}
	var done atomic.Int64
	return files, inParallel(ctx, slices.Collect(indexes(len(packets))), func(i int) error {
		p := packets[i]
		codes := book[p.Leg.No]
		key, err := seal.ReturnKey(master, c.Config.Campaign.ID, wave, p.Leg.No)
		if err != nil {
			return err
		}
		html, err := form.WriteHTML(sources[i], p, form.Secrets{Province: codes.Province, County: codes.County, Village: codes.Village, Return: key}, pad)
		if err != nil {
			return err
		}
		c.env.progress(int(done.Add(1)), len(packets))
		return writeFile(c.path(files[i]), html, 0o600)
	})
}

// formFile is a form's name below the campaign folder, beside the leg's workbook.
func formFile(wave, leg int) string {
	return filepath.Join(filepath.Dir(packetFile(wave, leg)), form.FileName(leg))
}

// formPackets puts together what goes into each leg's form, and the lengths all are padded to.
func (c *Campaign) formPackets(ctx context.Context, plan *inspect.Plan) (packets []form.Packet, pad form.Lengths, err error) {
	in, err := c.packetInputs(ctx, plan.Wave)
	if err != nil {
		return nil, pad, err
	}
	visits := byLeg(plan)
	for _, leg := range plan.Legs {
		p := form.Packet{Campaign: c.Config.Campaign.ID, Title: c.Config.Campaign.TitleZh, Office: c.Config.office(leg.Start).NameZh,
			Demo: c.Config.Campaign.Demo, Leg: leg, Visits: visits[leg.No], Team: in.teams[leg.Team], Checklist: in.list}
		own, err := form.Measure(p)
		if err != nil {
			return nil, pad, err
		}
		packets, pad = append(packets, p), pad.Max(own)
	}
	return packets, pad, nil
}

// returnMaster is the office's key from which every packet's return key follows; made once.
func (c *Campaign) returnMaster(wave int) (key [32]byte, err error) {
	path := c.path(secretsDir, fmt.Sprintf("return-%d.key", wave))
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := io.ReadFull(c.env.Rand, key[:]); err != nil {
			return key, err
		}
		return key, createFile(path, []byte(hex.EncodeToString(key[:])+"\n"))
	}
	b, herr := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err := errors.Join(err, herr); err != nil || len(b) != len(key) {
		return key, inspect.Refuse("packet.return-key", "File", path)
	}
	return [32]byte(b), nil
}

func codeBookFile(wave int, bodies [2]string) string {
	return fmt.Sprintf("codes-%d.%s+%s.age", wave, bodies[0], bodies[1])
}

// codeBook opens the wave's code book, or makes and seals one.
func (c *Campaign) codeBook(ctx context.Context, plan *inspect.Plan, keyFiles []string) (map[int]PacketCodes, error) {
	book, err := c.openCodeBook(plan.Wave, keyFiles)
	if err != nil || book != nil {
		return book, err
	}
	var list []PacketCodes
	for _, leg := range plan.Legs {
		p := PacketCodes{Packet: leg.No, Start: string(leg.Start)}
		for _, rung := range []*seal.Code{&p.Province, &p.County, &p.Village} {
			if *rung, err = seal.NewCode(c.env.Rand); err != nil {
				return nil, err
			}
		}
		list = append(list, p)
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	var custodians []seal.Custodian
	err = c.db.View(ctx, func(tx *store.Tx) error {
		_, r, err := c.committed(tx, plan.Wave)
		if err == nil {
			custodians = custodiansOf(r)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	envelopes, err := seal.Seal(raw, custodians)
	if err != nil {
		return nil, err
	}
	for _, e := range envelopes {
		if err := writeFile(c.path(sealedDir, codeBookFile(plan.Wave, e.Bodies)), e.Data, 0o600); err != nil {
			return nil, err
		}
	}
	return byPacket(list), nil
}

func byPacket(list []PacketCodes) map[int]PacketCodes {
	out := map[int]PacketCodes{}
	for _, p := range list {
		out[p.Packet] = p
	}
	return out
}

// openCodeBook returns nil where the wave has no code book yet.
func (c *Campaign) openCodeBook(wave int, keyFiles []string) (map[int]PacketCodes, error) {
	pattern := c.path(sealedDir, fmt.Sprintf("codes-%d.*.age", wave))
	if found, err := matching(pattern); err != nil || len(found) == 0 {
		return nil, err
	}
	raw, err := openSealed(pattern, keyFiles)
	if err != nil {
		return nil, err
	}
	var list []PacketCodes
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	return byPacket(list), nil
}

// PacketCodesOf opens the code book with two custodians' keys and returns the codes of the packets
// named, of all where none is; that they were shown is in the log before they are returned. Codes
// of a suspended leg are refused.
func (c *Campaign) PacketCodesOf(ctx context.Context, as string, wave int, packets []int, keyFiles []string) ([]PacketCodes, error) {
	if _, err := c.actor(as, "drawer"); err != nil {
		return nil, err
	}
	book, err := c.openCodeBook(wave, keyFiles)
	if err != nil {
		return nil, err
	}
	if book == nil {
		return nil, inspect.Refuse("packet.no-codes", "Wave", wave)
	}
	var out []PacketCodes
	err = c.db.Update(ctx, func(tx *store.Tx) error {
		if err := orElse(c.opened(tx, wave), notRevealed(tx, wave)); err != nil {
			return err
		}
		legs, err := tx.Legs(wave)
		if err != nil {
			return err
		}
		var shown []int
		for i := range legs {
			if len(packets) > 0 && !slices.Contains(packets, legs[i].No) {
				continue
			}
			if err := mayGo(&legs[i]); err != nil {
				return err
			}
			if p, ok := book[legs[i].No]; ok {
				out, shown = append(out, p), append(shown, p.Packet)
			}
		}
		if len(out) == 0 || len(packets) > 0 && len(out) < len(packets) {
			return inspect.Misuse("packet.no-such", "Wave", wave)
		}
		return tx.Append(c.env.Now(), "rung-released", map[string]any{"wave": wave, "codes": shown})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readForm reads what a form sent back.
func (c *Campaign) readForm(name string, data []byte, wave int) (*inspect.Return, *form.Enclosed, error) {
	return form.ReadReturn(name, data, func(campaign string, w, packet int) (key [32]byte, ok bool) {
		if campaign != c.Config.Campaign.ID || w != wave {
			return key, false
		}
		if _, err := os.Stat(c.path(secretsDir, fmt.Sprintf("return-%d.key", w))); err != nil {
			return key, false
		}
		master, err := c.returnMaster(w)
		if err != nil {
			return key, false
		}
		key, err = seal.ReturnKey(master, campaign, w, packet)
		return key, err == nil
	})
}

package campaign

import (
	"encoding/json"
	"fmt"
	"slices"

	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/draw"
	"zhicha/inspect/store"
)

// fixedMeta is where the settings of a class are kept as they were fixed: of a wave when it committed,
// for wave 0 when the folder was made.
func fixedMeta(class config.Fixing, wave int) string {
	return fmt.Sprintf("settings-%s-%d", class, wave)
}

// NoteSettings notes the settings that a wave's commit fixes.
func (c *Campaign) NoteSettings(tx *store.Tx, wave int) error {
	return noteFixed(tx, c.Config, config.ByCommit, wave)
}

func noteFixed(tx *store.Tx, cfg *config.Config, class config.Fixing, wave int) error {
	raw, err := json.Marshal(cfg.Fixed(class, wave))
	if err != nil {
		return err
	}
	return tx.SetMeta(fixedMeta(class, wave), string(raw))
}

// changed finds the first setting of a class that is not as it was noted, and what it was; nil where
// all are. What was never noted has changed.
func changed(tx *store.Tx, cfg *config.Config, class config.Fixing, wave int) (now *config.Setting, was string, err error) {
	raw, err := tx.Meta(fixedMeta(class, wave))
	if err != nil {
		return nil, "", err
	}
	var noted []config.Setting
	if raw != "" {
		if err := json.Unmarshal([]byte(raw), &noted); err != nil {
			return nil, "", err
		}
	}
	for _, s := range cfg.Fixed(class, wave) {
		if i := slices.IndexFunc(noted, func(n config.Setting) bool { return n.Path == s.Path }); i < 0 {
			return &s, "", nil
		} else if noted[i] != s {
			return &s, noted[i].Value, nil
		}
	}
	return nil, "", nil
}

// asCommitted refuses a configuration that is not what the wave committed to.
func (c *Campaign) asCommitted(tx *store.Tx, r *draw.Record, wave int) error {
	s, was, err := changed(tx, c.Config, config.ByCommit, wave)
	if err != nil {
		return err
	}
	if s != nil {
		return inspect.Refuse("plan.setting-changed", "Wave", wave, "Setting", s.Path, "Committed", was, "Now", s.Value)
	}
	calendar, err := c.Calendar(tx, wave)
	if err != nil {
		return err
	}
	if inspect.DigestOf(calendar.Canonical()) != r.Calendar {
		return inspect.Refuse("plan.changed", "Wave", wave, "Parts", c.Config.Holidays)
	}
	for _, x := range r.Custodians { // others may have been appointed since, for another wave
		if known, ok := c.people.Of(inspect.DigestOf([]byte(x.Recipient))); ok && !known.Until.IsZero() {
			continue // two people retired them, or replaced the key, and the log says so
		}
		p, err := c.Appointed(x.ID)
		if err != nil || p.Body != x.Body || p.Key != x.Recipient || !slices.Contains(p.Roles, inspect.RoleCustodian) {
			now := "–"
			if err == nil {
				now = fmt.Sprintf("%s, %s, %v", p.Body, p.Key, p.Roles)
			}
			return inspect.Refuse("plan.setting-changed", "Wave", wave, "Setting", "people."+x.ID,
				"Committed", fmt.Sprintf("%s, %s, [%s]", x.Body, x.Recipient, inspect.RoleCustodian), "Now", now)
		}
	}
	return nil
}

package campaign

import (
	"cmp"
	"strings"

	"zhicha"
	"zhicha/inspect"
	"zhicha/inspect/config"
	"zhicha/inspect/frame"
)

// Start is what a new campaign says of itself.
type Start = config.Start

// Reference is the configuration that a new campaign begins with, and whether the holidays of its days are known. A scope that
// no division answers to is refused, as is a county's: where there is one county no interval can be told yet.
func Reference(s config.Start) (text []byte, holidaysKnown bool, err error) {
	if s.Scope != "" {
		var names []string
		for _, code := range strings.Fields(s.Scope) {
			zh, _, ok := frame.Division(code)
			switch {
			case !ok && len(code) >= 6 && !strings.HasPrefix(code, inspect.XPCC):
				return nil, false, inspect.Refuse("campaign.scope-county", "Area", code)
			case !ok:
				return nil, false, inspect.Misuse("campaign.scope-unknown", "Area", code)
			}
			names = append(names, zh)
		}
		zh := strings.Join(names, "、")
		s.Office = cmp.Or(s.Office, zh+"未成年人保护工作领导小组（委员会）办公室")
		s.ID = cmp.Or(s.ID, "winter-care-"+cmp.Or(string(s.From), "2023")[:4]+"-"+strings.ToLower(strings.Join(strings.Fields(s.Scope), "-")))
		if s.Title == "" && s.From == "" {
			s.Title = zh + "2023年寒假春节期间困境儿童关爱服务活动抽查检查"
		}
	}
	calendar, err := inspect.ParseCalendar("holidays.csv", strings.NewReader(holidays))
	if err != nil {
		return nil, false, err
	}
	if s.From != "" || s.To != "" {
		for _, day := range []inspect.Date{s.From, s.To} {
			if _, err := inspect.ParseDate(string(day)); err != nil {
				return nil, false, inspect.Misuse("campaign.start-days", "From", string(s.From), "To", string(s.To))
			}
		}
		if s.To < s.From || s.Title == "" {
			return nil, false, inspect.Misuse("campaign.start-days", "From", string(s.From), "To", string(s.To))
		}
		s.ID = cmp.Or(s.ID, "winter-care-"+string(s.From)[:4])
	}
	return config.Begin(zhicha.Config, s), s.From == "" || calendar.Knows(s.From) && calendar.Knows(s.To), nil
}

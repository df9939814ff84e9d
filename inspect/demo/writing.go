package demo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/publish"
)

// practiceTexts are what a drafter fills into the blanks of a practice, in order of heading.
var practiceTexts = map[string]string{
	"主要做法": "演示数据：工作站把假期热线号码印成联系卡送到每户，接到来电后当日回访，并按户记录回访结果。",
	"受益对象": "演示数据：辖区内全部困境儿童家庭。",
	"所需投入": "演示数据：由现有人员兼任，联系卡印制费用由工作经费列支。",
	"复制条件": "演示数据：有固定值守人员、有逐户名单、有当日回访的要求，即可照此办理。",
	"核实情况": "演示数据：检查组随机回访家庭，均确认收到联系卡并接到过回访。",
}

// documents drafts a practice, a briefing and a notice, lets people edit them, and has each
// reviewed and signed by two others. A text with a telephone number is refused on the way.
func (d *demo) documents(ctx context.Context, s *Step) error {
	d.at(leadDays+18, "09:00")
	practice, err := d.practice(ctx)
	if err != nil {
		return err
	}
	for _, x := range []struct {
		kind string
		from publish.PracticeSource
	}{{"practice", practice}, {"briefing", publish.PracticeSource{}}, {"notice", publish.PracticeSource{}}} {
		path, err := publish.Draft(ctx, d.c, d.who("draft-1"), x.kind, wave, x.from)
		if err != nil {
			return err
		}
		full := filepath.Join(d.Dir, path)
		if err := fillBlanks(full, d.clock.Format("2006-01-02")); err != nil {
			return err
		}
		if x.kind == "practice" {
			if s.Refused, err = d.leak(ctx, full); err != nil {
				return err
			}
		}
		if err := publish.Review(ctx, d.c, d.who("review-1"), full); err != nil {
			return err
		}
		if err := publish.Sign(ctx, d.c, d.who("sign-1"), full); err != nil {
			return err
		}
		s.Left = append(s.Left, path)
	}
	s.Args = []any{"N", len(s.Left)}
	return nil
}

// practice finds a good practice that inspectors reported.
func (d *demo) practice(ctx context.Context) (publish.PracticeSource, error) {
	findings, err := d.c.Findings(ctx, wave)
	for _, f := range findings {
		if f.Kind == inspect.Practice {
			return publish.PracticeSource{Finding: f.ID, Slug: "holiday-hotline-callback", Title: "假期热线当日回访"}, nil
		}
	}
	return publish.PracticeSource{}, errors.Join(err, errors.New("no inspector reported a good practice"))
}

// fillBlanks does what the drafter does in an editor: every blank a draft left open is filled.
func fillBlanks(path, today string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var out []string
	heading := ""
	for _, line := range strings.Split(string(raw), "\n") {
		if h, ok := strings.CutPrefix(line, "## "); ok {
			heading = h
		}
		for _, key := range []string{"confirmed:", "consent:"} {
			if strings.HasPrefix(line, key) {
				line = key + " " + today
			}
		}
		for {
			from := strings.Index(line, "〔待填")
			if from < 0 {
				break
			}
			to := strings.Index(line[from:], "〕") + from + len("〕")
			text := practiceTexts[heading]
			if text == "" {
				text = "演示数据：假期热线号码印成联系卡送到每户，来电当日回访。"
			}
			line = line[:from] + text + line[to:]
		}
		out = append(out, line)
	}
	return os.WriteFile(path, []byte(strings.Join(out, "\n")), 0o600)
}

// leak shows the airlock: a mobile number slips into the text, the review is refused, and the
// drafter takes it out again.
func (d *demo) leak(ctx context.Context, path string) (inspect.Problems, error) {
	clean, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	leaky := append(append([]byte{}, clean...), "\n联系人电话：13800138000。\n"...)
	if err := os.WriteFile(path, leaky, 0o600); err != nil {
		return nil, err
	}
	refused := inspect.ProblemsOf(publish.Review(ctx, d.c, d.who("review-1"), path))
	if refused == nil {
		return nil, errors.New("a text with a telephone number was let through")
	}
	return refused, os.WriteFile(path, clean, 0o600)
}

// site builds the site.
func (d *demo) site(ctx context.Context, s *Step) error {
	d.at(leadDays+19, "09:00")
	built, err := publish.BuildSite(ctx, d.c, d.who("sign-1"), wave)
	if err != nil {
		return err
	}
	d.at(leadDays+19, "10:00")
	for _, id := range []string{"witness-1", "witness-2"} {
		if _, _, err := d.c.Cosign(ctx, d.who(id)); err != nil {
			return err
		}
	}
	s.Args, s.Left = []any{"Pages", built.Written, "Unsigned", len(built.Drafts)}, []string{"public/index.html"}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"
	"golang.org/x/text/language"

	"zhicha/inspect"
	"zhicha/templates"
)

// speaker says things in the user's language, from the catalogues.
type speaker struct {
	lang string
	loc  *i18n.Localizer
}

func newSpeaker(lang string) (*speaker, error) {
	if lang != "zh-CN" && lang != "en" {
		return nil, fmt.Errorf("--lang: zh-CN | en")
	}
	bundle := i18n.NewBundle(language.MustParse("zh-CN"))
	files, err := fs.Glob(templates.FS, "locale/*."+lang+".yaml")
	if err != nil {
		return nil, err
	}
	parsed := make([]*i18n.MessageFile, len(files))
	var reading errgroup.Group // every command waits for the catalogues: they are read side by side
	for i, name := range files {
		reading.Go(func() error {
			data, err := fs.ReadFile(templates.FS, name)
			if err != nil {
				return err
			}
			if parsed[i], err = i18n.ParseMessageFileBytes(data, path.Base(name), map[string]i18n.UnmarshalFunc{"yaml": yaml.Unmarshal}); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	if err := reading.Wait(); err != nil {
		return nil, err
	}
	for _, f := range parsed {
		if err := bundle.AddMessages(f.Tag, f.Messages...); err != nil {
			return nil, err
		}
	}
	return &speaker{lang, i18n.NewLocalizer(bundle, lang)}, nil
}

// text returns the sentence id with args, alternating names and values, put in. An id without a
// sentence is shown as it is, with its values: better terse than silent.
func (s *speaker) text(id string, args ...any) string {
	data := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		data[args[i].(string)] = args[i+1]
	}
	out, ok := s.lookup(id, data)
	if !ok {
		return strings.TrimSpace(id + " " + fmt.Sprint(args...))
	}
	return out
}

func (s *speaker) lookup(id string, data map[string]any) (string, bool) {
	out, err := s.loc.Localize(&i18n.LocalizeConfig{MessageID: id, TemplateData: data})
	var missing *i18n.MessageNotFoundErr
	if errors.As(err, &missing) {
		return "", false
	}
	if err != nil {
		return fmt.Sprintf("%s %v", id, data), true
	}
	return out, true
}

// pick returns the text in the speaker's language.
func (s *speaker) pick(zh, en string) string {
	if s.lang == "en" {
		return en
	}
	return zh
}

// said is a Problem in words.
type said struct {
	inspect.Place
	At      string `json:"-"`
	Rule    string `json:"rule"`
	Class   int    `json:"status"`
	Message string `json:"message"`
	WayOut  string `json:"wayOut,omitempty"`
}

func (s *speaker) problem(p *inspect.Problem) said {
	out := said{Place: p.Place, Rule: p.Rule, Class: int(p.Class)}
	args := p.Args
	if args == nil {
		args = map[string]any{}
	}
	for name, id := range map[string]string{ // values that are codes
		"Type": "privacy." + fmt.Sprint(args["Type"]), "Role": "role." + fmt.Sprint(args["Role"]), "State": "visit.state." + fmt.Sprint(args["State"]),
	} {
		if word, ok := s.lookup(id, nil); ok {
			args = maps.Clone(args)
			args[name] = word
		}
	}
	var ok bool
	if out.Message, ok = s.lookup(p.Rule, args); !ok {
		out.Message = p.Error()
	}
	out.WayOut, _ = s.lookup(p.Rule+".fix", args)
	var at []string
	for _, part := range []string{p.File, p.Sheet, p.Cell, s.line(p.Line), p.Field} {
		if part != "" {
			at = append(at, part)
		}
	}
	if len(at) > 0 {
		out.At = strings.Join(at, s.pick("，", ", ")) + s.pick("：", ": ")
	}
	return out
}

func (s *speaker) line(n int) string {
	if n == 0 {
		return ""
	}
	return s.pick("第 "+strconv.Itoa(n)+" 行", "line "+strconv.Itoa(n))
}

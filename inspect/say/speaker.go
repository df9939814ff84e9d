// Package say is the catalogues of templates/locale as a speaker: it puts sentences, numbers and
// problems into the words of one language.
//
// It serves whatever speaks to a person. A code becomes a word here and nowhere else, so that the rooms
// that decide hand out codes, and both languages say the same. A sentence that is missing is shown as
// its id with its values: better terse than silent.
package say

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"
	"golang.org/x/text/language"

	"zhicha/inspect"
	"zhicha/templates"
)

// Speaker says things in the user's language, from the catalogues.
type Speaker struct {
	lang string
	loc  *i18n.Localizer
	tty  bool
}

// OnTerminal has the speaker keep every value it puts into a sentence on its line: a name that holds a
// line feed could else say a line of its own.
func (s *Speaker) OnTerminal() { s.tty = true }

// inLine is data as it may stand in a sentence.
func (s *Speaker) inLine(data map[string]any) map[string]any {
	if !s.tty {
		return data
	}
	out := maps.Clone(data)
	for name, v := range data {
		switch x := v.(type) {
		case error:
			out[name] = OneLine(x.Error())
		case []string:
			lines := make([]string, len(x))
			for i := range x {
				lines[i] = OneLine(x[i])
			}
			out[name] = lines
		default:
			if r := reflect.ValueOf(v); r.Kind() == reflect.String && OneLine(r.String()) != r.String() {
				out[name] = OneLine(r.String())
			}
		}
	}
	return out
}

// New is a speaker of zh-CN or en.
func New(lang string) (*Speaker, error) {
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
	return &Speaker{lang: lang, loc: i18n.NewLocalizer(bundle, lang)}, nil
}

// Chinese speaks the language of documents and of the site. The catalogues are embedded: they can fail
// only in a broken build.
var Chinese = sync.OnceValue(func() *Speaker {
	s, err := New("zh-CN")
	if err != nil {
		panic(err)
	}
	return s
})

// Text returns the sentence id with args, alternating names and values, put in. An id without a
// sentence is shown as it is, with its values: better terse than silent.
func (s *Speaker) Text(id string, args ...any) string {
	data := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		data[args[i].(string)] = args[i+1]
	}
	out, ok := s.Lookup(id, data)
	if !ok {
		return OneLine(strings.TrimSpace(id + " " + fmt.Sprint(args...)))
	}
	return out
}

// Lookup is Text where there is such a sentence.
func (s *Speaker) Lookup(id string, data map[string]any) (string, bool) {
	data = s.inLine(data)
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

// Pick returns the text in the speaker's language.
func (s *Speaker) Pick(zh, en string) string {
	if s.lang == "en" {
		return en
	}
	return zh
}

// Said is a Problem in words.
type Said struct {
	inspect.Place
	At      string `json:"-"`
	Rule    string `json:"rule"`
	Class   int    `json:"status"`
	Message string `json:"message"`
	WayOut  string `json:"wayOut,omitempty"`
}

// Problem puts a problem into words, with its place and the way out.
func (s *Speaker) Problem(p *inspect.Problem) Said {
	out := Said{Place: p.Place, Rule: p.Rule, Class: int(p.Class)}
	args := p.Args
	if args == nil {
		args = map[string]any{}
	}
	for name, id := range map[string]string{ // values that are codes
		"Type": "privacy." + fmt.Sprint(args["Type"]), "Role": "role." + fmt.Sprint(args["Role"]), "State": "visit.state." + fmt.Sprint(args["State"]),
	} {
		if word, ok := s.Lookup(id, nil); ok {
			args = maps.Clone(args)
			args[name] = word
		}
	}
	var ok bool
	if out.Message, ok = s.Lookup(p.Rule, args); !ok {
		out.Message = OneLine(p.Error())
	}
	out.WayOut, _ = s.Lookup(p.Rule+".fix", args)
	var at []string
	for _, part := range []string{p.File, p.Sheet, p.Cell, s.line(p.Line), p.Field} {
		if part != "" {
			at = append(at, OneLine(part))
		}
	}
	if len(at) > 0 {
		out.At = strings.Join(at, s.Pick("，", ", ")) + s.Pick("：", ": ")
	}
	return out
}

func (s *Speaker) line(n int) string {
	if n == 0 {
		return ""
	}
	return s.Pick("第 "+strconv.Itoa(n)+" 行", "line "+strconv.Itoa(n))
}

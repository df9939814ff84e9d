package inspect

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Class says what kind of wrong a Problem is; it fixes the exit status of the command.
type Class int

// The classes, in the order of their exit statuses (1 to 5).
const (
	Failed     Class = 1 // the machine or the file system did not do its part
	Usage      Class = 2 // the command was called wrongly
	Unverified Class = 3 // a proof does not hold
	Refused    Class = 4 // a rule (secrecy, privacy, recusal, approval) forbids it
	Rejected   Class = 5 // the input is wrong
)

// Place is where a Problem stands. Empty parts are not shown.
type Place struct {
	File  string `json:"file,omitempty"`
	Sheet string `json:"sheet,omitempty"`
	Line  int    `json:"line,omitempty"` // 1-based
	Cell  string `json:"cell,omitempty"` // A1 notation
	Field string `json:"field,omitempty"`
}

// Problem is one thing that is wrong: where, by which rule, with what values. Its sentence and
// its way out stand in the locale catalogues (templates/locale) under Rule and Rule+".fix".
type Problem struct {
	Place
	Class Class          `json:"class"`
	Rule  string         `json:"rule"` // room.rule, lower case, e.g. "frame.orphan"
	Args  map[string]any `json:"args,omitempty"`
	Cause error          `json:"-"`
}

// Reject returns a Problem of class Rejected; args are alternating names and values.
func Reject(rule string, at Place, args ...any) *Problem { return newProblem(Rejected, rule, at, args) }

// Refuse returns a Problem of class Refused; args are alternating names and values.
func Refuse(rule string, args ...any) *Problem { return newProblem(Refused, rule, Place{}, args) }

// Misuse returns a Problem of class Usage; args are alternating names and values.
func Misuse(rule string, args ...any) *Problem { return newProblem(Usage, rule, Place{}, args) }

// Fail returns a Problem of class Failed around cause; args are alternating names and values.
func Fail(rule string, cause error, args ...any) *Problem {
	p := newProblem(Failed, rule, Place{}, args)
	p.Cause = cause
	if p.Args == nil {
		p.Args = map[string]any{}
	}
	if cause != nil {
		p.Args["Cause"] = cause.Error()
	}
	return p
}

func newProblem(c Class, rule string, at Place, args []any) *Problem {
	p := &Problem{Class: c, Rule: rule, Place: at}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = make(map[string]any, len(args)/2)
		}
		p.Args[args[i].(string)] = shortened(args[i+1])
	}
	return p
}

// maxArg is how many bytes of a text a message repeats: whoever must find it has its place.
const maxArg = 2000

// shortened cuts a text that somebody sent, a cell of sixteen million characters say, to what can be read.
func shortened(v any) any {
	text, ok := v.(string)
	if !ok || len(text) <= maxArg {
		return v
	}
	return strings.ToValidUTF8(text[:maxArg], "") + "…"
}

// Error is the untranslated form, for logs and tests; people see the catalogue's sentence.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Rule)
	if s := p.Place.String(); s != "" {
		b.WriteString(" at " + s)
	}
	names := make([]string, 0, len(p.Args))
	for k := range p.Args {
		names = append(names, k)
	}
	sort.Strings(names)
	for i, k := range names {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s=%v", sep, strings.ToLower(k), p.Args[k])
	}
	return b.String()
}

// Unwrap returns the cause, if the Problem has one.
func (p *Problem) Unwrap() error { return p.Cause }

// String joins the parts of the place that are set: file, sheet, cell or line, field.
func (at Place) String() string {
	var parts []string
	if at.File != "" {
		parts = append(parts, at.File)
	}
	if at.Sheet != "" {
		parts = append(parts, at.Sheet)
	}
	if at.Cell != "" {
		parts = append(parts, at.Cell)
	}
	if at.Line > 0 {
		parts = append(parts, fmt.Sprint(at.Line))
	}
	if at.Field != "" {
		parts = append(parts, at.Field)
	}
	return strings.Join(parts, ":")
}

// Problems are all that is wrong with one input, so that it can be mended in one go.
type Problems []*Problem

// Error shows the first problem and how many follow.
func (ps Problems) Error() string {
	switch len(ps) {
	case 0:
		return "no problem"
	case 1:
		return ps[0].Error()
	}
	return fmt.Sprintf("%s (and %d more)", ps[0].Error(), len(ps)-1)
}

// Err returns nil when there are none, so that a caller can end with `return ps.Err()`.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// ProblemsOf returns the problems err is made of, or nil when it holds none.
func ProblemsOf(err error) Problems {
	var many Problems
	if errors.As(err, &many) {
		return many
	}
	var one *Problem
	if errors.As(err, &one) {
		return Problems{one}
	}
	return nil
}

// ExitStatus is the status a command ends with for err: 0 for none, the first problem's class
// where there is one, and 1 for everything else.
func ExitStatus(err error) int {
	if err == nil {
		return 0
	}
	if ps := ProblemsOf(err); len(ps) > 0 {
		return int(ps[0].Class)
	}
	return int(Failed)
}

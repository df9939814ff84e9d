package workbook

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// visitReader reads one sheet.
type visitReader struct {
	r         *reader
	g         grid
	at        inspect.Place
	src       source
	formulas  map[string]string // by cell
	cols      map[string]int
	find      map[string]int // columns of the findings once their header was met
	kind      inspect.Kind
	plan      inspect.Date // the planned day
	date      moment
	dateWrong bool // it is there and could not be read, which was told
	arrived   moment
	left      moment
	seen      map[string]string // item → cell of its answer
	filled    bool
	merged    inspect.Problems // inputs that a merge took; a sheet left blank may have them
	rep       inspect.Report
}

// visitID finds the locked id near the top: the first filled cell to the right of its label.
func (v *visitReader) visitID() (id, cell string) {
	for r := range min(len(v.g), 12) {
		for c := range v.g[r] {
			if v.r.tidy(v.g.at(r, c)) != labelVisit {
				continue
			}
			for n := c + 1; n < len(v.g[r]); n++ {
				if id = v.r.tidy(v.g.at(r, n)); id != "" {
					return id, cellName(n+1, r+1)
				}
			}
			return "", cellName(c+2, r+1)
		}
	}
	return "", ""
}

// readCover takes the revision from the cover; on other sheets it finds nothing.
func (v *visitReader) readCover() {
	for r := range v.g {
		label, cell := v.r.tidy(v.g.at(r, 0)), v.at.Sheet+"!"+cellName(2, r+1)
		switch label {
		case labelRevision:
			v.r.cover["revision"] = cell
			n, err := strconv.Atoi(numberOf(v.text(r, 1)))
			if s := v.text(r, 1); s != "" && (err != nil || n < 1) {
				v.r.coverWrong = append(v.r.coverWrong, v.wrong("workbook.number", r, 1, "Value", s))
			} else if s != "" {
				v.r.revision = n
			}
		case labelCorrection:
			v.r.cover["correction"] = cell
			v.r.correction = prose(v.text(r, 1))
		}
	}
}

// read reads the visit's sheet from the top down.
func (v *visitReader) read() {
	v.seen = map[string]string{}
	for r := range v.g {
		switch {
		case v.header(r):
		case v.cols == nil:
		case v.find != nil:
			v.readFinding(r)
		case v.r.cl.Item(strings.ToUpper(v.r.tidy(v.g.at(r, v.cols[itemColumns[colCode]])))) != nil:
			v.readItem(r)
		default:
			v.readField(r)
		}
	}
	if v.cols == nil {
		v.filled = true // a visit's sheet without its header is damaged, not blank
		v.problem(inspect.Reject("workbook.header", v.at, "Columns", strings.Join(itemColumns, " ")))
		return
	}
	v.settleTimes()
	if v.filled {
		v.rep.Problems = append(v.rep.Problems, v.merged...)
	}
}

// header recognises the header rows by their labels, wherever the columns stand.
func (v *visitReader) header(r int) bool {
	found := map[string]int{}
	for c := range v.g[r] {
		found[v.r.tidy(v.g.at(r, c))] = c
	}
	has := func(columns []string) bool {
		for _, label := range columns {
			if _, ok := found[tidy(label)]; !ok {
				return false
			}
		}
		return true
	}
	switch {
	case v.cols == nil && has(itemColumns):
		v.cols = map[string]int{}
		for _, label := range itemColumns {
			v.cols[label] = found[tidy(label)]
		}
	case has(findColumns):
		v.find = map[string]int{}
		for _, label := range findColumns {
			v.find[label] = found[tidy(label)]
		}
	default:
		return false
	}
	return true
}

// text returns a cell and records an error value or a formula, which is no answer.
func (v *visitReader) text(r, c int) string {
	s := v.g.at(r, c)
	if first, ok := v.src.covered(r, c, v.cols[itemColumns[colAnswer]]); ok && v.cols != nil {
		v.merged = append(v.merged, v.wrong("workbook.merged", r, c, "First", first))
		return ""
	}
	if len(v.formulas) > 0 && v.formulas[cellName(c+1, r+1)] != "" {
		v.problem(v.wrong("workbook.formula", r, c, "Formula", "="+v.formulas[cellName(c+1, r+1)]))
		return ""
	}
	if t := v.r.tidy(s); strings.HasPrefix(t, "#") && (strings.HasSuffix(t, "!") || strings.HasSuffix(t, "?") || t == "#N/A") {
		v.problem(v.wrong("workbook.formula", r, c, "Formula", t))
		return ""
	}
	return s
}

func (v *visitReader) wrong(rule string, r, c int, args ...any) *inspect.Problem {
	at := v.at
	at.Cell = cellName(c+1, r+1)
	return inspect.Reject(rule, at, args...)
}

func (v *visitReader) problem(p *inspect.Problem) {
	v.filled = true
	v.rep.Problems = append(v.rep.Problems, p)
}

// readField reads a row of the header: its label stands in the name column, its value in the
// answer column. The number after a repeated label does not matter.
func (v *visitReader) readField(r int) {
	c := v.cols[itemColumns[colAnswer]]
	label := strings.TrimRightFunc(v.r.tidy(v.g.at(r, v.cols[itemColumns[colName]])), unicode.IsDigit)
	hint := v.r.tidy(v.g.at(r, v.cols[itemColumns[colQuestion]]))
	switch label {
	case labelKind:
		v.kind, _ = kindOf(hint)
		return
	case labelDay:
		day, _, _ := strings.Cut(hint, " ")
		v.plan, _ = inspect.ParseDate(day)
		return
	case labelDate, labelArrived, labelLeft, labelInspector, labelPresent, labelEscort, labelRegister, labelHousehold, labelSubstitution:
	default:
		return
	}
	text := v.text(r, c)
	v.filled = v.filled || tidy(text) != ""
	v.setField(label, text, r, c)
}

func (v *visitReader) setField(label, text string, r, c int) {
	rep, cell := &v.rep, cellName(c+1, r+1)
	switch label {
	case labelDate:
		rep.Cells["date"] = cell
		v.date = v.moment(text, r, c)
		v.dateWrong = v.date == moment{} && tidy(text) != ""
	case labelArrived:
		rep.Cells["arrived"] = cell
		v.arrived = v.moment(text, r, c)
	case labelLeft:
		rep.Cells["left"] = cell
		v.left = v.moment(text, r, c)
	case labelInspector:
		if scientific.MatchString(tidy(text)) {
			v.problem(v.wrong("workbook.number-damage", r, c, "Value", tidy(text)))
		}
		rep.Inspectors = v.list(rep.Inspectors, "inspectors", text, cell, func(s string) string { return s })
	case labelPresent:
		rep.Present = v.list(rep.Present, "present", text, cell, func(s string) string { return codeOf(s, capacities()) })
	case labelEscort:
		rep.Cells["escort"] = cell
		rep.Escort = codeOf(text, inspect.EscortReasons)
	case labelRegister:
		rep.Cells["register"] = cell
		rep.Register = v.whole(text, r, c)
	case labelHousehold:
		rep.Cells["household"] = cell
		rep.Household = v.whole(text, r, c)
	case labelSubstitution:
		rep.Cells["substitution"] = cell
		rep.Substitution = codeOf(text, inspect.SubstitutionReasons)
	}
}

// list appends the entries of a cell; several may have been written into one.
func (v *visitReader) list(have []string, field, text, cell string, read func(string) string) []string {
	if _, known := v.rep.Cells[field]; !known {
		v.rep.Cells[field] = cell
	}
	for _, part := range split(tidy(text)) {
		if s := read(part); s != "" {
			v.rep.Cells[fmt.Sprintf("%s[%d]", field, len(have))] = cell
			have = append(have, s)
		}
	}
	return have
}

func (v *visitReader) moment(text string, r, c int) moment {
	if tidy(text) == "" {
		return moment{}
	}
	near := v.plan
	if near == "" {
		near = v.r.start
	}
	m, err := parseMoment(text, near, v.r.from1904)
	if err != nil {
		v.problem(v.wrong("workbook.time", r, c, "Value", tidy(text)))
	}
	return m
}

func (v *visitReader) whole(text string, r, c int) int {
	if tidy(text) == "" {
		return 0
	}
	n, err := strconv.Atoi(numberOf(text))
	if err != nil || n < 1 {
		v.problem(v.wrong("workbook.number", r, c, "Value", tidy(text)))
		return 0
	}
	return n
}

// settleTimes joins day and time of day. A time written with its own day does not need the date.
func (v *visitReader) settleTimes() {
	for _, t := range []struct {
		m    moment
		to   *time.Time
		cell string
	}{{v.arrived, &v.rep.Arrived, "arrived"}, {v.left, &v.rep.Left, "left"}} {
		at := v.at
		day := t.m.day
		if day == "" {
			day = v.date.day
		}
		switch {
		case t.m == moment{}: // blank, or wrong and already reported
		case !t.m.hasClock:
			at.Cell = v.rep.Cells[t.cell]
			v.problem(inspect.Reject("workbook.time", at, "Value", string(t.m.day)))
		case day == "" && v.dateWrong:
			return
		case day == "":
			at.Cell = v.rep.Cells["date"]
			v.problem(inspect.Reject("workbook.date-missing", at))
			return
		default:
			*t.to = day.Time().Add(t.m.clock)
		}
	}
}

// readItem reads the row of one item into an answer; a row on which nothing stands gives none.
func (v *visitReader) readItem(r int) {
	col := func(i int) int { return v.cols[itemColumns[i]] }
	it := v.r.cl.Item(strings.ToUpper(v.r.tidy(v.g.at(r, col(colCode)))))
	cell := cellName(col(colAnswer)+1, r+1)
	if first, twice := v.seen[it.Code]; twice {
		v.problem(v.wrong("workbook.item-twice", r, col(colCode), "Item", it.Code, "First", first))
		return
	}
	v.seen[it.Code], v.rep.Cells[it.Code] = cell, cell
	choice, number, of := v.text(r, col(colAnswer)), v.text(r, col(colNumber)), v.text(r, col(colOf))
	a := inspect.Answer{
		Item:   it.Code,
		Value:  codeOf(choice, answersOf(it)),
		Method: methodOf(v.text(r, col(colMethod)), methodsOf(v.r.cl, it), checklist.Oral),
		Reason: codeOf(v.text(r, col(colReason)), inspect.AnswerReasons),
		Note:   prose(v.text(r, col(colNote))),
	}
	v.rep.Cells[it.Code+".method"] = cellName(col(colMethod)+1, r+1)
	v.rep.Cells[it.Code+".reason"] = cellName(col(colReason)+1, r+1)
	v.rep.Cells[it.Code+".note"] = cellName(col(colNote)+1, r+1)
	v.number(it, &a, number, of, r)
	if a != (inspect.Answer{Item: it.Code}) {
		v.filled = true
		v.rep.Answers = append(v.rep.Answers, a)
	}
}

// number fills in what the number columns say.
func (v *visitReader) number(it *checklist.Item, a *inspect.Answer, number, of string, r int) {
	numbers := tidy(number) != "" || tidy(of) != ""
	special := a.Value == inspect.NotApplicable || a.Value == inspect.NotVerified
	switch {
	case numbers && (special || !isNumeric(it.Answer.Type)):
		v.problem(v.wrong("workbook.number-idle", r, v.cols[itemColumns[colNumber]], "Item", it.Code))
	case special || !isNumeric(it.Answer.Type):
	case !numbers && a.Value != "": // the number was written into the answer column
		num, den, ratio := strings.Cut(a.Value, "/")
		if a.Value = numberOf(num); ratio {
			a.Value += "/" + numberOf(den)
		}
	case !numbers:
	case it.Answer.Type == checklist.Count:
		a.Value = numberOf(number)
		v.rep.Cells[it.Code] = cellName(v.cols[itemColumns[colNumber]]+1, r+1)
	case tidy(of) == "" && strings.Contains(tidy(number), "/"):
		num, den, _ := strings.Cut(tidy(number), "/")
		a.Value = numberOf(num) + "/" + numberOf(den)
		v.rep.Cells[it.Code] = cellName(v.cols[itemColumns[colNumber]]+1, r+1)
	default:
		a.Value = numberOf(number) + "/" + numberOf(of)
		v.rep.Cells[it.Code] = cellName(v.cols[itemColumns[colNumber]]+1, r+1)
	}
}

// readFinding reads a row of the block of findings.
func (v *visitReader) readFinding(r int) {
	col := func(i int) int { return v.find[findColumns[i]] }
	about, _, _ := strings.Cut(tidy(v.text(r, col(findItem))), " ")
	fixed := tidy(v.text(r, col(findFixed)))
	o := inspect.Observation{
		Item:     strings.ToUpper(about),
		Kind:     inspect.FindingKind(codeOf(v.text(r, col(findKind)), inspect.FindingKinds)),
		Severity: codeOf(v.text(r, col(findSeverity)), severitiesOf(v.r.cl)),
		Fact:     prose(v.text(r, col(findFact))),
		Fixed:    fixed == yes || strings.EqualFold(fixed, "yes") || fixed == "√",
	}
	if o == (inspect.Observation{}) {
		return
	}
	v.filled = true
	field := fmt.Sprintf("observations[%d]", len(v.rep.Observations))
	for i, suffix := range []string{findKind: ".kind", findFact: ".fact", findItem: ".item", findSeverity: ".severity", findFixed: ".fixed"} {
		if suffix != "" {
			v.rep.Cells[field+suffix] = cellName(col(i)+1, r+1)
		}
	}
	v.rep.Observations = append(v.rep.Observations, o)
}

package workbook

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// Editor fills in a packet as a person does in a spreadsheet programme. It knows what the
// workbook itself holds and nothing else: no plan, no checklist. It changes the cells that are filled in and
// copies the rest as it stands; the library would lay out every sheet in memory.
type Editor struct {
	zip      *zip.Reader
	parts    map[string][]byte // XML of the sheets, by the sheet's name
	files    map[string]string // and their names in the archive
	texts    map[string]grid
	filled   map[string]map[[2]int]string // by sheet, row and column (from 1)
	password string
	lists    map[string][]inspect.Coded
	visits   []FormVisit
	sheets   map[string]*formSheet // by visit
	cover    map[string]int        // label → row
}

// FormVisit is a visit as its sheet shows it.
type FormVisit struct {
	ID    string
	Sheet string
	Kind  inspect.Kind
	Day   inspect.Date // planned
	From  string       // hour at which visits begin, 15:04
	Place string       // where it lies, as printed: region, county, township, village
	Slot  int          // HH: which household of the village
	Items []FormItem
	bands []orderBand
}

// FormItem is an item as the sheet offers it.
type FormItem struct {
	Code     string
	Question string
	Type     checklist.Type
	Max      int             // of a count
	Options  []inspect.Coded // in the order offered, na and unverified last; Zh only
	Methods  []inspect.Coded
}

type orderBand struct {
	upper int
	order []int
}

// formSheet knows the rows (1-based) of a visit's sheet.
type formSheet struct {
	name     string
	items    map[string]int
	fields   map[string][]int
	findings []int
	found    int
}

// Order is the order in which the households of a register of that many lines are tried, as far
// as the sheet prints it; nil for a register without lines or above the last band.
func (v *FormVisit) Order(register int) []int {
	for _, b := range v.bands {
		if register <= b.upper {
			return slices.DeleteFunc(slices.Clone(b.order), func(n int) bool { return n > register })
		}
	}
	return nil
}

// OpenEditor opens a packet's workbook with the password that closes it, empty where none does. It
// is saved under the same password, as spreadsheet programmes do.
func OpenEditor(path, password string) (*Editor, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if password != "" {
		if data, err = Decrypt(path, data, func(yield func(string) bool) { yield(password) }); err != nil {
			return nil, fmt.Errorf("open %q: %w", path, err)
		}
	}
	if err := checkContainer(inspect.Place{File: path}, data, unzipMax); err != nil {
		return nil, err
	}
	e := &Editor{password: password, parts: map[string][]byte{}, files: map[string]string{}, texts: map[string]grid{}, filled: map[string]map[[2]int]string{},
		lists: map[string][]inspect.Coded{}, sheets: map[string]*formSheet{}, cover: map[string]int{}}
	if e.zip, err = zip.NewReader(bytes.NewReader(data), int64(len(data))); err != nil {
		return nil, fmt.Errorf("open %q: %w", path, err)
	}
	named, shared := sheetFiles(e.part), sharedTexts(e.part(sharedPart))
	for _, s := range named {
		part := e.part(s.file)
		g, ok := plainCells(part, shared)
		if !ok {
			return nil, fmt.Errorf("open %q: sheet %q is not as packets have it", path, s.name)
		}
		e.parts[s.name], e.files[s.name], e.texts[s.name] = part, s.file, g
	}
	for _, row := range e.texts[listSheet] {
		for _, text := range row[min(1, len(row)):] {
			code, zh, _ := strings.Cut(text, " ")
			e.lists[row[0]] = append(e.lists[row[0]], inspect.Coded{Code: code, Zh: zh})
		}
	}
	for _, s := range named {
		if s.name != listSheet && s.name != metaSheet {
			e.learn(s.name, e.texts[s.name])
		}
	}
	return e, nil
}

// part is a file in the archive; nil where there is none that can be read.
func (e *Editor) part(name string) []byte {
	r, err := e.zip.Open(name)
	if err != nil {
		return nil
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil
	}
	return data
}

// learn notes where things stand on a sheet.
func (e *Editor) learn(sheet string, g grid) {
	if g.at(0, 0) != labelVisit {
		for r := range g {
			e.cover[g.at(r, 0)] = r + 1
		}
		return
	}
	v := FormVisit{ID: g.at(0, 1), Sheet: sheet}
	s := &formSheet{name: sheet, items: map[string]int{}, fields: map[string][]int{}}
	findings := false
	for r := 2; r < len(g); r++ {
		code, name, text := g.at(r, colCode), g.at(r, colName), g.at(r, colQuestion)
		switch {
		case findings:
			s.findings = append(s.findings, r+1)
		case code == findColumns[findNo]:
			findings = true
		case name == "": // a heading, in one merged cell
			fmt.Sscanf(code, householdBand, &v.Slot)
		case e.lists["answer:"+code] != nil:
			s.items[code] = r + 1
			v.Items = append(v.Items, e.item(code, text))
		case code == labelOrder:
			v.bands = append(v.bands, readBand(name, text))
		case name == labelKind:
			v.Kind, _ = kindOf(text)
		case name == labelDay:
			day, hours, _ := strings.Cut(tidy(text), " ")
			v.Day = inspect.Date(day)
			v.From, _, _ = strings.Cut(hours, "–")
		case name == labelPlace:
			v.Place = text
		case name != "":
			label := strings.TrimRight(name, "0123456789")
			s.fields[label] = append(s.fields[label], r+1)
		}
	}
	e.visits = append(e.visits, v)
	e.sheets[v.ID] = s
}

func (e *Editor) item(code, question string) FormItem {
	it := FormItem{Code: code, Question: question, Options: e.lists["answer:"+code], Methods: e.lists["method:"+code]}
	if t := e.lists["type:"+code]; len(t) == 2 {
		it.Type = checklist.Type(t[0].Code)
		it.Max, _ = strconv.Atoi(t[1].Code)
	}
	return it
}

func readBand(name, text string) orderBand {
	var b orderBand
	_, upper, _ := strings.Cut(strings.TrimSuffix(name, "户"), "–")
	b.upper, _ = strconv.Atoi(upper)
	for _, n := range strings.Fields(text) {
		if i, err := strconv.Atoi(n); err == nil {
			b.order = append(b.order, i)
		}
	}
	return b
}

// Visits returns the visits in the order of their sheets.
func (e *Editor) Visits() []FormVisit { return e.visits }

// Team returns the roster ids the workbook offers.
func (e *Editor) Team() []string {
	var out []string
	for _, c := range e.lists["team"] {
		out = append(out, c.Code)
	}
	return out
}

// List returns what a shared drop-down offers: capacity, escort, substitution, reason, finding,
// severity.
func (e *Editor) List(key string) []inspect.Coded { return e.lists[key] }

// SetAnswer fills in an item's row. Codes are written as the drop-down shows them, where it knows
// them, and otherwise as they stand.
func (e *Editor) SetAnswer(visit string, a inspect.Answer) error {
	s := e.sheets[visit]
	if s == nil || s.items[a.Item] == 0 {
		return fmt.Errorf("answer %q: unknown visit %q or item", a.Item, visit)
	}
	row := s.items[a.Item]
	value, number, of := e.text("answer:"+a.Item, a.Value), "", ""
	if t := e.lists["type:"+a.Item]; len(t) > 0 && isNumeric(checklist.Type(t[0].Code)) && value == a.Value {
		number, of, _ = strings.Cut(a.Value, "/")
		value = ""
	}
	return e.set(s.name, row, map[int]string{
		colAnswer: value, colNumber: number, colOf: of,
		colMethod: e.text("method:"+a.Item, a.Method), colReason: e.text("reason", a.Reason), colNote: a.Note,
	})
}

// SetHeader fills in the head of a visit's sheet from r: times, people, household. Its answers and
// observations are left alone.
func (e *Editor) SetHeader(visit string, r *inspect.Report) error {
	s := e.sheets[visit]
	if s == nil {
		return fmt.Errorf("header: unknown visit %q", visit)
	}
	fields := map[string][]string{
		labelDate:      {clockOf(r.Arrived, time.DateOnly)},
		labelArrived:   {clockOf(r.Arrived, "15:04")},
		labelLeft:      {clockOf(r.Left, "15:04")},
		labelInspector: r.Inspectors,
		labelEscort:    {e.text("escort", r.Escort)},
		labelRegister:  {positive(r.Register)}, labelHousehold: {positive(r.Household)},
		labelSubstitution: {e.text("substitution", r.Substitution)},
	}
	for _, code := range r.Present {
		fields[labelPresent] = append(fields[labelPresent], e.text("capacity", code))
	}
	for _, label := range slices.Sorted(maps.Keys(fields)) { // the same work gives the same file
		rows, values := s.fields[label], fields[label]
		if len(values) > len(rows) && strings.Join(values, "") != "" {
			return fmt.Errorf("header of visit %q: %d values for %d cells of %q", visit, len(values), len(rows), label)
		}
		for i, value := range values {
			if i < len(rows) {
				if err := e.set(s.name, rows[i], map[int]string{colAnswer: value}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// AddFinding fills in the next free row of the block of findings.
func (e *Editor) AddFinding(visit string, o inspect.Observation) error {
	s := e.sheets[visit]
	if s == nil || s.found == len(s.findings) {
		return fmt.Errorf("finding: unknown visit %q or no row left", visit)
	}
	s.found++
	fixed := ""
	if o.Fixed {
		fixed = yes
	}
	return e.set(s.name, s.findings[s.found-1], map[int]string{
		findKind: e.text("finding", string(o.Kind)), findFact: o.Fact, findItem: o.Item,
		findSeverity: e.text("severity", o.Severity), findFixed: fixed,
	})
}

// SetRevision marks the workbook as a correction of an earlier return.
func (e *Editor) SetRevision(n int, reason string) error {
	if err := e.set(coverSheet, e.cover[labelRevision], map[int]string{1: strconv.Itoa(n)}); err != nil {
		return err
	}
	return e.set(coverSheet, e.cover[labelCorrection], map[int]string{1: reason})
}

// SetCell writes a text into any cell, as somebody who pays no heed to the form might.
func (e *Editor) SetCell(sheet, cell, text string) error {
	column, row := coordinates([]byte(cell))
	if column == 0 || e.parts[sheet] == nil {
		return fmt.Errorf("sheet %q has no cell %q", sheet, cell)
	}
	e.put(sheet, row, column, textCell(text))
	return nil
}

// RemovePassword has the workbook saved without its password, as some people prefer to hand it in.
func (e *Editor) RemovePassword() { e.password = "" }

// Save writes the workbook to path, readable by its owner alone. rand is needed where a password closes it.
func (e *Editor) Save(rand io.Reader, path string) error {
	var buf bytes.Buffer
	changed := map[string][]byte{} // by name in the archive
	for sheet, cells := range e.filled {
		part, ok := withCells(e.parts[sheet], cells)
		if !ok {
			return fmt.Errorf("save %q: sheet %q is not as packets have it", path, sheet)
		}
		changed[e.files[sheet]] = part
	}
	zw := newZip(&buf)
	for _, f := range e.zip.File {
		part, ok := changed[f.Name]
		if !ok {
			if err := zw.Copy(f); err != nil {
				return fmt.Errorf("save %q: %w", path, err)
			}
			continue
		}
		w, err := zw.Create(f.Name)
		if err == nil {
			_, err = w.Write(part)
		}
		if err != nil {
			return fmt.Errorf("save %q: %w", path, err)
		}
	}
	if err := zw.Close(); err != nil {
		return fmt.Errorf("save %q: %w", path, err)
	}
	data := buf.Bytes()
	if e.password != "" {
		var err error
		if data, err = encrypt(rand, data, e.password); err != nil {
			return fmt.Errorf("save %q: %w", path, err)
		}
	}
	return os.WriteFile(path, data, 0o600)
}

// set writes texts into cells of a row, by 0-based column; digits become numbers, as typing them
// would make them, and an empty text clears what stood there.
func (e *Editor) set(sheet string, row int, values map[int]string) error {
	for _, c := range slices.Sorted(maps.Keys(values)) {
		text := values[c]
		_, typed := e.filled[sheet][[2]int{row, c + 1}]
		switch n, err := strconv.Atoi(text); {
		case text == "" && !typed && e.texts[sheet].at(row-1, c) == "":
		case text == "":
			e.put(sheet, row, c+1, "")
		case err == nil && sheet != coverSheet:
			e.put(sheet, row, c+1, numberCell(n))
		default:
			e.put(sheet, row, c+1, textCell(text))
		}
	}
	return nil
}

func (e *Editor) put(sheet string, row, column int, content string) {
	if e.filled[sheet] == nil {
		e.filled[sheet] = map[[2]int]string{}
	}
	e.filled[sheet][[2]int{row, column}] = content
}

// text is how a drop-down shows a code, or the code itself.
func (e *Editor) text(list, code string) string {
	for _, c := range e.lists[list] {
		if c.Code == code && c.Zh != "" {
			return shown(c.Code, c.Zh)
		}
	}
	return code
}

func clockOf(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.In(inspect.Beijing).Format(layout)
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

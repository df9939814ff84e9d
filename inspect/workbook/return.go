package workbook

import (
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"zhicha/inspect"
	"zhicha/inspect/checklist"
)

// ReadReturn reads a workbook that came back. Visits are found by the locked id on their sheet,
// fields by their labels, so renamed files, renamed, moved or hidden sheets and moved columns do
// no harm; a visit sheet on which nothing was filled in counts as not filed. What a cell holds and
// cannot be read becomes a Problem of its report, with sheet and cell; a value that can be read but
// is not allowed is handed on as it stands. A workbook that needs a password is opened by the first
// of codes that fits; its digest is that of the file as it came. The error is an *inspect.Problem and
// means that nothing could be read.
func ReadReturn(name string, data []byte, cl *checklist.Checklist, codes iter.Seq[string]) (ret *inspect.Return, err error) {
	at := inspect.Place{File: name}
	plain, err := Decrypt(name, data, codes)
	if err != nil {
		return nil, err
	}
	f, err := openForm(name, plain)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	defer guard(at, &err)
	parts := sheetParts(f)
	if sharing(parts) {
		return nil, damaged(at, errBook)
	}
	r := &reader{f: f, at: at, cl: cl, parts: parts, tidied: map[string]string{},
		ret: &inspect.Return{File: name, Digest: inspect.DigestOf(data), Clear: !Encrypted(data), Blank: []string{}}}
	if err := r.readMeta(); err != nil {
		return nil, err
	}
	seen := map[string]int{}
	for _, sheet := range f.GetSheetList() {
		if sheet == metaSheet || sheet == listSheet {
			continue
		}
		rep, filled := r.readSheet(sheet)
		if rep == nil {
			continue
		}
		if !filled {
			r.ret.Blank = append(r.ret.Blank, rep.Visit)
			continue
		}
		if first, twice := seen[rep.Visit]; twice {
			r.twice(&r.ret.Reports[first], rep)
		}
		seen[rep.Visit] = len(r.ret.Reports)
		r.ret.Reports = append(r.ret.Reports, *rep)
	}
	if len(r.ret.Problems) > 0 {
		r.ret.Blank = nil // whose sheet could not be read is not known
	}
	for i := range r.ret.Reports {
		r.stamp(&r.ret.Reports[i])
	}
	return r.ret, nil
}

// reader reads one return.
type reader struct {
	f          *excelize.File
	at         inspect.Place
	cl         *checklist.Checklist
	ret        *inspect.Return
	parts      map[string][]byte // XML of the sheets
	from1904   bool
	start      inspect.Date // first day of travel
	revision   int
	correction string
	cover      inspect.Cells    // cells of the cover, as sheet!cell
	coverWrong inspect.Problems // what cannot be read on the cover
	tidied     map[string]string
}

// tidy is tidy with a memory: the labels and questions of a form stand on many of its sheets.
func (r *reader) tidy(s string) string {
	t, known := r.tidied[s]
	if !known {
		t = tidy(s)
		r.tidied[s] = t
	}
	return t
}

// readMeta reads what the workbook belongs to.
func (r *reader) readMeta() error {
	at := r.at
	at.Sheet = metaSheet
	if i, err := r.f.GetSheetIndex(metaSheet); err != nil || i < 0 {
		return inspect.Reject("workbook.not-a-packet", r.at)
	}
	g, err := scan(r.f, r.parts[at.Sheet], at)
	if err != nil {
		return err
	}
	meta := map[string]string{}
	r.ret.Secrets = map[string]string{}
	for i := range g {
		key, value := tidy(g.at(i, 0)), tidy(g.at(i, 1))
		meta[key] = value
		if visit, ok := strings.CutPrefix(key, metaSecret); ok && value != "" {
			r.ret.Secrets[strings.TrimSpace(visit)] = value
		}
	}
	if meta[metaForm] != Form {
		return inspect.Reject("workbook.form-version", r.at, "Form", meta[metaForm], "Known", Form)
	}
	wave, errWave := strconv.Atoi(meta[metaWave])
	leg, errLeg := strconv.Atoi(meta[metaPacket])
	errDigest := r.ret.Checklist.UnmarshalText([]byte(meta[metaChecklist]))
	if errors.Join(errWave, errLeg, errDigest) != nil || meta[metaCampaign] == "" {
		return inspect.Reject("workbook.meta-edited", at)
	}
	r.ret.Campaign, r.ret.Wave, r.ret.Packet, r.ret.Form = meta[metaCampaign], wave, leg, meta[metaForm]
	r.start, _ = inspect.ParseDate(meta[metaFrom])
	if props, err := r.f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		r.from1904 = *props.Date1904
	}
	r.revision, r.cover = 1, inspect.Cells{}
	return nil
}

// readSheet reads a sheet: a visit's into a report, the cover into the reader, any other into
// nothing. A visit's sheet that cannot be read gives a report with that problem alone.
func (r *reader) readSheet(sheet string) (rep *inspect.Report, filled bool) {
	at := r.at
	at.Sheet = sheet
	src, err := sourceOf(r.parts[sheet], at)
	if err != nil {
		r.ret.Problems = append(r.ret.Problems, inspect.ProblemsOf(err)...)
		return nil, false
	}
	g, err := scan(r.f, r.parts[at.Sheet], at)
	if err != nil {
		r.ret.Problems = append(r.ret.Problems, inspect.ProblemsOf(err)...)
		return nil, false
	}
	v := &visitReader{r: r, g: g, at: at, src: src, formulas: formulas(r.parts[sheet])}
	id, cell := v.visitID()
	if cell == "" {
		v.readCover()
		return nil, false
	}
	v.rep = inspect.Report{Visit: id, Sheet: sheet, Cells: inspect.Cells{"visit": cell}}
	if scientific.MatchString(id) {
		at.Cell = cell
		v.problem(inspect.Reject("workbook.number-damage", at, "Value", id))
	}
	v.read()
	return &v.rep, v.filled
}

// twice marks both reports of a visit that stands on two filled sheets: nobody can say which one
// was meant.
func (r *reader) twice(a, b *inspect.Report) {
	for _, pair := range [][2]*inspect.Report{{a, b}, {b, a}} {
		at := r.at
		at.Sheet, at.Cell = pair[0].Sheet, pair[0].Cells["visit"]
		pair[0].Problems = append(pair[0].Problems, inspect.Reject("workbook.visit-twice", at, "Visit", a.Visit, "Other", pair[1].Sheet))
	}
}

// stamp puts what the cover says about corrections on a report. It comes last, since sheets may
// stand in any order.
func (r *reader) stamp(rep *inspect.Report) {
	rep.Revision, rep.Correction = r.revision, r.correction
	for k, v := range r.cover {
		rep.Cells[k] = v
	}
	rep.Problems = append(rep.Problems, slices.Clone(r.coverWrong)...)
}

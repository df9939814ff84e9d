package frame

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhicha/inspect"
)

// maxSize bounds a size measure, so that sums and products in the draw stay far from overflow.
const maxSize = 1_000_000_000

// maxPrinted is how many problems are kept; the rest is counted.
const maxPrinted = 100

// report gathers problems: the first hundred, and the number of the others.
type report struct {
	kept inspect.Problems
	more int
}

func (r *report) add(p *inspect.Problem) {
	if len(r.kept) < maxPrinted {
		r.kept = append(r.kept, p)
	} else {
		r.more++
	}
}

func (r *report) err() error {
	if r.more > 0 {
		return append(r.kept, inspect.Reject("frame.more", inspect.Place{}, "N", r.more))
	}
	return r.kept.Err()
}

// checker judges one row at a time.
type checker struct {
	report
	at inspect.Place
}

func (c *checker) bad(col int, rule string, args ...any) {
	at := c.at
	at.Field = Columns[col]
	c.add(inspect.Reject(rule, at, args...))
}

var regionKnown = func() map[string]bool {
	known := map[string]bool{}
	for _, r := range inspect.Regions {
		known[r.Code] = true
	}
	return known
}()

// unit checks all that a row shows by itself and returns what could be read of it. The unit is
// wanted even of a bad row, so that its children are not called orphans.
func (c *checker) unit(f []string) inspect.Unit {
	u := inspect.Unit{
		ID: f[colID], Name: f[colName], AreaCode: f[colArea], ReportingUnit: f[colRegion],
		County: f[colCounty], Township: f[colTownship],
	}
	switch f[colKind] {
	case "CO":
		u.Kind = inspect.CO
	case "TS":
		u.Kind = inspect.TS
	case "VC":
		u.Kind = inspect.VC
	case "WI":
		u.Kind = inspect.WI
	default: // households are drawn on the spot and never stand in a frame
		c.bad(colKind, "frame.kind", "Kind", f[colKind])
		return u
	}
	if !plain(u.Name) {
		c.bad(colName, "frame.name", "Name", u.Name)
	}
	c.codes(&u)
	c.region(&u)
	c.numbers(&u, f[colSize], f[colRisk])
	return u
}

// codes checks the form of the codes and that a division's code lies under its parent's.
func (c *checker) codes(u *inspect.Unit) {
	area := c.code(colArea, u.AreaCode, "")
	var id bool
	switch u.Kind {
	case inspect.CO:
		if corpsID(u) {
			id = true
			c.same(colCounty, u.County, u.ID)
			c.same(colTownship, u.Township, "")
			return
		}
		id = c.code(colID, u.ID, "000000")
		c.same(colCounty, u.County, u.ID)
		c.same(colTownship, u.Township, "")
	case inspect.TS:
		id = c.code(colID, u.ID, "000")
		if id && isCode(u.County) && u.County[:6] != u.ID[:6] {
			c.bad(colCounty, "frame.lineage", "ID", u.ID, "Parent", u.County)
		}
		c.same(colTownship, u.Township, u.ID)
	case inspect.VC:
		id = c.code(colID, u.ID, "")
		if id && strings.HasSuffix(u.ID, "000") {
			id = false
			c.bad(colID, "frame.code", "Code", u.ID)
		}
		if id && c.code(colTownship, u.Township, "000") && u.Township[:9] != u.ID[:9] {
			c.bad(colTownship, "frame.lineage", "ID", u.ID, "Parent", u.Township)
		}
	case inspect.WI:
		if !instituteID(u.ID) {
			c.malformed(colID, u.ID)
		}
		c.same(colTownship, u.Township, "")
		return
	}
	if id && area && u.AreaCode != u.ID {
		c.bad(colArea, "frame.area", "ID", u.ID, "Area", u.AreaCode)
	}
}

// region checks who answers against where the unit lies: the XPCC lies inside 65, everybody else
// answers for their own area.
func (c *checker) region(u *inspect.Unit) {
	if !regionKnown[u.ReportingUnit] {
		c.bad(colRegion, "frame.reporting-unit", "Unit", u.ReportingUnit)
		return
	}
	lies := u.ReportingUnit
	if lies == inspect.XPCC {
		lies = "65"
	}
	if isCode(u.AreaCode) && u.AreaCode[:2] != lies {
		c.bad(colRegion, "frame.region", "Unit", u.ReportingUnit, "Area", u.AreaCode)
	}
}

// numbers reads size and risk: plain digits without sign, leading zero or separator.
func (c *checker) numbers(u *inspect.Unit, size, risk string) {
	if size != "" {
		n, err := strconv.ParseInt(size, 10, 64)
		if err != nil || size[0] < '1' || size[0] > '9' || n > maxSize {
			c.bad(colSize, "frame.size", "Size", size)
		} else {
			u.Size = n
		}
	} else if u.Kind == inspect.CO {
		c.bad(colSize, "frame.size-missing", "ID", u.ID)
	}
	switch {
	case risk == "":
	case len(risk) == 1 && risk[0] >= '1' && risk[0] <= '4':
		u.Risk = int(risk[0] - '0')
	default:
		c.bad(colRisk, "frame.risk", "Risk", risk)
	}
}

func (c *checker) code(col int, s, tail string) bool {
	if isCode(s) && strings.HasSuffix(s, tail) {
		return true
	}
	c.malformed(col, s)
	return false
}

// malformed tells a code that a spreadsheet turned into a number from one that is merely wrong.
func (c *checker) malformed(col int, s string) {
	if _, err := strconv.ParseFloat(s, 64); err == nil && strings.ContainsAny(s, ".eE") {
		c.bad(col, "frame.code-number", "Code", s)
		return
	}
	c.bad(col, "frame.code", "Code", s)
}

func (c *checker) same(col int, have, want string) {
	if have != want {
		c.bad(col, "frame.fixed-field", "Have", have, "Want", want)
	}
}

// isCode reports whether s is a 12-digit division code.
func isCode(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// corpsID reports whether a county is one of the XPCC's without a code of its own: BT and up to
// ten capital letters or digits.
func corpsID(u *inspect.Unit) bool {
	rest, ok := strings.CutPrefix(u.ID, inspect.XPCC)
	return ok && u.ReportingUnit == inspect.XPCC && rest != "" && len(rest) <= 10 &&
		strings.Trim(rest, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// instituteID reports whether s can name an institution: 1 to 40 ASCII letters, digits or hyphens.
func instituteID(s string) bool {
	for i := range len(s) {
		switch b := s[i]; {
		case '0' <= b && b <= '9', 'A' <= b && b <= 'Z', 'a' <= b && b <= 'z', b == '-':
		default:
			return false
		}
	}
	return 0 < len(s) && len(s) <= 40
}

// plain reports whether a name can stand in a canonical table: some text, no comma, quotation
// mark, control character or sign of a lost character, no space at its ends. Characters outside
// the BMP and private-use code points occur in real names and are kept.
func plain(s string) bool {
	if s == "" || !utf8.ValidString(s) || strings.TrimSpace(s) != s || inspect.SafeCell(s) != s { // the table of counties is published as it is
		return false
	}
	for _, r := range s {
		if r == ',' || r == '"' || r == utf8.RuneError || unicode.IsControl(r) {
			return false
		}
	}
	return true
}

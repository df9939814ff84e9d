package site

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zhicha/inspect"
	"zhicha/inspect/release"
	"zhicha/inspect/score"
	"zhicha/inspect/workbook"
)

// Table is one set of rows, published as CSV and as JSON with the same content. A cell is a
// string, an int, a float64, a bool, or nil where there is no value.
type Table struct {
	Name, Title string
	Fields      []Field
	Rows        [][]any
}

// Field is a column as datapackage.json (Frictionless Table Schema) describes it.
type Field struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Description string `json:"description"`
}

var estimateFields = []Field{
	{"score", "number", "得分，0–100；样本不足时为空"}, {"low", "number", "置信区间下限"}, {"high", "number", "置信区间上限"},
	{"visits", "integer", "计分的现场检查数 n"},
}

func estimateCells(e release.Estimate) []any {
	if !e.Known {
		return []any{nil, nil, nil, e.Visits}
	}
	return []any{e.Score, e.Low, e.High, e.Visits}
}

func (s *site) regionField() Field {
	return Field{"region", "string", "报告单位代码；CN 为" + s.Land().NameZh}
}

// Tables are the open data of the site.
func (s *site) Tables() []Table {
	return []Table{s.regionTable(), s.sectionTable(), s.itemTable(), s.meanTable(), s.countyTable(), s.findingTable(), s.bandTable()}
}

func (s *site) regionTable() Table {
	t := Table{Name: "regions", Title: "各报告单位得分和等次", Fields: slices.Concat([]Field{s.regionField(), {"name", "string", "名称"}},
		estimateFields, []Field{{"bands", "string", "等次代码，跨档时两个，以竖线分隔"}, {"planned", "integer", "计划检查数"},
			{"counties", "integer", "计分的县数"}, {"substituted", "number", "入户替换率，0–1"}})}
	add := func(code, name string, e release.Estimate, bands []string) {
		t.Rows = append(t.Rows, slices.Concat([]any{code, name}, estimateCells(e),
			[]any{strings.Join(bands, "|"), e.Planned, e.Counties, e.Substituted}))
	}
	add("CN", s.Land().NameZh, s.National, nil)
	for _, r := range s.Regions {
		add(r.Code, r.NameZh, r.Estimate, r.Bands)
	}
	return t
}

func (s *site) sectionTable() Table {
	t := Table{Name: "sections", Title: "各项工作得分", Fields: slices.Concat([]Field{s.regionField(), {"section", "string", "工作内容代码"},
		{"name", "string", "名称"}, {"weight", "number", "分值"}}, estimateFields, []Field{{"lost", "number", "占总分的失分"}})}
	add := func(code string, list []release.Section) {
		for _, x := range list {
			t.Rows = append(t.Rows, slices.Concat([]any{code, x.Code, x.NameZh, x.Weight}, estimateCells(x.Estimate), []any{x.Lost}))
		}
	}
	add("CN", s.Sections)
	for _, r := range s.Regions {
		add(r.Code, r.Sections)
	}
	return t
}

func (s *site) itemTable() Table {
	t := Table{Name: "items", Title: "各项指标得分", Fields: slices.Concat([]Field{s.regionField(), {"item", "string", "指标代码"},
		{"name", "string", "名称"}, {"weight", "number", "分值"}}, estimateFields, []Field{{"lost", "number", "占总分的失分"}})}
	add := func(code string, list []release.Item) {
		for _, x := range list {
			t.Rows = append(t.Rows, slices.Concat([]any{code, x.Code, x.NameZh, x.Weight}, estimateCells(x.Estimate), []any{x.Lost}))
		}
	}
	add("CN", s.Items)
	for _, r := range s.Regions {
		add(r.Code, r.Items)
	}
	return t
}

func (s *site) meanTable() Table {
	t := Table{Name: "item-means", Title: "复算用：各报告单位的指标均值和分值", Fields: []Field{{"region", "string", "报告单位代码"},
		{"item", "string", "指标代码"}, {"mean", "number", "加权均值，0–1，六位小数"}, {"weight", "number", "占100分的分值，六位小数"}, {"n", "integer", "回答数"}}}
	for i := range s.Result().Regions {
		r := &s.Result().Regions[i]
		for _, m := range r.Items {
			if m.Known {
				t.Rows = append(t.Rows, []any{r.Code, m.Code, float64(m.Mean), float64(m.Weight), m.Visits})
			}
		}
	}
	return t
}

func (s *site) countyTable() Table {
	t := Table{Name: "county-totals", Title: "复算用：各抽中县的线性化综合值（各列表按数值排序，不标明县名）", Fields: []Field{
		{"composite", "string", "region 本报告单位的综合值，nation " + s.Land().NameZh + "的综合值"}, {"region", "string", "报告单位代码"}, {"z", "number", "线性化综合值的县总值"}}}
	for i := range s.Result().Regions {
		r := &s.Result().Regions[i]
		for _, list := range []struct {
			of     string
			values []score.Decimal
		}{{"region", r.Z}, {"nation", r.Nation}} {
			for _, z := range list.values {
				t.Rows = append(t.Rows, []any{list.of, r.Code, float64(z)})
			}
		}
	}
	return t
}

func (s *site) findingTable() Table {
	t := Table{Name: "findings", Title: "发现的问题、隐患和好做法（计数）", Fields: []Field{s.regionField(), {"kind", "string", "problem 问题，hazard 隐患，practice 好做法"},
		{"severity", "string", "S1–S4；空为全部"}, {"n", "integer", "计数；过小或可由其他计数推算的为空"}, {"hidden", "boolean", "是否因过小而不公布"}}}
	add := func(code string, list []score.Tally) {
		for _, x := range list {
			var n any = x.N
			if x.Hidden {
				n = nil
			}
			t.Rows = append(t.Rows, []any{code, x.Kind, x.Severity, n, x.Hidden})
		}
	}
	add("CN", s.Findings)
	for _, r := range s.Regions {
		add(r.Code, r.Findings)
	}
	return t
}

func (s *site) bandTable() Table {
	t := Table{Name: "bands", Title: "等次分界", Fields: []Field{{"band", "string", "等次代码"}, {"name", "string", "名称"},
		{"min", "number", "最低得分"}}}
	for _, b := range s.Method.Bands {
		t.Rows = append(t.Rows, []any{b.Code, b.Zh, b.Min})
	}
	return t
}

// csv writes the table as UTF-8 with a byte order mark, without which spreadsheets misread it.
func (t Table) csv() ([]byte, error) {
	b := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(b)
	var head []string
	for _, f := range t.Fields {
		head = append(head, f.Name)
	}
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			switch c := c.(type) {
			case nil:
			case float64:
				cells[i] = strconv.FormatFloat(c, 'f', -1, 64)
			case string:
				cells[i] = inspect.SafeCell(c)
			default:
				cells[i] = fmt.Sprint(c)
			}
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// json writes the table as an array of objects, a row a line, fields in the order of the table.
func (t Table) json() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("[")
	for i, row := range t.Rows {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n{")
		for j, c := range row {
			if j > 0 {
				b.WriteString(",")
			}
			v, err := json.Marshal(c)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "%q:%s", t.Fields[j].Name, v)
		}
		b.WriteString("}")
	}
	b.WriteString("\n]\n")
	return b.Bytes(), nil
}

// PublicData is the file of everything the site was made from: whoever has it and this program can make
// the site again and compare.
const PublicData = "data/public.json"

// book is the open data as a workbook.
func (s *site) book() ([]byte, error) {
	var sheets []workbook.Table
	for _, t := range s.Tables() {
		sheet := workbook.Table{Name: t.Name, Rows: t.Rows}
		for _, f := range t.Fields {
			sheet.Columns = append(sheet.Columns, workbook.Column{Name: f.Name})
		}
		sheets = append(sheets, sheet)
	}
	var out bytes.Buffer
	err := workbook.WriteTable(&out, sheets)
	return out.Bytes(), err
}

// tables returns the files of data/: every table twice and once more in a workbook, what the site was
// made from, the checklist, the data package that describes the tables and the checksums of all in the
// form sha256sum reads.
func (s *site) tables() ([]File, error) {
	var files []File
	var resources []resource
	for _, t := range s.Tables() {
		for _, form := range []struct {
			format, media string
			write         func() ([]byte, error)
		}{{"csv", "text/csv", t.csv}, {"json", "application/json", t.json}} {
			data, err := form.write()
			if err != nil {
				return nil, fmt.Errorf("site: table %q: %w", t.Name, err)
			}
			f := File{"data/" + t.Name + "." + form.format, data}
			files = append(files, f)
			r := resource{Name: t.Name + "-" + form.format, Title: t.Title, Path: t.Name + "." + form.format, Format: form.format,
				Media: form.media, Encoding: "utf-8", Bytes: len(data), Hash: "sha256:" + inspect.DigestOf(data).String()}
			r.Schema.Fields = t.Fields
			resources = append(resources, r)
		}
	}
	book, err := s.book()
	if err != nil {
		return nil, fmt.Errorf("site: workbook: %w", err)
	}
	all, err := json.Marshal(s.Public)
	if err != nil {
		return nil, fmt.Errorf("site: public data: %w", err)
	}
	files = append(files, File{"data/tables.xlsx", book}, File{PublicData, append(all, '\n')}, File{"data/checklist.yaml", s.Checklist})
	pkg, err := json.MarshalIndent(struct {
		Name      string     `json:"name"`
		Title     string     `json:"title"`
		Created   string     `json:"created"`
		Demo      bool       `json:"demo"`
		Resources []resource `json:"resources"`
	}{strings.ToLower(s.Campaign.ID), s.demoTitle(), s.AsOf.UTC().Format("2006-01-02T15:04:05Z"), s.Campaign.Demo, resources}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("site: data package: %w", err)
	}
	files = append(files, File{"data/datapackage.json", append(pkg, '\n')})
	slices.SortFunc(files, byPath)
	var sums bytes.Buffer
	for _, f := range files {
		fmt.Fprintf(&sums, "%s  %s\n", inspect.DigestOf(f.Data), strings.TrimPrefix(f.Path, "data/"))
	}
	return append(files, File{"data/checksums.txt", sums.Bytes()}), nil
}

// resource is a file of a data package (Frictionless Data Package 1.0).
type resource struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Path     string `json:"path"`
	Format   string `json:"format"`
	Media    string `json:"mediatype"`
	Encoding string `json:"encoding"`
	Bytes    int    `json:"bytes"`
	Hash     string `json:"hash"`
	Schema   struct {
		Fields []Field `json:"fields"`
	} `json:"schema"`
}

// demoTitle is the campaign's title, marked where it is a demonstration.
func (s *site) demoTitle() string {
	if s.Campaign.Demo {
		return s.Campaign.TitleZh + "（演示数据）"
	}
	return s.Campaign.TitleZh
}

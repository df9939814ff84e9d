package publish_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhicha/inspect"
	"zhicha/inspect/audit"
	"zhicha/inspect/campaign"
	"zhicha/inspect/ceremony"
	"zhicha/inspect/prepare"
	"zhicha/inspect/publish"
	"zhicha/inspect/rehearsal"
	"zhicha/inspect/results"
	"zhicha/inspect/verify"
)

// A province in which its prefectures check each other: they are its reporting units, on every page and in every document, and
// nothing speaks of the nation or of other provinces.
func TestProvince(t *testing.T) {
	if testing.Short() {
		t.Skip("plays a provincial campaign")
	}
	t.Parallel()
	ctx := t.Context()
	o := rehearsal.NewOffice(t, 51, "stratum: reporting_unit", "stratum: prefecture", "region: reporting_unit", "region: prefecture", "counties: 4 ", "counties: 2 ")
	land := rehearsal.Must(o.Territory(1))
	if land.NameZh != "宁夏回族自治区" || len(land.Units) != 5 || land.Units[0] != (inspect.Region{Code: "6401", NameZh: "银川市", NameEn: "银川市", Short: "银川"}) {
		t.Fatalf("%+v", land)
	}
	var people []inspect.Inspector
	for no := 1; no <= 12; no++ {
		p := inspect.Inspector{Name: "演示数据", Team: no, Kind: inspect.ThirdParty}
		if no <= 10 {
			p.Kind, p.Home = inspect.Provincial, land.Units[(no-1)%5].Code
		}
		if no == 5 {
			p.Recusals = []string{"6401"}
		}
		for i := range 2 {
			p.ID, p.Woman = fmt.Sprintf("insp-%d%c", no, 'a'+i), i == 0
			people = append(people, p)
		}
	}
	got, err := prepare.ImportRoster(ctx, o.Campaign, o.Who("draw-1"), o.File("roster.xlsx", rehearsal.RosterBook(people, land.Units)), 1)
	if o.OK(err); got[0].Home != "6401" || got[4].Forbidden[0] != "6401" {
		t.Fatalf("%+v", got)
	}
	o.Refused("a home elsewhere", "workbook.roster-region", func() error {
		_, err := prepare.ImportRoster(ctx, o.Campaign, o.Who("draw-1"), o.File("roster.xlsx", rehearsal.Outsiders(func(p *inspect.Inspector) { p.Home, p.Kind = "44", inspect.Provincial })), 1)
		return err
	})
	o.Appoint("draft-1", "drafter", "")
	o.Appoint("audit-1", "auditor", "")
	o.Draw(1)
	for _, l := range rehearsal.Must(o.Legs(ctx, 1)) {
		if home := got[l.Team-1].Home; home == l.Region || l.Team == 5 && l.Region == "6401" || !inspect.Within(l.County, l.Region) {
			t.Errorf("team %d of %s was sent to %s in %s", l.Team, home, l.County, l.Region)
		}
	}
	o.Return(1, rehearsal.Best)
	o.CloseAll(1)
	o.OK(ceremony.Reveal(ctx, o.Campaign, o.Who("draw-1"), 1, campaign.PublicStages, o.Keys()))
	_, err = results.Freeze(ctx, o.Campaign, o.Who("score-1"), 1)
	o.OK(err)
	path, err := publish.Draft(ctx, o.Campaign, o.Who("draft-1"), "notice", 1, publish.PracticeSource{})
	o.OK(err)
	_, err = publish.BuildSite(ctx, o.Campaign, o.Who("publish-1"), 1)
	o.OK(err)
	r, err := verify.Folder(os.DirFS(o.Path(campaign.PublicDir)), verify.Options{})
	if err != nil || !r.Verified {
		t.Fatalf("%v %v", err, r.Problems())
	}
	audited, err := audit.Run(ctx, o.Campaign, o.Who("audit-1"), 1, o.Keys(), audit.SignNothing)
	if err != nil {
		t.Fatalf("%v %v", err, audited)
	}
	files := map[string]string{"the notice": string(rehearsal.Must(os.ReadFile(o.Path(path))))}
	o.OK(filepath.WalkDir(o.Path(campaign.PublicDir), func(path string, d os.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".html" {
			files[path] = string(rehearsal.Must(os.ReadFile(path)))
		}
		return err
	}))
	for name, text := range files {
		for _, word := range []string{"全国", "北京", "各省", "兵团"} {
			if strings.Contains(text, word) && !strings.Contains(name, "indicators") { // where the checklist has its own words
				t.Errorf("%s speaks of %s", name, word)
			}
		}
	}
	home := files[o.Path(campaign.PublicDir, "index.html")]
	for _, word := range []string{"宁夏回族自治区抽样得分", "银川市", "吴忠市"} {
		if !strings.Contains(home, word) {
			t.Errorf("the first page says nothing of %s", word)
		}
	}
	if notice := files["the notice"]; !strings.Contains(notice, "银川市、石嘴山市、吴忠市、固原市、中卫市未成年人保护工作领导小组") || !strings.Contains(notice, "宁夏回族自治区抽样得分") {
		t.Errorf("%s", notice[:400])
	}
}

package campaign_test

import (
	"testing"

	"zhicha/inspect/rehearsal"
)

// Entries that were signed are not the database's to change: with the triggers gone and an entry altered the
// log is not signed again, whichever the entry.
func TestAlteredEntry(t *testing.T) {
	t.Parallel()
	for _, bend := range []string{
		"UPDATE entry SET time = '2023-01-01T00:00:00+08:00' WHERE seq = 1",
		"UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), '\"wave\":1', '\"wave\":2') AS BLOB) WHERE seq = (SELECT max(seq) FROM entry)",
		"DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
	} {
		o := rehearsal.NewOffice(t, 60)
		o.Draw(1)
		if _, err := o.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.SQL("DROP TRIGGER entry_no_update")
		o.SQL("DROP TRIGGER entry_no_delete")
		o.SQL(bend)
		if _, err := o.Checkpoint(t.Context()); rehearsal.RuleOf(err) != "ledger.database-other" && rehearsal.RuleOf(err) != "ledger.database-older" {
			t.Errorf("%s: %v", bend, err)
		}
	}
}

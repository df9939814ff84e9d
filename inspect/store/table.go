package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// CopyTo writes the database as it stands to a new file.
func (db *DB) CopyTo(ctx context.Context, path string) error {
	if _, err := db.write.ExecContext(ctx, "VACUUM INTO ?1", path); err != nil {
		return fmt.Errorf("copy to %q: %w", path, err)
	}
	return nil
}

// Tables are the names of the tables of the present schema, but for what the migrations keep.
func (t *Tx) Tables() (names []string, err error) {
	err = t.each(func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	}, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' ORDER BY name")
	return names, err
}

// Table is every row of a table with every cell as SQL writes it, in the order in which the rows came.
func (t *Tx) Table(name string) (columns []string, rows [][]string, err error) {
	names, err := t.Tables()
	if err != nil || !slices.Contains(names, name) {
		return nil, nil, fmt.Errorf("table %q: %w", name, err)
	}
	err = t.each(func(scan func(...any) error) error {
		var column string
		err := scan(&column)
		columns = append(columns, column)
		return err
	}, "SELECT name FROM pragma_table_info(?1) ORDER BY cid", name)
	if err != nil {
		return nil, nil, err
	}
	var cells []string
	for _, c := range columns {
		cells = append(cells, fmt.Sprintf("quote(%q)", c))
	}
	err = t.each(func(scan func(...any) error) error {
		row, into := make([]string, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		err := scan(into...)
		rows = append(rows, row)
		return err
	}, "SELECT "+strings.Join(cells, ", ")+" FROM "+name+" ORDER BY rowid")
	return columns, rows, err
}

// Made is a table, an index, a trigger or a view of the database, and how it is made.
type Made struct{ Name, How string }

// Schema is all of them, whatever they are called: also what SQLite itself would not let anybody name so.
func (t *Tx) Schema() (out []Made, err error) {
	return out, t.each(func(scan func(...any) error) error {
		var m Made
		err := scan(&m.Name, &m.How)
		out = append(out, m)
		return err
	}, "SELECT name, type || ' on ' || tbl_name || ': ' || ifnull(sql, '') FROM sqlite_schema")
}

// Sound is what SQLite finds wrong with the file: an index that says another thing than its table, a page that is none.
func (t *Tx) Sound() (wrong []string, err error) {
	return wrong, t.each(func(scan func(...any) error) error {
		var line string
		err := scan(&line)
		if line != "ok" {
			wrong = append(wrong, line)
		}
		return err
	}, "PRAGMA integrity_check")
}

// Rewind takes the copy of a database back to before anything came back: what is left is what the
// draw and the release of its packets put there. Only an audit does so, to play the rest again beside
// what stands.
func (t *Tx) Rewind() error {
	for _, q := range []string{
		"DROP TRIGGER IF EXISTS entry_no_update", "DROP TRIGGER IF EXISTS entry_no_delete", "DROP TRIGGER IF EXISTS root_no_update", "DROP TRIGGER IF EXISTS root_no_delete",
		"DELETE FROM entry", "DELETE FROM root", "DELETE FROM correction", "DELETE FROM score",
		"DELETE FROM finding", "DELETE FROM review", "DELETE FROM coding", "DELETE FROM report", "DELETE FROM alarm", "DELETE FROM photo", "DELETE FROM returned",
		"DELETE FROM unproven_act", "DELETE FROM unproven", "DELETE FROM leg_act",
		"UPDATE visit SET state = 'open' WHERE state <> 'substituted'",
		"UPDATE leg SET closed = NULL, reason = '', suspended = '', excluded = ''",
	} {
		if err := t.exec(q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
}

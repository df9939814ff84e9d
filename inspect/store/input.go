package store

// Input is what a wave committed to, as it was then.
type Input struct {
	After   int64 // how many entries the log had when it came to hold
	Content []byte
}

// PutInput keeps a part of what a wave committed to; what was kept before of that part stays beside it.
func (t *Tx) PutInput(wave int, part string, in Input) error {
	return t.exec("INSERT INTO input SELECT ?1, ?2, COALESCE(MAX(no), 0) + 1, ?3, ?4 FROM input WHERE wave = ?1 AND part = ?2", wave, part, in.After, in.Content)
}

// Inputs returns what is kept of a part, in the order in which it came to hold.
func (t *Tx) Inputs(wave int, part string) (out []Input, err error) {
	return out, t.each(func(scan func(...any) error) error {
		var in Input
		err := scan(&in.After, &in.Content)
		out = append(out, in)
		return err
	}, "SELECT after, content FROM input WHERE wave = ?1 AND part = ?2 ORDER BY no", wave, part)
}

package site

import (
	"fmt"

	"zhicha/inspect"
	"zhicha/inspect/document"
)

// proofs are the files from which a stranger recomputes each revealed wave, in canonical JSON so
// that their digests are those of the commit record, and the signed source of every document.
func (s *site) proofs() ([]File, error) {
	var files []File
	for _, w := range s.Waves {
		if w.Proof == nil {
			continue
		}
		at := fmt.Sprintf("rounds/%d/", w.No)
		files = append(files, File{at + "record.json", w.Proof.Record}, File{at + "counties.csv", w.Proof.Counties})
		reveal := map[string]any{"beacon": w.Beacon, "shares": w.Proof.Shares}
		if w.Proof.Salt != "" {
			reveal["salt"] = w.Proof.Salt
		}
		for _, f := range []struct {
			name string
			of   any
		}{
			{"design.json", w.Design}, {"teams.json", w.Proof.Teams}, {"signatures.json", w.Proof.Signatures},
			{"reveal.json", reveal}, {"legs.json", w.Proof.Legs},
		} {
			data, err := inspect.CanonicalJSON(f.of)
			if err != nil {
				return nil, fmt.Errorf("site: %s%s: %w", at, f.name, err)
			}
			files = append(files, File{at + f.name, data})
		}
	}
	for _, d := range s.Documents {
		files = append(files, File{document.KindOf(d.Kind).Folder + "/" + d.ID + ".md", d.Source})
	}
	return files, nil
}

package document

import (
	"fmt"
	"strings"

	"zhicha/inspect/say"
)

// worded returns a sentence for what the airlock hands out as codes and numbers. A document must not
// be drafted around a hole, so a code without words is an error.
func worded(id string, values map[string]any) (string, error) {
	text, ok := say.Chinese().Lookup(id, values)
	if !ok {
		return "", fmt.Errorf("no words for a code: %q", id)
	}
	return text, nil
}

// deadline says how long a problem may stand.
func deadline(d Deadline) (string, error) {
	text, err := worded("release.deadline."+d.Limit, map[string]any{"Written": d.Written, "Hours": d.Hours, "Days": d.Days})
	return escapeMarkdown(text), err
}

// either joins the names of bands that come into question.
func either(names []string) (string, error) {
	or, err := worded("release.or", nil)
	return escapeMarkdown(strings.Join(names, or)), err
}

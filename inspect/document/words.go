package document

import (
	"fmt"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"

	"zhicha/templates"
)

// words are the sentences for what the airlock hands out as codes and numbers, from the catalogue
// of the one language that drafts are written in.
var words = template.Must(readWords("locale/release.zh-CN.yaml"))

func readWords(name string) (*template.Template, error) {
	data, err := templates.FS.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var sentences map[string]string
	if err := yaml.Unmarshal(data, &sentences); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	all := template.New("").Option("missingkey=error")
	for id, text := range sentences {
		if _, err := all.New(id).Parse(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

// lookup returns the sentence id with the fields of with put in. A document must not be drafted
// around a hole, so a code without words is an error.
func lookup(id string, with any) (string, error) {
	var b strings.Builder
	if err := words.ExecuteTemplate(&b, id, with); err != nil {
		return "", fmt.Errorf("no words for a code: %w", err)
	}
	return b.String(), nil
}

// deadline says how long a problem may stand.
func deadline(d Deadline) (string, error) {
	text, err := lookup("release.deadline."+d.Limit, d)
	return escapeMarkdown(text), err
}

// either joins the names of bands that come into question.
func either(names []string) (string, error) {
	or, err := lookup("release.or", nil)
	return escapeMarkdown(strings.Join(names, or)), err
}
